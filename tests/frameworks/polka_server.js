// The Case APIs on Polka, in memory. Bodies are read as in the tutorials of Node: as text, chunk by chunk.
const crypto = require("node:crypto");
const polka = require("polka");

const cases = new Map();
const tokens = new Map();
const readOnly = new Set(["id", "createdDate", "lastWorkflowId", "caseStatus"]);
const nextStatus = {
  Open: { Close: "Closed" },
  Closed: { Reopen: "Reopened" },
  Reopened: { Close: "Closed" },
};

function send(res, status, body, headers = {}) {
  res.writeHead(status, { "Content-Type": "application/json", ...headers });
  res.end(JSON.stringify(body));
}

const clientFields = (body) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !readOnly.has(name)));

const show = ({ fields, id, created, workflow, status }) => ({
  ...fields,
  id,
  createdDate: created,
  lastWorkflowId: workflow,
  caseStatus: status,
});

function readText(req, res, next) {
  req.text = "";
  req.on("data", (chunk) => (req.text += chunk));
  req.on("end", next);
}

function authenticate(req, res, next) {
  const [scheme, token] = (req.headers.authorization ?? "").split(" ");
  if (scheme === "Bearer" && tokens.get(token) > Date.now()) return next();
  send(res, 401, { message: "Unauthorized" }, { "WWW-Authenticate": "Bearer" });
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parse(req, res, next) {
  const type = (req.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
  if (type !== "application/json") return send(res, 415, { message: "Send application/json" });
  req.body = parseJson(req.text);
  if (typeof req.body !== "object" || req.body === null || Array.isArray(req.body)) {
    return send(res, 400, { message: "Expected a JSON object" });
  }
  next();
}

function find(req, res, next) {
  req.found = cases.get(req.params.id);
  req.found ? next() : send(res, 404, { message: "No such case" });
}

function issueToken(req, res) {
  const isJson = (req.headers["content-type"] ?? "").includes("json");
  const form = (isJson ? parseJson(req.text) : Object.fromEntries(new URLSearchParams(req.text))) ?? {};
  const { grant_type, client_id, client_secret, scope, ttl = 600 } = form;
  if (grant_type === undefined) {
    return send(res, 400, { error: "invalid_request", error_description: "grant_type is missing" });
  }
  if (grant_type !== "client_credentials") return send(res, 501, { error: "unsupported_grant_type" });
  if (client_id !== process.env.CLIENT_ID || client_secret !== process.env.CLIENT_SECRET) {
    return send(res, 401, { error: "invalid_client" });
  }
  if (scope !== undefined) {
    return send(res, 400, { error: "invalid_scope", error_description: "scope is not supported" });
  }
  const seconds = typeof ttl === "string" || typeof ttl === "number" ? Number(ttl) : NaN;
  if (!(seconds > 0 && seconds <= 3600)) {
    const error_description = `ttl is ${JSON.stringify(ttl)}, the maximum is 3600`;
    return send(res, 400, { error: "invalid_request", error_description });
  }
  const token = crypto.randomBytes(24).toString("base64url");
  tokens.set(token, Date.now() + seconds * 1000);
  send(
    res,
    200,
    { access_token: token, token_type: "Bearer", expires_in: seconds },
    { "Cache-Control": "no-store" },
  );
}

polka({
  onNoMatch: (req, res) => send(res, 404, { message: "Not found" }),
  onError: (error, req, res) => send(res, 500, { message: "Internal server error" }),
})
  .use(readText)
  .post("/case", authenticate, parse, (req, res) => {
    const made = {
      id: crypto.randomUUID(),
      created: new Date().toISOString(),
      workflow: crypto.randomUUID(),
      status: "Open",
      fields: clientFields(req.body),
    };
    cases.set(made.id, made);
    send(res, 201, show(made));
  })
  .get("/case/:id", authenticate, find, (req, res) => send(res, 200, show(req.found)))
  .put("/case/:id", authenticate, find, parse, (req, res) => {
    req.found.fields = clientFields(req.body);
    send(res, 200, show(req.found));
  })
  .patch("/case/:id", authenticate, find, parse, (req, res) => {
    Object.assign(req.found.fields, clientFields(req.body));
    send(res, 200, show(req.found));
  })
  .post("/case/:id/transition", authenticate, find, parse, (req, res) => {
    const { caseStatus, workflowId } = req.body;
    const { found } = req;
    if (workflowId !== found.workflow) return send(res, 422, { message: "Unknown workflowId" });
    const possible = nextStatus[found.status];
    if (typeof caseStatus !== "string" || !Object.hasOwn(possible, caseStatus)) {
      return send(res, 409, { message: "caseStatus is not possible" });
    }
    found.status = possible[caseStatus];
    send(res, 200, show(found));
  })
  .post("/auth/oauth2/token", issueToken)
  .listen(process.env.PORT, "127.0.0.1");
