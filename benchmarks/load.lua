-- The requests that wrk sends, and their results as one line of JSON:
--
--     wrk -s load.lua URL -- OPERATION ID:WORKFLOW ID:WORKFLOW …
--
-- The cases are a pool. A transition removes one, and puts it back after its response, so that each transition is legal
-- with any number of connections. Reads and updates use the cases in turn.

local CASE = [[{"owner":"u-2041","canceled":false,"summary":"Invoices split to stay under the approval limit",]]
  .. [["category":"Procurement fraud","estimatedLoss":18450.75,"anonymous":true,"locations":["Porto","Graz"],]]
  .. [["reporter":{"channel":"hotline","language":"pt"}}]]
local UPDATE = [[{"estimatedLoss":20100.5,"locations":["Porto","Graz","Linz"]}]]
local OTHER = { Close = "Reopen", Reopen = "Close" }

wrk.headers["Content-Type"] = "application/json"

local function cycle(requests)
  local turn = 0
  return function()
    turn = turn % #requests + 1
    return requests[turn]
  end
end

local function each(cases, make)
  local requests = {}
  for n, case in ipairs(cases) do requests[n] = make(case) end
  return cycle(requests)
end

local function transitions(cases)
  function response(_, _, body)
    local id, workflow = body:match('"id": ?"([^"]+)"'), body:match('"lastWorkflowId": ?"([^"]+)"')
    local status = body:match('"caseStatus": ?"([^"]*)"')
    table.insert(cases, { id = id or "1", workflow = workflow or "1", move = OTHER[status] or "Close" })
  end
  return function()
    local case = table.remove(cases, 1)
    local body = string.format('{"caseStatus":"%s","workflowId":"%s"}', case.move, case.workflow)
    return wrk.format("POST", "/case/" .. case.id .. "/transition", nil, body)
  end
end

local OPERATIONS = {
  GET = function(cases)
    return each(cases, function(case) return wrk.format("GET", "/case/" .. case.id) end)
  end,
  PATCH = function(cases)
    return each(cases, function(case) return wrk.format("PATCH", "/case/" .. case.id, nil, UPDATE) end)
  end,
  POST = function() return cycle({ wrk.format("POST", "/case", nil, CASE) }) end,
  transition = transitions,
}

function init(arguments)
  local cases = {}
  for n = 2, #arguments do
    local id, workflow = arguments[n]:match("^(.-):(.*)$")
    cases[n - 1] = { id = id, workflow = workflow, move = "Close" }
  end
  request = OPERATIONS[arguments[1]](cases)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\n{"requests": %d, "failed": %d, "seconds": %f, "p50": %f, "p99": %f}\n',
    summary.requests, failed, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
