"""The Case APIs on Falcon (ASGI) and SQLite."""

import asyncio
import json
import os
import secrets
import time
import uuid
from datetime import UTC, datetime

import aiosqlite
import falcon.asgi
import uvicorn

READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}
tokens = {}


class Store:
    """One connection, and a lock around each read and write of a case."""

    def __init__(self):
        self.lock = asyncio.Lock()

    async def process_startup(self, scope, event):
        self.connection = await aiosqlite.connect(os.environ["DATABASE"], isolation_level=None)
        columns = "id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT"
        await self.connection.execute(f"CREATE TABLE cases ({columns})")

    async def process_shutdown(self, scope, event):
        await self.connection.close()

    async def insert(self, case):
        await self.connection.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?)", list(case.values()))

    async def load(self, case_id):
        cursor = await self.connection.execute("SELECT * FROM cases WHERE id = ?", [case_id])
        row = await cursor.fetchone()
        if row is None:
            raise falcon.HTTPNotFound(title="No such case")
        return dict(zip(("id", "created", "workflow", "status", "fields"), row, strict=True))

    async def save(self, case):
        values = [case["status"], case["fields"], case["id"]]
        await self.connection.execute("UPDATE cases SET status = ?, fields = ? WHERE id = ?", values)


def show(case):
    owned = {"id": case["id"], "createdDate": case["created"], "lastWorkflowId": case["workflow"]}
    return json.loads(case["fields"]) | owned | {"caseStatus": case["status"]}


async def read_object(req):
    data = await req.get_media()
    if not isinstance(data, dict):
        raise falcon.HTTPUnprocessableEntity(title="Expected an object")
    return data


def client_fields(data):
    return {name: value for name, value in data.items() if name not in READ_ONLY}


class Authentication:
    async def process_resource(self, req, resp, resource, params):
        if getattr(resource, "public", False):
            return
        scheme, _, token = (req.auth or "").partition(" ")
        if scheme != "Bearer" or tokens.get(token, 0) < time.time():
            raise falcon.HTTPUnauthorized(title="Authentication required", challenges=["Bearer"])


class Cases:
    def __init__(self, store):
        self.store = store

    async def on_post(self, req, resp):
        case = {
            "id": str(uuid.uuid4()),
            "created": datetime.now(UTC).isoformat(),
            "workflow": str(uuid.uuid4()),
            "status": "Open",
            "fields": json.dumps(client_fields(await read_object(req))),
        }
        await self.store.insert(case)
        resp.status = falcon.HTTP_201
        resp.location = f"/case/{case['id']}"
        resp.media = show(case)


class Case(Cases):
    async def on_post(self, req, resp, case_id):
        raise falcon.HTTPMethodNotAllowed(["GET", "PUT", "PATCH"])

    async def on_get(self, req, resp, case_id):
        resp.media = show(await self.store.load(case_id))

    async def on_put(self, req, resp, case_id):
        await self.update(req, resp, case_id, keep=False)

    async def on_patch(self, req, resp, case_id):
        await self.update(req, resp, case_id, keep=True)

    async def update(self, req, resp, case_id, *, keep):
        changes = client_fields(await read_object(req))
        async with self.store.lock:
            case = await self.store.load(case_id)
            old = json.loads(case["fields"]) if keep else {}
            case["fields"] = json.dumps(old | changes)
            await self.store.save(case)
        resp.media = show(case)


class Transition(Cases):
    async def on_post(self, req, resp, case_id):
        data = await read_object(req)
        async with self.store.lock:
            case = await self.store.load(case_id)
            if data.get("workflowId") != case["workflow"]:
                raise falcon.HTTPUnprocessableEntity(title="workflowId is not the workflow of this case")
            wanted = data.get("caseStatus")
            if not isinstance(wanted, str) or (case["status"], wanted) not in NEXT_STATUS:
                raise falcon.HTTPConflict(title="caseStatus is not possible")
            case["status"] = NEXT_STATUS[case["status"], wanted]
            await self.store.save(case)
        resp.media = show(case)


class Token:
    public = True

    async def on_post(self, req, resp):
        data = await read_object(req)

        def refuse(status, code, description=None):
            resp.status = status
            resp.media = {"error": code} | ({"error_description": description} if description else {})

        if "grant_type" not in data:
            return refuse(400, "invalid_request", "grant_type is missing")
        if data["grant_type"] != "client_credentials":
            return refuse(501, "unsupported_grant_type")
        known = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
        if (data.get("client_id"), data.get("client_secret")) != known:
            return refuse(401, "invalid_client")
        if "scope" in data:
            return refuse(400, "invalid_scope", "scope is not supported")
        try:
            ttl = float(data.get("ttl", 600))
        except (TypeError, ValueError):
            ttl = 0
        if not 0 < ttl <= 3600:
            return refuse(400, "invalid_request", f"ttl {data['ttl']} exceeds the maximum 3600")
        token = secrets.token_urlsafe()
        tokens[token] = time.time() + ttl
        resp.media = {"access_token": token, "token_type": "bearer", "expires_in": ttl}
        resp.cache_control = ["no-store"]


store = Store()
app = falcon.asgi.App(middleware=[store, Authentication()])
app.add_route("/case", Cases(store))
app.add_route("/case/{case_id}", Case(store))
app.add_route("/case/{case_id}/transition", Transition(store))
app.add_route("/auth/oauth2/token", Token())

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="error")
