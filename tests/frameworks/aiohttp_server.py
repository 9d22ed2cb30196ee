"""The Case APIs on aiohttp and PostgreSQL."""

import json
import os
import secrets
import time
import uuid
from datetime import UTC, datetime

from aiohttp import web
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

routes = web.RouteTableDef()
READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}
tokens = {}
POOL = web.AppKey("pool", AsyncConnectionPool)


def error(status, message, **headers):
    return web.json_response({"error": message}, status=status, headers=headers)


@web.middleware
async def errors(request, handler):
    try:
        return await handler(request)
    except web.HTTPException as exception:
        if exception.status < 400:
            raise
        allow = {"Allow": exception.headers["Allow"]} if "Allow" in exception.headers else {}
        return error(exception.status, exception.reason, **allow)


@web.middleware
async def authentication(request, handler):
    if not request.path.startswith("/auth/"):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or tokens.get(token, 0) < time.time():
            return error(401, "invalid token", **{"WWW-Authenticate": "Bearer"})
    return await handler(request)


async def read_object(request):
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        data = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(reason="invalid JSON") from None
    if not isinstance(data, dict):
        raise web.HTTPBadRequest(reason="expected an object")
    return data


def client_fields(data):
    return json.dumps({name: value for name, value in data.items() if name not in READ_ONLY})


def show(row):
    if row is None:
        raise web.HTTPNotFound
    return json.loads(row["fields"]) | {
        "id": row["id"],
        "createdDate": row["created"],
        "lastWorkflowId": row["workflow"],
        "caseStatus": row["status"],
    }


async def fetch(request, statement, *values):
    async with request.app[POOL].connection() as connection:
        cursor = await connection.cursor(row_factory=dict_row).execute(statement, values)
        return await cursor.fetchone()


@routes.post("/case")
async def create_case(request):
    row = (
        str(uuid.uuid4()),
        datetime.now(UTC).isoformat(),
        str(uuid.uuid4()),
        client_fields(await read_object(request)),
    )
    statement = "INSERT INTO cases VALUES (%s, %s, %s, 'Open', %s) RETURNING *"
    case = show(await fetch(request, statement, *row))
    return web.json_response(case, status=201, headers={"Location": f"/case/{case['id']}"})


@routes.get("/case/{id}")
async def get_case(request):
    statement = "SELECT * FROM cases WHERE id = %s"
    return web.json_response(show(await fetch(request, statement, request.match_info["id"])))


@routes.put("/case/{id}")
async def replace_case(request):
    statement = "UPDATE cases SET fields = %s WHERE id = %s RETURNING *"
    fields = client_fields(await read_object(request))
    return web.json_response(show(await fetch(request, statement, fields, request.match_info["id"])))


@routes.patch("/case/{id}")
async def update_case(request):
    changes = json.loads(client_fields(await read_object(request)))
    async with request.app[POOL].connection() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        await cursor.execute("SELECT * FROM cases WHERE id = %s FOR UPDATE", [request.match_info["id"]])
        row = await cursor.fetchone()
        if row is None:
            raise web.HTTPNotFound
        row["fields"] = json.dumps(json.loads(row["fields"]) | changes)
        await cursor.execute("UPDATE cases SET fields = %s WHERE id = %s", [row["fields"], row["id"]])
    return web.json_response(show(row))


@routes.post("/case/{id}/transition")
async def transition_case(request):
    data = await read_object(request)
    async with request.app[POOL].connection() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        await cursor.execute("SELECT * FROM cases WHERE id = %s FOR UPDATE", [request.match_info["id"]])
        row = await cursor.fetchone()
        if row is None:
            raise web.HTTPNotFound
        if data.get("workflowId") != row["workflow"]:
            return error(422, "workflowId is not the workflow of this case")
        wanted = data.get("caseStatus")
        if not isinstance(wanted, str) or (row["status"], wanted) not in NEXT_STATUS:
            return error(422, "caseStatus is not possible")
        row["status"] = NEXT_STATUS[row["status"], wanted]
        await cursor.execute("UPDATE cases SET status = %s WHERE id = %s", [row["status"], row["id"]])
    return web.json_response(show(row))


@routes.post("/auth/oauth2/token")
async def issue_token(request):
    data = await read_object(request) if request.content_type == "application/json" else await request.post()

    def refuse(status, code, description=""):
        return web.json_response({"error": code, "error_description": description}, status=status)

    if "grant_type" not in data:
        return refuse(400, "invalid_request", "grant_type is missing")
    if data["grant_type"] != "client_credentials":
        return refuse(501, "unsupported_grant_type")
    if (data.get("client_id"), data.get("client_secret")) != (
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
    ):
        return refuse(401, "invalid_client")
    if "scope" in data:
        return refuse(400, "invalid_scope", "scope is not supported")
    ttl = data.get("ttl", 600)
    try:
        ttl = float(ttl) if not isinstance(ttl, bool) else 0
    except (TypeError, ValueError):
        ttl = 0
    if not 0 < ttl <= 3600:
        return refuse(400, "invalid_request", f"ttl {data['ttl']} is not between 0 and 3600")
    token = secrets.token_urlsafe()
    tokens[token] = time.time() + ttl
    body = {"access_token": token, "token_type": "bearer", "expires_in": ttl}
    return web.json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


async def open_pool(app):
    async with AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=4, max_size=20, open=False) as pool:
        async with pool.connection() as connection:
            columns = "id text PRIMARY KEY, created text, workflow text, status text, fields text"
            await connection.execute(f"CREATE TABLE cases ({columns})")
        app[POOL] = pool
        yield


if __name__ == "__main__":
    app = web.Application(middlewares=[errors, authentication])
    app.add_routes(routes)
    app.cleanup_ctx.append(open_pool)
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)
