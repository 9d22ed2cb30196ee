// The Case APIs on Hapi and PostgreSQL.
const crypto = require("node:crypto");
const Hapi = require("@hapi/hapi");
const { Pool } = require("pg");

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const server = Hapi.server({ port: process.env.PORT, host: "127.0.0.1", debug: false });
const tokens = new Map();
const readOnly = new Set(["id", "createdDate", "lastWorkflowId", "caseStatus"]);

server.auth.scheme("token", () => ({
  authenticate(request, h) {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (tokens.get(token) > Date.now()) return h.authenticated({ credentials: { token } });
    const body = { statusCode: 401, error: "Unauthorized", message: "Missing or invalid token" };
    return h.response(body).code(401).header("WWW-Authenticate", "Bearer").takeover();
  },
}));
server.auth.strategy("bearer", "token");

const fail = (h, code, message) => h.response({ statusCode: code, message }).code(code);
const clientFields = (body) => Object.fromEntries(Object.entries(body).filter(([name]) => !readOnly.has(name)));

const show = (row) => ({
  ...row.fields,
  id: row.id,
  createdDate: row.created.toISOString(),
  lastWorkflowId: row.workflow,
  caseStatus: row.status,
});

function validate(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("Expected an object");
  return value;
}

const withBody = {
  auth: "bearer",
  payload: { allow: "application/json" },
  validate: { payload: validate, failAction: (request, h, error) => fail(h, 400, error.message).takeover() },
};

async function one(h, statement, values, code = 200) {
  const { rows } = await pool.query(statement, values);
  return rows.length ? h.response(show(rows[0])).code(code) : fail(h, 404, "No such case");
}

const path = "/case/{id}";
server.route([
  {
    method: "POST",
    path: "/case",
    options: withBody,
    handler: (request, h) =>
      one(
        h,
        "INSERT INTO cases (id, workflow, status, fields) VALUES ($1, $2, 'Open', $3) RETURNING *",
        [crypto.randomUUID(), crypto.randomUUID(), JSON.stringify(clientFields(request.payload))],
        201,
      ),
  },
  {
    method: "GET",
    path,
    options: { auth: "bearer" },
    handler: (request, h) => one(h, "SELECT * FROM cases WHERE id = $1", [request.params.id]),
  },
  {
    method: "PUT",
    path,
    options: withBody,
    handler: (request, h) =>
      one(h, "UPDATE cases SET fields = $2 WHERE id = $1 RETURNING *", [
        request.params.id,
        JSON.stringify(clientFields(request.payload)),
      ]),
  },
  {
    method: "PATCH",
    path,
    options: withBody,
    handler: (request, h) =>
      one(h, "UPDATE cases SET fields = (fields::jsonb || $2::jsonb)::json WHERE id = $1 RETURNING *", [
        request.params.id,
        JSON.stringify(clientFields(request.payload)),
      ]),
  },
  {
    method: "POST",
    path: `${path}/transition`,
    options: withBody,
    async handler(request, h) {
      const { caseStatus, workflowId } = request.payload;
      const from = { Close: ["Open", "Reopened"], Reopen: ["Closed"] }[caseStatus];
      const to = { Close: "Closed", Reopen: "Reopened" }[caseStatus];
      if (typeof caseStatus !== "string" || !Array.isArray(from)) return fail(h, 400, "caseStatus is unknown");
      const { rows } = await pool.query("SELECT * FROM cases WHERE id = $1", [request.params.id]);
      if (!rows.length) return fail(h, 404, "No such case");
      if (rows[0].workflow !== workflowId) return fail(h, 422, "workflowId does not match");
      const statement = "UPDATE cases SET status = $2 WHERE id = $1 AND status = ANY($3) RETURNING *";
      const updated = await pool.query(statement, [request.params.id, to, from]);
      return updated.rows.length ? show(updated.rows[0]) : fail(h, 409, "caseStatus is not possible");
    },
  },
  {
    method: "POST",
    path: "/auth/oauth2/token",
    handler(request, h) {
      const { grant_type, client_id, client_secret, scope, ttl = 600 } = request.payload ?? {};
      const refuse = (code, error, error_description) => h.response({ error, error_description }).code(code);
      if (grant_type === undefined) return refuse(400, "invalid_request", "grant_type is missing");
      if (grant_type !== "client_credentials") return refuse(501, "unsupported_grant_type");
      if (client_id !== process.env.CLIENT_ID || client_secret !== process.env.CLIENT_SECRET) {
        return refuse(401, "invalid_client");
      }
      if (scope !== undefined) return refuse(400, "invalid_scope", "scope is not supported");
      const seconds = ["string", "number"].includes(typeof ttl) ? Number(ttl) : NaN;
      if (!(seconds > 0 && seconds <= 3600)) return refuse(400, "invalid_request", `ttl ${ttl} is not between 0 and 3600`);
      const token = crypto.randomBytes(24).toString("base64url");
      tokens.set(token, Date.now() + seconds * 1000);
      const body = { access_token: token, token_type: "Bearer", expires_in: seconds };
      return h.response(body).header("Cache-Control", "no-store");
    },
  },
]);

const columns = "id text PRIMARY KEY, created timestamptz DEFAULT now(), workflow text, status text, fields json";
pool.query(`CREATE TABLE cases (${columns})`).then(() => server.start());
