// The Case APIs on Koa, with one JSON file per case.
const crypto = require("node:crypto");
const fs = require("node:fs/promises");
const path = require("node:path");
const Koa = require("koa");
const { Router } = require("@koa/router");
const bodyParser = require("koa-bodyparser");

const app = new Koa();
const router = new Router();
const tokens = new Map();
const nextStatus = { "Open Close": "Closed", "Closed Reopen": "Reopened", "Reopened Close": "Closed" };

const file = (id) => path.join(process.env.FOLDER, `${id}.json`);
const readOnly = ["id", "createdDate", "lastWorkflowId", "caseStatus"];

async function load(ctx) {
  if (!/^[0-9a-f-]{36}$/.test(ctx.params.id)) ctx.throw(404, "No such case");
  try {
    return JSON.parse(await fs.readFile(file(ctx.params.id), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") ctx.throw(404, "No such case");
    throw error;
  }
}

async function save(record) {
  await fs.writeFile(file(record.id), JSON.stringify(record));
  return record;
}

function fields(ctx) {
  const { body } = ctx.request;
  if (!ctx.is("json")) ctx.throw(415, "Send application/json");
  if (Array.isArray(body)) ctx.throw(400, "Expected an object");
  return Object.fromEntries(Object.entries(body).filter(([name]) => !readOnly.includes(name)));
}

const owned = (record) => Object.fromEntries(readOnly.map((name) => [name, record[name]]));

router.post("/case", async (ctx) => {
  ctx.status = 201;
  ctx.body = await save({
    ...fields(ctx),
    id: crypto.randomUUID(),
    createdDate: new Date().toISOString(),
    lastWorkflowId: crypto.randomUUID(),
    caseStatus: "Open",
  });
});

router.get("/case/:id", async (ctx) => {
  ctx.body = await load(ctx);
});

router.put("/case/:id", async (ctx) => {
  ctx.body = await save({ ...fields(ctx), ...owned(await load(ctx)) });
});

router.patch("/case/:id", async (ctx) => {
  ctx.body = await save({ ...(await load(ctx)), ...fields(ctx) });
});

router.post("/case/:id/transition", async (ctx) => {
  fields(ctx);
  const { caseStatus, workflowId } = ctx.request.body;
  const record = await load(ctx);
  if (workflowId !== record.lastWorkflowId) ctx.throw(422, "workflowId does not match");
  const status = typeof caseStatus === "string" && nextStatus[`${record.caseStatus} ${caseStatus}`];
  if (!status) ctx.throw(409, "caseStatus is not possible");
  ctx.body = await save({ ...record, caseStatus: status });
});

router.post("/auth/oauth2/token", async (ctx) => {
  const form = ctx.request.body ?? {};
  const refuse = (status, error, error_description) => {
    ctx.status = status;
    ctx.body = { error, error_description };
  };
  if (form.grant_type === undefined) return refuse(400, "invalid_request", "grant_type is missing");
  if (form.grant_type !== "client_credentials") return refuse(501, "unsupported_grant_type");
  if (form.client_id !== process.env.CLIENT_ID || form.client_secret !== process.env.CLIENT_SECRET) {
    return refuse(401, "invalid_client");
  }
  if (form.scope !== undefined) return refuse(400, "invalid_scope", "scope is not supported");
  const ttl = form.ttl ?? 600;
  if (!["string", "number"].includes(typeof ttl) || !(ttl > 0 && ttl <= 3600)) {
    return refuse(400, "invalid_request", `ttl is ${JSON.stringify(ttl)}, and at most 3600`);
  }
  const token = crypto.randomUUID();
  tokens.set(token, Date.now() + ttl * 1000);
  ctx.set("Cache-Control", "no-store");
  ctx.body = { access_token: token, token_type: "Bearer", expires_in: Number(ttl) };
});

app.use(async (ctx, next) => {
  try {
    await next();
    if (ctx.status >= 400 && !ctx.body) ctx.throw(ctx.status);
  } catch (error) {
    ctx.status = error.status ?? 500;
    ctx.body = { error: error.expose ? error.message : "Internal server error" };
  }
});
app.use(async (ctx, next) => {
  if (ctx.path.startsWith("/auth/")) return next();
  const [scheme, token] = ctx.get("Authorization").split(" ");
  if (scheme !== "Bearer" || !(tokens.get(token) > Date.now())) {
    ctx.set("WWW-Authenticate", "Bearer");
    ctx.throw(401, "Authenticate first");
  }
  await next();
});
app.use(bodyParser({ jsonLimit: "1mb" }));
app.use(router.routes());
app.use(router.allowedMethods());
app.listen(process.env.PORT, "127.0.0.1");
