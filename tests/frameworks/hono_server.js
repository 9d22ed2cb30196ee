// The Case APIs on Hono and Redis.
const crypto = require("node:crypto");
const { serve } = require("@hono/node-server");
const { Hono } = require("hono");
const { bearerAuth } = require("hono/bearer-auth");
const { HTTPException } = require("hono/http-exception");
const { createClient } = require("redis");

const redis = createClient({ url: process.env.REDIS_URL });
const app = new Hono();
const key = (id) => `${process.env.REDIS_PREFIX}:case:${id}`;
const tokenKey = (token) => `${process.env.REDIS_PREFIX}:token:${token}`;

const verifyToken = async (token) => (await redis.exists(tokenKey(token))) === 1;
app.use("/case", bearerAuth({ verifyToken }));
app.use("/case/*", bearerAuth({ verifyToken }));

function fail(status, message) {
  throw new HTTPException(status, { message });
}

async function payload(c) {
  if (!c.req.header("content-type")?.toLowerCase().startsWith("application/json")) fail(415, "Send JSON");
  const body = await c.req.json().catch(() => fail(400, "Malformed JSON"));
  if (body === null || typeof body !== "object" || Array.isArray(body)) fail(400, "Expected an object");
  return body;
}

function clientFields({ id, createdDate, lastWorkflowId, caseStatus, ...fields }) {
  return fields;
}

async function load(c) {
  const text = await redis.get(key(c.req.param("id")));
  if (text === null) fail(404, "No such case");
  return JSON.parse(text);
}

async function save(record) {
  await redis.set(key(record.owned.id), JSON.stringify(record));
  return { ...record.fields, ...record.owned };
}

app.post("/case", async (c) => {
  const fields = clientFields(await payload(c));
  const owned = {
    id: crypto.randomUUID(),
    createdDate: new Date().toISOString(),
    lastWorkflowId: crypto.randomUUID(),
    caseStatus: "Open",
  };
  return c.json(await save({ owned, fields }), 201);
});

app.get("/case/:id", async (c) => {
  const { owned, fields } = await load(c);
  return c.json({ ...fields, ...owned });
});

app.put("/case/:id", async (c) => {
  const record = await load(c);
  return c.json(await save({ ...record, fields: clientFields(await payload(c)) }));
});

app.patch("/case/:id", async (c) => {
  const record = await load(c);
  Object.assign(record.fields, clientFields(await payload(c)));
  return c.json(await save(record));
});

app.post("/case/:id/transition", async (c) => {
  const record = await load(c);
  const { caseStatus, workflowId } = await payload(c);
  const { owned } = record;
  if (workflowId !== owned.lastWorkflowId) fail(422, "workflowId does not match");
  if (caseStatus === "Close" && owned.caseStatus !== "Closed") owned.caseStatus = "Closed";
  else if (caseStatus === "Reopen" && owned.caseStatus === "Closed") owned.caseStatus = "Reopened";
  else fail(409, "caseStatus is not possible");
  return c.json(await save(record));
});

app.post("/auth/oauth2/token", async (c) => {
  const isForm = c.req.header("content-type")?.startsWith("application/x-www-form-urlencoded");
  const form = isForm ? await c.req.parseBody() : await c.req.json().catch(() => ({}));
  const { grant_type, client_id, client_secret, scope, ttl = 600 } = form ?? {};
  const refuse = (status, error, error_description) => c.json({ error, error_description }, status);
  if (grant_type === undefined) return refuse(400, "invalid_request", "grant_type is missing");
  if (grant_type !== "client_credentials") return refuse(501, "unsupported_grant_type");
  if (client_id !== process.env.CLIENT_ID || client_secret !== process.env.CLIENT_SECRET) {
    return refuse(401, "invalid_client");
  }
  if (scope !== undefined) return refuse(400, "invalid_scope", "scope is not supported");
  const seconds = ["string", "number"].includes(typeof ttl) ? Number(ttl) : 0;
  if (!(seconds > 0 && seconds <= 3600)) {
    return refuse(400, "invalid_request", `ttl is ${JSON.stringify(ttl)}, the maximum is 3600`);
  }
  const token = crypto.randomBytes(24).toString("base64url");
  await redis.set(tokenKey(token), "1", { PX: Math.round(seconds * 1000) });
  c.header("Cache-Control", "no-store");
  return c.json({ access_token: token, token_type: "Bearer", expires_in: seconds });
});

app.notFound((c) => c.json({ message: "Not found" }, 404));
app.onError((error, c) => {
  if (!(error instanceof HTTPException)) return c.json({ message: "Internal server error" }, 500);
  if (error.res) return error.getResponse();
  return c.json({ message: error.message }, error.status);
});

redis.connect().then(() => serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" }));
