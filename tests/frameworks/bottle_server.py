"""The Case APIs on Bottle, waitress and SQLite."""

import json
import os
import secrets
import sqlite3
import threading
import time
import uuid
from datetime import UTC, datetime

from bottle import Bottle, HTTPResponse, request, response, run

app = Bottle()
db = sqlite3.connect(os.environ["DATABASE"], isolation_level=None, check_same_thread=False)
db.row_factory = sqlite3.Row
db.execute("CREATE TABLE cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)")
lock = threading.RLock()
READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
tokens = {}


def error(status, message, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse({"error": message}, status, **headers)


def secured(view):
    def wrapped(*args, **kwargs):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or tokens.get(token, 0) < time.time():
            raise error(401, "unauthorized", WWW_Authenticate="Bearer")
        with lock:
            return view(*args, **kwargs)

    return wrapped


def payload():
    data = request.json
    if not isinstance(data, dict):
        raise error(400, "expected a JSON object")
    return data


def client_fields():
    return {name: value for name, value in payload().items() if name not in READ_ONLY}


def load(case_id):
    row = db.execute("SELECT * FROM cases WHERE id = ?", [case_id]).fetchone()
    if row is None:
        raise error(404, "case not found")
    return row


def show(case_id):
    row = load(case_id)
    return {
        **json.loads(row["fields"]),
        "id": row["id"],
        "createdDate": row["created"],
        "lastWorkflowId": row["workflow"],
        "caseStatus": row["status"],
    }


def save(case_id, fields):
    db.execute("UPDATE cases SET fields = ? WHERE id = ?", [json.dumps(fields), case_id])
    return show(case_id)


@app.post("/case")
@secured
def create_case():
    case_id = str(uuid.uuid4())
    row = [case_id, datetime.now(UTC).isoformat(), str(uuid.uuid4()), "Open", json.dumps(client_fields())]
    db.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?)", row)
    response.status = 201
    return show(case_id)


@app.get("/case/<case_id>")
@secured
def get_case(case_id):
    return show(case_id)


@app.put("/case/<case_id>")
@secured
def replace_case(case_id):
    load(case_id)
    return save(case_id, client_fields())


@app.route("/case/<case_id>", method="PATCH")
@secured
def update_case(case_id):
    return save(case_id, json.loads(load(case_id)["fields"]) | client_fields())


@app.post("/case/<case_id>/transition")
@secured
def transition_case(case_id):
    row, data = load(case_id), payload()
    if data.get("workflowId") != row["workflow"]:
        raise error(400, "workflowId is not the workflow of this case")
    if data.get("caseStatus") == "Close" and row["status"] != "Closed":
        status = "Closed"
    elif data.get("caseStatus") == "Reopen" and row["status"] == "Closed":
        status = "Reopened"
    else:
        raise error(409, "caseStatus is not possible")
    db.execute("UPDATE cases SET status = ? WHERE id = ?", [status, case_id])
    return show(case_id)


@app.post("/auth/oauth2/token")
def issue_token():
    data = (request.json or {}) if "json" in request.content_type else request.forms.decode()

    def refuse(status, code, description=""):
        return HTTPResponse({"error": code, "error_description": description}, status)

    if not data.get("grant_type"):
        return refuse(400, "invalid_request", "grant_type is missing")
    if data["grant_type"] != "client_credentials":
        return refuse(501, "unsupported_grant_type")
    account = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    if (data.get("client_id"), data.get("client_secret")) != account:
        return refuse(401, "invalid_client")
    if "scope" in data:
        return refuse(400, "invalid_scope", "scope is not supported")
    try:
        ttl = float(data.get("ttl", 600))
    except (TypeError, ValueError):
        ttl = 0
    if not 0 < ttl <= 3600:
        return refuse(400, "invalid_request", f"ttl {data['ttl']} is not between 0 and 3600")
    token = secrets.token_urlsafe()
    tokens[token] = time.time() + ttl
    response.headers["Cache-Control"] = "no-store"
    return {"access_token": token, "token_type": "Bearer", "expires_in": ttl}


if __name__ == "__main__":
    run(app, server="waitress", host="127.0.0.1", port=int(os.environ["PORT"]), quiet=True)
