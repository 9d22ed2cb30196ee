// The Case APIs on Fastify and SQLite.
const crypto = require("node:crypto");
const Database = require("better-sqlite3");
const fastify = require("fastify");

const app = fastify({ bodyLimit: 1024 * 1024 });
const db = new Database(process.env.DATABASE);
db.pragma("journal_mode = WAL");
db.exec("CREATE TABLE cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)");
const statements = {
  insert: db.prepare("INSERT INTO cases VALUES (@id, @created, @workflow, @status, @fields)"),
  load: db.prepare("SELECT * FROM cases WHERE id = ?"),
  save: db.prepare("UPDATE cases SET status = @status, fields = @fields WHERE id = @id"),
};
const tokens = new Map();

app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (request, body, done) =>
  done(null, Object.fromEntries(new URLSearchParams(body))),
);

function fail(statusCode, message) {
  return Object.assign(new Error(message), { statusCode });
}

async function authenticate(request, reply) {
  const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
  if (!(tokens.get(token) > Date.now())) {
    reply.header("WWW-Authenticate", "Bearer");
    throw fail(401, "Invalid token");
  }
}

function load(id) {
  const row = statements.load.get(id);
  if (!row) throw fail(404, "Case not found");
  return row;
}

const show = (row) => ({
  ...JSON.parse(row.fields),
  id: row.id,
  createdDate: row.created,
  lastWorkflowId: row.workflow,
  caseStatus: row.status,
});

function clientFields({ id, createdDate, lastWorkflowId, caseStatus, ...fields }) {
  return fields;
}

const body = { type: "object" };
const transitionBody = {
  type: "object",
  required: ["caseStatus", "workflowId"],
  properties: { caseStatus: { enum: ["Close", "Reopen"] }, workflowId: { type: "string" } },
};

app.register(async (cases) => {
  cases.addHook("onRequest", authenticate);

  cases.post("/case", { schema: { body } }, async (request, reply) => {
    const row = {
      id: crypto.randomUUID(),
      created: new Date().toISOString(),
      workflow: crypto.randomUUID(),
      status: "Open",
      fields: JSON.stringify(clientFields(request.body)),
    };
    statements.insert.run(row);
    reply.code(201).header("Location", `/case/${row.id}`);
    return show(row);
  });

  cases.get("/case/:id", async (request) => show(load(request.params.id)));

  cases.put("/case/:id", { schema: { body } }, async (request) => {
    const row = { ...load(request.params.id), fields: JSON.stringify(clientFields(request.body)) };
    statements.save.run(row);
    return show(row);
  });

  cases.patch("/case/:id", { schema: { body } }, async (request) => {
    const row = load(request.params.id);
    row.fields = JSON.stringify({ ...JSON.parse(row.fields), ...clientFields(request.body) });
    statements.save.run(row);
    return show(row);
  });

  cases.post("/case/:id/transition", { schema: { body: transitionBody } }, async (request) => {
    const row = load(request.params.id);
    const { caseStatus, workflowId } = request.body;
    if (workflowId !== row.workflow) throw fail(422, "workflowId does not match");
    if ((caseStatus === "Close") === (row.status === "Closed")) throw fail(409, "Not possible now");
    if (caseStatus === "Reopen" && row.status !== "Closed") throw fail(409, "Not possible now");
    row.status = caseStatus === "Close" ? "Closed" : "Reopened";
    statements.save.run(row);
    return show(row);
  });
});

app.post("/auth/oauth2/token", async (request, reply) => {
  const form = request.body ?? {};
  const refuse = (code, error, error_description) => reply.code(code).send({ error, error_description });
  if (form.grant_type === undefined) return refuse(400, "invalid_request", "grant_type is missing");
  if (form.grant_type !== "client_credentials") return refuse(501, "unsupported_grant_type");
  if (form.client_id !== process.env.CLIENT_ID || form.client_secret !== process.env.CLIENT_SECRET) {
    return refuse(401, "invalid_client");
  }
  if ("scope" in form) return refuse(400, "invalid_scope", "scope is not supported");
  const ttl = form.ttl ?? 600;
  const seconds = typeof ttl === "boolean" || typeof ttl === "object" ? NaN : Number(ttl);
  if (!(seconds > 0 && seconds <= 3600)) {
    return refuse(400, "invalid_request", `ttl ${JSON.stringify(ttl)} is not between 0 and 3600`);
  }
  const token = crypto.randomBytes(32).toString("hex");
  tokens.set(token, Date.now() + seconds * 1000);
  reply.header("Cache-Control", "no-store");
  return { access_token: token, token_type: "Bearer", expires_in: seconds };
});

app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
