"""The Case APIs on Flask and SQLite."""

import json
import os
import secrets
import sqlite3
import time
import uuid
from datetime import UTC, datetime
from functools import wraps

from flask import Flask, abort, g, jsonify, request

app = Flask(__name__)
READ_ONLY = ("id", "createdDate", "lastWorkflowId", "caseStatus")
tokens: dict[str, float] = {}


def db():
    if "db" not in g:
        g.db = sqlite3.connect(os.environ["DATABASE"], timeout=10, isolation_level=None)
        g.db.row_factory = sqlite3.Row
    return g.db


@app.teardown_appcontext
def close_db(_):
    if "db" in g:
        g.db.close()


def login_required(view):
    @wraps(view)
    def wrapped(*args, **kwargs):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or tokens.get(token, 0) < time.time():
            response = jsonify(error="unauthorized")
            response.status_code = 401
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        return view(*args, **kwargs)

    return wrapped


def payload():
    data = request.get_json()
    if not isinstance(data, dict):
        abort(400, "Expected a JSON object")
    return {name: value for name, value in data.items() if name not in READ_ONLY}


def load(case_id):
    row = db().execute("SELECT * FROM cases WHERE id = ?", (case_id,)).fetchone()
    if row is None:
        abort(404)
    return row


def show(row):
    return {
        **json.loads(row["fields"]),
        "id": row["id"],
        "createdDate": row["created"],
        "lastWorkflowId": row["workflow"],
        "caseStatus": row["status"],
    }


@app.errorhandler(400)
@app.errorhandler(404)
@app.errorhandler(405)
@app.errorhandler(409)
@app.errorhandler(415)
@app.errorhandler(422)
def handle_error(error):
    response = error.get_response()
    response.data = json.dumps({"error": error.name, "message": error.description})
    response.content_type = "application/json"
    return response


@app.post("/case")
@login_required
def create_case():
    case_id = str(uuid.uuid4())
    row = (case_id, datetime.now(UTC).isoformat(), str(uuid.uuid4()), "Open", json.dumps(payload()))
    db().execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?)", row)
    return show(load(case_id)), 201


@app.get("/case/<case_id>")
@login_required
def get_case(case_id):
    return show(load(case_id))


@app.put("/case/<case_id>")
@login_required
def replace_case(case_id):
    load(case_id)
    db().execute("UPDATE cases SET fields = ? WHERE id = ?", (json.dumps(payload()), case_id))
    return show(load(case_id))


@app.patch("/case/<case_id>")
@login_required
def update_case(case_id):
    changes = payload()
    db().execute("BEGIN IMMEDIATE")
    fields = json.loads(load(case_id)["fields"]) | changes
    db().execute("UPDATE cases SET fields = ? WHERE id = ?", (json.dumps(fields), case_id))
    row = load(case_id)
    db().execute("COMMIT")
    return show(row)


@app.post("/case/<case_id>/transition")
@login_required
def transition_case(case_id):
    data = request.get_json()
    if not isinstance(data, dict):
        abort(400, "Expected a JSON object")
    db().execute("BEGIN IMMEDIATE")
    row = load(case_id)
    if data.get("workflowId") != row["workflow"]:
        abort(400, "workflowId is not the workflow of this case")
    if data.get("caseStatus") == "Close" and row["status"] != "Closed":
        status = "Closed"
    elif data.get("caseStatus") == "Reopen" and row["status"] == "Closed":
        status = "Reopened"
    else:
        abort(409, "caseStatus is not possible")
    db().execute("UPDATE cases SET status = ? WHERE id = ?", (status, case_id))
    row = load(case_id)
    db().execute("COMMIT")
    return show(row)


@app.post("/auth/oauth2/token")
def issue_token():
    data = request.get_json() if request.is_json else request.form
    if "grant_type" not in data:
        return {"error": "invalid_request", "error_description": "grant_type is missing"}, 400
    if data["grant_type"] != "client_credentials":
        return {"error": "unsupported_grant_type"}, 501
    known = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    if (data.get("client_id"), data.get("client_secret")) != known:
        return {"error": "invalid_client"}, 401
    if "scope" in data:
        return {"error": "invalid_scope", "error_description": "scope is not supported"}, 400
    try:
        ttl = int(data.get("ttl", 600))
    except (TypeError, ValueError):
        ttl = 0
    if not 0 < ttl <= 3600:
        description = f"ttl is {data['ttl']}, the maximum is 3600"
        return {"error": "invalid_request", "error_description": description}, 400
    token = secrets.token_urlsafe()
    tokens[token] = time.time() + ttl
    return {"access_token": token, "token_type": "Bearer", "expires_in": ttl}, {"Cache-Control": "no-store"}


if __name__ == "__main__":
    with sqlite3.connect(os.environ["DATABASE"]) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)"
        )
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(port=int(os.environ["PORT"]), threaded=True)
