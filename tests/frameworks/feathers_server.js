// The Case APIs on Feathers (Express transport) and Knex with SQLite.
const crypto = require("node:crypto");
const { feathers } = require("@feathersjs/feathers");
const express = require("@feathersjs/express");
const errors = require("@feathersjs/errors");
const { KnexService } = require("@feathersjs/knex");
const knex = require("knex");

const Model = knex({ client: "better-sqlite3", connection: process.env.DATABASE, useNullAsDefault: true });
const app = express(feathers());
const tokens = new Map();
const readOnly = new Set(["id", "createdDate", "lastWorkflowId", "caseStatus"]);
const nextStatus = { Open: { Close: "Closed" }, Closed: { Reopen: "Reopened" }, Reopened: { Close: "Closed" } };

app.use(express.json());
app.use(express.urlencoded({ extended: true }));

const clientFields = (data) => Object.fromEntries(Object.entries(data).filter(([name]) => !readOnly.has(name)));
const show = (row) => ({
  ...JSON.parse(row.fields),
  id: row.id,
  createdDate: row.created,
  lastWorkflowId: row.workflow,
  caseStatus: row.status,
});

class CaseService extends KnexService {
  async get(id, params) {
    return show(await super.get(id, params));
  }
  async create(data, params) {
    const row = {
      id: crypto.randomUUID(),
      created: new Date().toISOString(),
      workflow: crypto.randomUUID(),
      status: "Open",
      fields: JSON.stringify(clientFields(data)),
    };
    return show(await super.create(row, params));
  }
  async update(id, data, params) {
    return show(await super.patch(id, { fields: JSON.stringify(clientFields(data)) }, params));
  }
  async patch(id, data, params) {
    const old = JSON.parse((await super.get(id, params)).fields);
    return show(await super.patch(id, { fields: JSON.stringify({ ...old, ...clientFields(data) }) }, params));
  }
  async transition(id, data, params) {
    const row = await super.get(id, params);
    if (data.workflowId !== row.workflow) throw new errors.Unprocessable("Unknown workflowId");
    const status = nextStatus[row.status][data.caseStatus];
    if (!status) throw new errors.Conflict("caseStatus is not possible");
    return show(await super.patch(id, { status }, params));
  }
}

const authenticate = (req, res, next) => {
  const [scheme, token] = (req.get("Authorization") ?? "").split(" ");
  if (scheme === "Bearer" && tokens.get(token) > Date.now()) return next();
  res.set("WWW-Authenticate", "Bearer");
  next(new errors.NotAuthenticated("Unauthorized"));
};
const validate = (req, res, next) => {
  if (["POST", "PUT", "PATCH"].includes(req.method) && !req.is("json")) return next(new errors.BadRequest("Send application/json"));
  if (req.body && Array.isArray(req.body)) return next(new errors.BadRequest("Expected an object"));
  next();
};
app.use("/case", authenticate, validate);
app.configure(express.rest());
app.post("/case/:id/transition", async (req, res, next) => {
  try {
    res.json(await app.service("case").transition(req.params.id, req.body, {}));
  } catch (error) {
    next(error);
  }
});
app.use("/case", new CaseService({ Model, name: "cases", id: "id" }), { methods: ["get", "create", "update", "patch"] });

app.post("/auth/oauth2/token", (req, res) => {
  const { grant_type, client_id, client_secret, scope, ttl = 600 } = req.body ?? {};
  if (!grant_type) return res.status(400).json({ error: "invalid_request", error_description: "grant_type is missing" });
  if (grant_type !== "client_credentials") return res.status(501).json({ error: "unsupported_grant_type" });
  if (client_id !== process.env.CLIENT_ID || client_secret !== process.env.CLIENT_SECRET) {
    return res.status(401).json({ error: "invalid_client" });
  }
  if (scope !== undefined) return res.status(400).json({ error: "invalid_scope" });
  const seconds = ["string", "number"].includes(typeof ttl) ? Number(ttl) : NaN;
  if (!(seconds > 0 && seconds <= 3600)) {
    return res.status(400).json({ error: "invalid_request", error_description: `ttl is ${JSON.stringify(ttl)}, the maximum is 3600` });
  }
  const token = crypto.randomBytes(24).toString("base64url");
  tokens.set(token, Date.now() + seconds * 1000);
  res.set("Cache-Control", "no-store").json({ access_token: token, token_type: "Bearer", expires_in: seconds });
});
app.use(express.notFound());
app.use(express.errorHandler({ html: false, logger: false }));

Model.schema
  .createTable("cases", (table) => {
    table.string("id").primary();
    ["created", "workflow", "status"].forEach((name) => table.string(name));
    table.text("fields");
  })
  .then(() => app.listen(process.env.PORT, "127.0.0.1"));
