// The Case APIs on Express and PostgreSQL.
const crypto = require("node:crypto");
const express = require("express");
const { Pool } = require("pg");

const app = express();
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const tokens = new Map();
const readOnly = new Set(["id", "createdDate", "lastWorkflowId", "caseStatus"]);
const nextStatus = {
  Open: { Close: "Closed" },
  Closed: { Reopen: "Reopened" },
  Reopened: { Close: "Closed" },
};

app.use(express.json({ limit: "1mb" }));
app.use(express.urlencoded({ extended: false }));

function authenticate(req, res, next) {
  const [scheme, token] = (req.get("Authorization") ?? "").split(" ");
  if (scheme === "Bearer" && tokens.get(token) > Date.now()) return next();
  res.set("WWW-Authenticate", "Bearer").status(401).json({ message: "Unauthorized" });
}

function validate(req, res, next) {
  if (!req.is("json")) return res.status(415).json({ message: "Send application/json" });
  const { body } = req;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return res.status(400).json({ message: "Expected an object" });
  }
  next();
}

const clientFields = (body) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !readOnly.has(name)));

const show = (row) => ({
  ...row.fields,
  id: row.id,
  createdDate: row.created.toISOString(),
  lastWorkflowId: row.workflow,
  caseStatus: row.status,
});

const notFound = (res) => res.status(404).json({ message: "No such case" });
const isUuid = (id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

app.param("id", (req, res, next, id) => (isUuid(id) ? next() : notFound(res)));

app.post("/case", authenticate, validate, async (req, res) => {
  const { rows } = await pool.query(
    "INSERT INTO cases (id, workflow, status, fields) VALUES ($1, $2, 'Open', $3) RETURNING *",
    [crypto.randomUUID(), crypto.randomUUID(), clientFields(req.body)],
  );
  res.status(201).location(`/case/${rows[0].id}`).json(show(rows[0]));
});

app.get("/case/:id", authenticate, async (req, res) => {
  const { rows } = await pool.query("SELECT * FROM cases WHERE id = $1", [req.params.id]);
  rows.length ? res.json(show(rows[0])) : notFound(res);
});

app.put("/case/:id", authenticate, validate, async (req, res) => {
  const { rows } = await pool.query("UPDATE cases SET fields = $2 WHERE id = $1 RETURNING *", [
    req.params.id,
    clientFields(req.body),
  ]);
  rows.length ? res.json(show(rows[0])) : notFound(res);
});

app.patch("/case/:id", authenticate, validate, async (req, res) => {
  const { rows } = await pool.query("UPDATE cases SET fields = fields || $2 WHERE id = $1 RETURNING *", [
    req.params.id,
    clientFields(req.body),
  ]);
  rows.length ? res.json(show(rows[0])) : notFound(res);
});

app.post("/case/:id/transition", authenticate, validate, async (req, res) => {
  const { caseStatus, workflowId } = req.body;
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const { rows } = await client.query("SELECT * FROM cases WHERE id = $1 FOR UPDATE", [req.params.id]);
    if (!rows.length) return notFound(res);
    const row = rows[0];
    if (workflowId !== row.workflow) return res.status(422).json({ message: "Unknown workflowId" });
    const status = Object.hasOwn(nextStatus[row.status], caseStatus) && nextStatus[row.status][caseStatus];
    if (typeof caseStatus !== "string" || !status) {
      return res.status(409).json({ message: "caseStatus is not possible" });
    }
    await client.query("UPDATE cases SET status = $2 WHERE id = $1", [row.id, status]);
    await client.query("COMMIT");
    res.json(show({ ...row, status }));
  } finally {
    await client.query("ROLLBACK").catch(() => {});
    client.release();
  }
});

app.post("/auth/oauth2/token", (req, res) => {
  const { grant_type, client_id, client_secret, scope, ttl = 600 } = req.body ?? {};
  if (grant_type === undefined) {
    return res.status(400).json({ error: "invalid_request", error_description: "grant_type is missing" });
  }
  if (grant_type !== "client_credentials") return res.status(501).json({ error: "unsupported_grant_type" });
  if (client_id !== process.env.CLIENT_ID || client_secret !== process.env.CLIENT_SECRET) {
    return res.status(401).json({ error: "invalid_client" });
  }
  if (scope !== undefined) {
    return res.status(400).json({ error: "invalid_scope", error_description: "scope is not supported" });
  }
  const seconds = typeof ttl === "string" || typeof ttl === "number" ? Number(ttl) : NaN;
  if (!(seconds > 0 && seconds <= 3600)) {
    const error_description = `ttl is ${JSON.stringify(ttl)}, the maximum is 3600`;
    return res.status(400).json({ error: "invalid_request", error_description });
  }
  const token = crypto.randomBytes(24).toString("base64url");
  tokens.set(token, Date.now() + seconds * 1000);
  res.set("Cache-Control", "no-store").json({ access_token: token, token_type: "Bearer", expires_in: seconds });
});

app.use((req, res) => res.status(404).json({ message: "Not found" }));
app.use((error, req, res, next) => {
  const status = error.status ?? 500;
  res.status(status).json({ message: status < 500 ? error.message : "Internal server error" });
});

const columns = "id uuid PRIMARY KEY, created timestamptz DEFAULT now(), workflow text, status text, fields jsonb";
pool.query(`CREATE TABLE cases (${columns})`).then(() => app.listen(process.env.PORT, "127.0.0.1"));
