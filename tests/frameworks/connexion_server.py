"""The Case APIs on Connexion and SQLite, from the project's own OpenAPI document."""

import json
import os
import secrets
import sqlite3
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import connexion
import uvicorn
import yaml
from connexion.resolver import RelativeResolver

DOCUMENT = Path(__file__).parents[2] / "spec/caseiq-openapi.yaml"
READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}
tokens = {}


def as_openapi_3_0(node):
    """Connexion reads OpenAPI 3.0 only."""
    if isinstance(node, list):
        return [as_openapi_3_0(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = {name: as_openapi_3_0(value) for name, value in node.items()}
    if isinstance(node.get("type"), list):
        node["type"], node["nullable"] = next(one for one in node["type"] if one != "null"), True
    if "const" in node:
        node["enum"] = [node.pop("const")]
    if isinstance(node.get("exclusiveMinimum"), int):
        node["minimum"], node["exclusiveMinimum"] = node["exclusiveMinimum"], True
    if isinstance(node.get("examples"), list):
        node["example"] = node.pop("examples")[0]
    return node


def read_document():
    document = as_openapi_3_0(yaml.safe_load(DOCUMENT.read_text()))
    document["openapi"] = "3.0.3"
    del document["info"]["summary"], document["info"]["license"]["identifier"]
    document["servers"] = [{"url": "/"}]
    return document


def bearer_info(token):
    return {"sub": "service account"} if tokens.get(token, 0) > time.time() else None


def connect():
    connection = sqlite3.connect(os.environ["DATABASE"], timeout=10)
    connection.row_factory = sqlite3.Row
    return connection


def client_fields(body):
    return {name: value for name, value in body.items() if name not in READ_ONLY}


def show(row):
    return json.loads(row["fields"]) | {
        "id": row["id"],
        "createdDate": row["created"],
        "lastWorkflowId": row["workflow"],
        "caseStatus": row["status"],
    }


def respond(body, status=200, headers=None):
    return body, status, {"Content-Type": "application/json"} | (headers or {})


def not_found():
    return connexion.problem(404, "Not Found", "No such case")


def createCase(body):
    row = (
        str(uuid.uuid4()),
        datetime.now(UTC).isoformat(),
        str(uuid.uuid4()),
        "Open",
        json.dumps(client_fields(body)),
    )
    with connect() as connection:
        return respond(
            show(connection.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?) RETURNING *", row).fetchone()),
            201,
        )


def getCase(id):
    row = connect().execute("SELECT * FROM cases WHERE id = ?", [id]).fetchone()
    return respond(show(row)) if row else not_found()


def replaceCase(id, body):
    with connect() as connection:
        statement = "UPDATE cases SET fields = ? WHERE id = ? RETURNING *"
        row = connection.execute(statement, [json.dumps(client_fields(body)), id]).fetchone()
        return respond(show(row)) if row else not_found()


def updateCase(id, body):
    with connect() as connection:
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute("SELECT * FROM cases WHERE id = ?", [id]).fetchone()
        if row is None:
            return not_found()
        fields = json.dumps(json.loads(row["fields"]) | client_fields(body))
        statement = "UPDATE cases SET fields = ? WHERE id = ? RETURNING *"
        return respond(show(connection.execute(statement, [fields, id]).fetchone()))


def transitionCase(id, body):
    with connect() as connection:
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute("SELECT * FROM cases WHERE id = ?", [id]).fetchone()
        if row is None:
            return not_found()
        if body["workflowId"] != row["workflow"]:
            return connexion.problem(
                422, "Unprocessable Content", "workflowId is not the workflow of this case"
            )
        status = NEXT_STATUS.get((row["status"], body["caseStatus"]))
        if status is None:
            return connexion.problem(409, "Conflict", "caseStatus is not possible")
        statement = "UPDATE cases SET status = ? WHERE id = ? RETURNING *"
        return respond(show(connection.execute(statement, [status, id]).fetchone()))


def issueToken(body):
    if (body["client_id"], body["client_secret"]) != (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]):
        return respond({"error": "invalid_client"}, 401)
    if "scope" in body:
        return respond({"error": "invalid_scope", "error_description": "scope is not supported"}, 400)
    ttl = body.get("ttl", 600)
    token = secrets.token_urlsafe()
    tokens[token] = time.time() + ttl
    body = {"access_token": token, "token_type": "Bearer", "expires_in": ttl}
    return respond(body, headers={"Cache-Control": "no-store"})


if __name__ == "__main__":
    with connect() as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        columns = "id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT"
        connection.execute(f"CREATE TABLE cases ({columns})")
    os.environ["BEARERINFO_FUNC"] = "__main__.bearer_info"
    app = connexion.FlaskApp(__name__)
    app.add_api(read_document(), resolver=RelativeResolver("__main__"))
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error")
