-- A small case, as a create of it is sent.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[{"owner":"u-2041","canceled":false,"summary":"Invoices split to stay under the approval limit",]]
  .. [["category":"Procurement fraud","estimatedLoss":18450.75,"anonymous":true,"locations":["Porto","Graz"],]]
  .. [["reporter":{"channel":"hotline","language":"pt"}}]]
