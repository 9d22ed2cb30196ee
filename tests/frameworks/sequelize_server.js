// The Case APIs on Express and Sequelize with MariaDB.
const crypto = require("node:crypto");
const express = require("express");
const { Sequelize, DataTypes } = require("sequelize");

const url = new URL(process.env.DATABASE_URL);
const sequelize = new Sequelize(url.pathname.slice(1), url.username, url.password, {
  dialect: "mariadb",
  host: url.hostname,
  port: url.port || 3306,
  logging: false,
});
const app = express();
const readOnly = new Set(["id", "createdDate", "lastWorkflowId", "caseStatus"]);
const nextStatus = new Map([
  ["Open Close", "Closed"],
  ["Closed Reopen", "Reopened"],
  ["Reopened Close", "Closed"],
]);

const Case = sequelize.define(
  "Case",
  {
    id: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true },
    lastWorkflowId: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4 },
    caseStatus: { type: DataTypes.STRING, defaultValue: "Open" },
    fields: { type: DataTypes.JSON, defaultValue: {} },
  },
  { createdAt: "createdDate", updatedAt: false },
);
const Token = sequelize.define("Token", {
  value: { type: DataTypes.STRING, primaryKey: true },
  expires: DataTypes.DATE,
});

app.use(express.json({ limit: "1mb" }));
app.use(express.urlencoded({ extended: true }));

async function authenticate(req, res, next) {
  const [scheme, value] = (req.get("Authorization") ?? "").split(" ");
  const token = scheme === "Bearer" && value && (await Token.findByPk(value));
  if (token && token.expires > new Date()) return next();
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

const clientFields = (body) => Object.fromEntries(Object.entries(body).filter(([name]) => !readOnly.has(name)));

function show(one) {
  const { id, createdDate, lastWorkflowId, caseStatus, fields } = one.get();
  return { ...fields, id, createdDate, lastWorkflowId, caseStatus };
}

async function load(req, res, next) {
  req.case = await Case.findByPk(req.params.id);
  req.case ? next() : res.status(404).json({ message: "No such case" });
}

app.post("/case", authenticate, validate, async (req, res) => {
  const one = await Case.create({ fields: clientFields(req.body) });
  res.status(201).location(`/case/${one.id}`).json(show(one));
});

app.get("/case/:id", authenticate, load, (req, res) => res.json(show(req.case)));

app.put("/case/:id", authenticate, validate, load, async (req, res) => {
  res.json(show(await req.case.update({ fields: clientFields(req.body) })));
});

app.patch("/case/:id", authenticate, validate, load, async (req, res) => {
  res.json(show(await req.case.update({ fields: { ...req.case.fields, ...clientFields(req.body) } })));
});

app.post("/case/:id/transition", authenticate, validate, load, async (req, res) => {
  const { caseStatus, workflowId } = req.body;
  if (workflowId !== req.case.lastWorkflowId) return res.status(422).json({ message: "Unknown workflowId" });
  const status = nextStatus.get(`${req.case.caseStatus} ${caseStatus}`);
  if (typeof caseStatus !== "string" || !status) return res.status(409).json({ message: "caseStatus is not possible" });
  res.json(show(await req.case.update({ caseStatus: status })));
});

app.post("/auth/oauth2/token", async (req, res) => {
  const { grant_type, client_id, client_secret, scope, ttl = 600 } = req.body ?? {};
  if (!grant_type) return res.status(400).json({ error: "invalid_request", error_description: "grant_type is missing" });
  if (grant_type !== "client_credentials") return res.status(501).json({ error: "unsupported_grant_type" });
  if (client_id !== process.env.CLIENT_ID || client_secret !== process.env.CLIENT_SECRET) {
    return res.status(401).json({ error: "invalid_client" });
  }
  if (scope !== undefined) {
    return res.status(400).json({ error: "invalid_scope", error_description: "scope is not supported" });
  }
  const seconds = ["string", "number"].includes(typeof ttl) ? Number(ttl) : NaN;
  if (!(seconds > 0 && seconds <= 3600)) {
    const error_description = `ttl is ${JSON.stringify(ttl)}, the maximum is 3600`;
    return res.status(400).json({ error: "invalid_request", error_description });
  }
  const value = crypto.randomBytes(24).toString("hex");
  await Token.create({ value, expires: new Date(Date.now() + seconds * 1000) });
  res.set("Cache-Control", "no-store").json({ access_token: value, token_type: "Bearer", expires_in: seconds });
});

app.use((req, res) => res.status(404).json({ message: "Not found" }));
app.use((error, req, res, next) => {
  const status = error.status ?? 500;
  res.status(status).json({ message: status < 500 ? error.message : "Internal server error" });
});

sequelize.sync().then(() => app.listen(process.env.PORT, "127.0.0.1"));
