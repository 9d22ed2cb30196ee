"""The Case APIs on Sanic, in memory."""

import os
import secrets
import time
import uuid
from datetime import UTC, datetime

from sanic import Sanic
from sanic.exceptions import BadRequest, NotFound, SanicException, Unauthorized
from sanic.response import json

app = Sanic("case-apis")
app.config.FALLBACK_ERROR_FORMAT = "json"
READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}
cases = {}
tokens = {}


@app.on_request
async def authenticate(request):
    if request.path.startswith("/case"):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or tokens.get(token, 0) < time.time():
            raise Unauthorized("Invalid token", scheme="Bearer")


def payload(request):
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        raise SanicException("Expected application/json", status_code=415)
    if not isinstance(request.json, dict):
        raise BadRequest("Expected a JSON object")
    return request.json


def client_fields(request):
    return {name: value for name, value in payload(request).items() if name not in READ_ONLY}


def load(case_id):
    if case_id not in cases:
        raise NotFound("Case not found")
    return cases[case_id]


def show(case):
    return {**case["fields"], **{name: case[name] for name in READ_ONLY}}


@app.post("/case")
async def create_case(request):
    case = {
        "id": str(uuid.uuid4()),
        "createdDate": datetime.now(UTC).isoformat(),
        "lastWorkflowId": str(uuid.uuid4()),
        "caseStatus": "Open",
        "fields": client_fields(request),
    }
    cases[case["id"]] = case
    return json(show(case), status=201)


@app.get("/case/<case_id:str>")
async def get_case(request, case_id):
    return json(show(load(case_id)))


@app.put("/case/<case_id:str>")
async def replace_case(request, case_id):
    case = load(case_id)
    case["fields"] = client_fields(request)
    return json(show(case))


@app.patch("/case/<case_id:str>")
async def update_case(request, case_id):
    case = load(case_id)
    case["fields"] = {**case["fields"], **client_fields(request)}
    return json(show(case))


@app.post("/case/<case_id:str>/transition")
async def transition_case(request, case_id):
    case, data = load(case_id), payload(request)
    if data.get("workflowId") != case["lastWorkflowId"]:
        raise SanicException("workflowId does not belong to this case", status_code=422)
    wanted = data.get("caseStatus")
    status = NEXT_STATUS.get((case["caseStatus"], wanted)) if isinstance(wanted, str) else None
    if status is None:
        raise SanicException("caseStatus is not possible now", status_code=409)
    case["caseStatus"] = status
    return json(show(case))


@app.post("/auth/oauth2/token")
async def issue_token(request):
    is_json = "json" in request.content_type
    form = payload(request) if is_json else {name: values[0] for name, values in (request.form or {}).items()}

    def error(status, code, description=None):
        body = {"error": code} | ({"error_description": description} if description else {})
        return json(body, status=status)

    if "grant_type" not in form:
        return error(400, "invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        return error(501, "unsupported_grant_type")
    if (form.get("client_id"), form.get("client_secret")) != (
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
    ):
        return error(401, "invalid_client")
    if "scope" in form:
        return error(400, "invalid_scope", "scope is not supported")
    try:
        ttl = float(form.get("ttl", 600))
    except (TypeError, ValueError):
        ttl = 0
    if not 0 < ttl <= 3600:
        return error(400, "invalid_request", f"ttl is {form['ttl']}, the maximum is 3600")
    token = secrets.token_urlsafe()
    tokens[token] = time.time() + ttl
    body = {"access_token": token, "token_type": "Bearer", "expires_in": ttl}
    return json(body, headers={"Cache-Control": "no-store"})


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]), single_process=True, access_log=False, motd=False)
