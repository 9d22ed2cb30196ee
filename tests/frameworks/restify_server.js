// The Case APIs on Restify, in memory.
const crypto = require("node:crypto");
const errors = require("restify-errors");
const restify = require("restify");

const server = restify.createServer({ name: "case-apis" });
server.use(restify.plugins.bodyParser({ mapParams: false }));
const NEXT_STATUS = { Open: { Close: "Closed" }, Closed: { Reopen: "Reopened" }, Reopened: { Close: "Closed" } };
const cases = new Map();
const tokens = new Map();

async function authenticate(request, response) {
  const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
  if (!(tokens.get(token) > Date.now())) {
    response.header("WWW-Authenticate", "Bearer");
    throw new errors.UnauthorizedError("Invalid token");
  }
}

function payload(request) {
  if (request.contentType() !== "application/json") throw new errors.UnsupportedMediaTypeError("Expected JSON");
  const body = request.body;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new errors.BadRequestError("Expected a JSON object");
  }
  return body;
}

function clientFields(request) {
  const { id, createdDate, lastWorkflowId, caseStatus, ...fields } = payload(request);
  return fields;
}

function load(request) {
  const found = cases.get(request.params.id);
  if (!found) throw new errors.NotFoundError("Case not found");
  return found;
}

const show = ({ fields, ...own }) => ({ ...fields, ...own });

server.post("/case", authenticate, async (request, response) => {
  const created = {
    id: crypto.randomUUID(),
    createdDate: new Date().toISOString(),
    lastWorkflowId: crypto.randomUUID(),
    caseStatus: "Open",
    fields: clientFields(request),
  };
  cases.set(created.id, created);
  response.send(201, show(created));
});

server.get("/case/:id", authenticate, async (request, response) => {
  response.send(show(load(request)));
});

server.put("/case/:id", authenticate, async (request, response) => {
  const found = load(request);
  found.fields = clientFields(request);
  response.send(show(found));
});

server.patch("/case/:id", authenticate, async (request, response) => {
  const found = load(request);
  found.fields = { ...found.fields, ...clientFields(request) };
  response.send(show(found));
});

server.post("/case/:id/transition", authenticate, async (request, response) => {
  const found = load(request);
  const { workflowId, caseStatus } = payload(request);
  if (workflowId !== found.lastWorkflowId) throw new errors.UnprocessableEntityError("workflowId does not match");
  const status = NEXT_STATUS[found.caseStatus][caseStatus];
  if (!status) throw new errors.ConflictError("caseStatus is not possible now");
  found.caseStatus = status;
  response.send(show(found));
});

server.post("/auth/oauth2/token", async (request, response) => {
  const form = request.body ?? {};
  const refuse = (status, error, error_description) => response.send(status, { error, error_description });
  if (form.grant_type === undefined) return refuse(400, "invalid_request", "grant_type is missing");
  if (form.grant_type !== "client_credentials") return refuse(501, "unsupported_grant_type");
  if (form.client_id !== process.env.CLIENT_ID || form.client_secret !== process.env.CLIENT_SECRET) {
    return refuse(401, "invalid_client");
  }
  if (form.scope !== undefined) return refuse(400, "invalid_scope", "scope is not supported");
  const ttl = form.ttl === undefined ? 600 : Number(form.ttl);
  if (!(ttl > 0 && ttl <= 3600)) {
    return refuse(400, "invalid_request", `ttl is ${JSON.stringify(form.ttl)}, the maximum is 3600`);
  }
  const token = crypto.randomBytes(32).toString("hex");
  tokens.set(token, Date.now() + ttl * 1000);
  response.header("Cache-Control", "no-store");
  response.send({ access_token: token, token_type: "Bearer", expires_in: ttl });
});

server.listen(Number(process.env.PORT), "127.0.0.1");
