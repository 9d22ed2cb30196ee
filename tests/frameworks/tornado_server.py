"""The Case APIs on Tornado and SQLite."""

import asyncio
import json
import os
import secrets
import sqlite3
import time
import uuid
from datetime import UTC, datetime

from tornado.web import Application, HTTPError, RequestHandler

db = sqlite3.connect(os.environ["DATABASE"], isolation_level=None)
db.row_factory = sqlite3.Row
db.execute("CREATE TABLE cases (id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT, fields TEXT)")
READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}
tokens = {}


class JsonHandler(RequestHandler):
    def write_error(self, status_code, **kwargs):
        self.finish({"message": self._reason})

    def read_object(self):
        if (
            self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            != "application/json"
        ):
            raise HTTPError(415)
        try:
            data = json.loads(self.request.body)
        except ValueError:
            raise HTTPError(400, reason="Invalid JSON") from None
        if not isinstance(data, dict):
            raise HTTPError(400, reason="Expected an object")
        return data


class NotFound(JsonHandler):
    def prepare(self):
        raise HTTPError(404)


class CaseHandler(JsonHandler):
    def prepare(self):
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or tokens.get(token, 0) < time.time():
            self.set_header("WWW-Authenticate", "Bearer")
            raise HTTPError(401)

    def client_fields(self):
        return {name: value for name, value in self.read_object().items() if name not in READ_ONLY}

    def load(self, case_id):
        row = db.execute("SELECT * FROM cases WHERE id = ?", [case_id]).fetchone()
        if row is None:
            raise HTTPError(404, reason="No such case")
        return row

    def show(self, case_id):
        row = self.load(case_id)
        self.finish(
            {
                **json.loads(row["fields"]),
                "id": row["id"],
                "createdDate": row["created"],
                "lastWorkflowId": row["workflow"],
                "caseStatus": row["status"],
            }
        )


class Cases(CaseHandler):
    def post(self):
        case_id = str(uuid.uuid4())
        row = (
            case_id,
            datetime.now(UTC).isoformat(),
            str(uuid.uuid4()),
            "Open",
            json.dumps(self.client_fields()),
        )
        db.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?)", row)
        self.set_status(201)
        self.show(case_id)


class Case(CaseHandler):
    def get(self, case_id):
        self.show(case_id)

    def save(self, case_id, fields):
        db.execute("UPDATE cases SET fields = ? WHERE id = ?", [json.dumps(fields), case_id])
        self.show(case_id)

    def put(self, case_id):
        self.load(case_id)
        self.save(case_id, self.client_fields())

    def patch(self, case_id):
        self.save(case_id, json.loads(self.load(case_id)["fields"]) | self.client_fields())


class Transition(CaseHandler):
    def post(self, case_id):
        row, data = self.load(case_id), self.read_object()
        if data.get("workflowId") != row["workflow"]:
            raise HTTPError(400, reason="workflowId is not the workflow of this case")
        wanted = data.get("caseStatus")
        if not isinstance(wanted, str) or (row["status"], wanted) not in NEXT_STATUS:
            raise HTTPError(409, reason="caseStatus is not possible")
        db.execute("UPDATE cases SET status = ? WHERE id = ?", [NEXT_STATUS[row["status"], wanted], case_id])
        self.show(case_id)


class Token(JsonHandler):
    def refuse(self, status, code, description=None):
        self.set_status(status)
        self.finish({"error": code} | ({"error_description": description} if description else {}))

    def post(self):
        if "json" in self.request.headers.get("Content-Type", ""):
            data = self.read_object()
        else:
            data = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        if "grant_type" not in data:
            return self.refuse(400, "invalid_request", "grant_type is missing")
        if data["grant_type"] != "client_credentials":
            return self.refuse(501, "unsupported_grant_type")
        account = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
        if (data.get("client_id"), data.get("client_secret")) != account:
            return self.refuse(401, "invalid_client")
        if "scope" in data:
            return self.refuse(400, "invalid_scope", "scope is not supported")
        try:
            ttl = float(data.get("ttl", 600))
        except (TypeError, ValueError):
            ttl = 0
        if not 0 < ttl <= 3600:
            return self.refuse(400, "invalid_request", f"ttl {data['ttl']} is not between 0 and 3600")
        token = secrets.token_urlsafe()
        tokens[token] = time.time() + ttl
        self.set_header("Cache-Control", "no-store")
        self.finish({"access_token": token, "token_type": "Bearer", "expires_in": ttl})


async def main():
    routes = [(r"/case", Cases), (r"/case/([^/]+)", Case), (r"/case/([^/]+)/transition", Transition)]
    app = Application([*routes, (r"/auth/oauth2/token", Token)], default_handler_class=NotFound)
    app.listen(int(os.environ["PORT"]), "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
