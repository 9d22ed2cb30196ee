"""The Case APIs on Litestar and SQLite."""

import json
import os
import secrets
import sqlite3
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import uvicorn
from litestar import Litestar, Request, Response, get, patch, post, put
from litestar.connection import ASGIConnection
from litestar.exceptions import ClientException, NotAuthorizedException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import Body

NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}
READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
Payload = Annotated[dict[str, Any], Body()]
tokens: dict[str, float] = {}
lock = threading.Lock()
db = sqlite3.connect(os.environ["DATABASE"], isolation_level=None, check_same_thread=False)
db.row_factory = sqlite3.Row
db.execute("PRAGMA journal_mode=WAL")
db.execute("CREATE TABLE cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)")


def authenticate(connection: ASGIConnection, _: BaseRouteHandler) -> None:
    scheme, _, token = connection.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or tokens.get(token, 0) < time.time():
        raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})


def load(case_id: uuid.UUID) -> dict[str, Any]:
    row = db.execute("SELECT * FROM cases WHERE id = ?", [str(case_id)]).fetchone()
    if row is None:
        raise NotFoundException("No such case")
    return dict(row)


def save(case: dict[str, Any]) -> dict[str, Any]:
    db.execute(
        "UPDATE cases SET status = ?, fields = ? WHERE id = ?", [case["status"], case["fields"], case["id"]]
    )
    return show(case)


def show(case: dict[str, Any]) -> dict[str, Any]:
    return json.loads(case["fields"]) | {
        "id": case["id"],
        "createdDate": case["created"],
        "lastWorkflowId": case["workflow"],
        "caseStatus": case["status"],
    }


def client_fields(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in READ_ONLY}


@post("/case", guards=[authenticate], sync_to_thread=False)
def create_case(data: Payload) -> dict[str, Any]:
    case = {
        "id": str(uuid.uuid4()),
        "created": datetime.now(UTC).isoformat(),
        "workflow": str(uuid.uuid4()),
        "status": "Open",
        "fields": json.dumps(client_fields(data)),
    }
    with lock:
        db.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?)", list(case.values()))
    return show(case)


@get("/case/{case_id:uuid}", guards=[authenticate], sync_to_thread=False)
def get_case(case_id: uuid.UUID) -> dict[str, Any]:
    with lock:
        return show(load(case_id))


@put("/case/{case_id:uuid}", guards=[authenticate], sync_to_thread=False)
def replace_case(case_id: uuid.UUID, data: Payload) -> dict[str, Any]:
    with lock:
        return save(load(case_id) | {"fields": json.dumps(client_fields(data))})


@patch("/case/{case_id:uuid}", guards=[authenticate], sync_to_thread=False)
def update_case(case_id: uuid.UUID, data: Payload) -> dict[str, Any]:
    with lock:
        case = load(case_id)
        return save(case | {"fields": json.dumps(json.loads(case["fields"]) | client_fields(data))})


@post("/case/{case_id:uuid}/transition", guards=[authenticate], status_code=200, sync_to_thread=False)
def transition_case(case_id: uuid.UUID, data: Payload) -> dict[str, Any]:
    with lock:
        case = load(case_id)
        if data.get("workflowId") != case["workflow"]:
            raise ClientException("workflowId is not the workflow of this case", status_code=422)
        wanted = data.get("caseStatus")
        if not isinstance(wanted, str) or (case["status"], wanted) not in NEXT_STATUS:
            raise ClientException("caseStatus is not possible", status_code=409)
        return save(case | {"status": NEXT_STATUS[case["status"], wanted]})


@post("/auth/oauth2/token", status_code=200)
async def issue_token(request: Request) -> Response:
    is_form = request.content_type[0] == "application/x-www-form-urlencoded"
    form = dict(await request.form()) if is_form else await request.json()

    def refuse(status: int, code: str, description: str = "") -> Response:
        return Response({"error": code, "error_description": description}, status_code=status)

    if not isinstance(form, dict) or "grant_type" not in form:
        return refuse(400, "invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        return refuse(501, "unsupported_grant_type")
    if (form.get("client_id"), form.get("client_secret")) != (
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
    ):
        return refuse(401, "invalid_client")
    if "scope" in form:
        return refuse(400, "invalid_scope", "scope is not supported")
    try:
        ttl = 0 if isinstance(form.get("ttl"), bool) else float(form.get("ttl", 600))
    except (TypeError, ValueError):
        ttl = 0
    if not 0 < ttl <= 3600:
        return refuse(400, "invalid_request", f"ttl is {form['ttl']}, the maximum is 3600")
    token = secrets.token_urlsafe()
    tokens[token] = time.time() + ttl
    body = {"access_token": token, "token_type": "Bearer", "expires_in": ttl}
    return Response(body, headers={"Cache-Control": "no-store"})


app = Litestar(
    [create_case, get_case, replace_case, update_case, transition_case, issue_token], openapi_config=None
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="error")
