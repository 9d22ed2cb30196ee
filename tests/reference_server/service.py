"""The Case APIs as one class.

A request passes `route`, `authenticate`, `read`, `validate`, `clean`, an operation, `render`, `encode` and `finish`.
A variant or a fault is a subclass that overrides one of these methods. The store needs `insert`, `load` and `save`.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import unquote

from reference_server.records import Call, Fields, Record, Refusal, Rows, check_finite
from reference_server.sockets import Handler, Request, Response

OWNED = frozenset({"id", "createdDate", "lastWorkflowId", "caseStatus"})
PATHS: dict[tuple[str, ...], dict[str, str]] = {
    ("case",): {"POST": "create"},
    ("case", ""): {"GET": "get", "HEAD": "get", "PUT": "put", "PATCH": "patch"},
    ("case", "", "transition"): {"POST": "transition"},
}


class CaseService:
    """Correct server."""

    prefix = ""
    handler: ClassVar[type[Handler]] = Handler
    token = "dev-token"
    transitions: ClassVar[dict[tuple[str | None, str], str]] = {
        ("Open", "Close"): "Closed",
        ("Reopened", "Close"): "Closed",
        ("Closed", "Reopen"): "Reopened",
    }
    first_status: str | None = "Open"
    rows_type: Callable[[], Any] = Rows

    def __init__(self) -> None:
        self.rows = self.rows_type()
        self.lock = threading.RLock()

    # From request to response

    def respond(self, request: Request) -> Response:
        """Return the response to a request; refusals become error responses."""
        try:
            response = self.perform(request)
        except Refusal as refusal:
            response = self.refuse(refusal)
        except RecursionError:
            response = self.refuse(Refusal(413, "nested too deeply"))
        return self.finish(request, response)

    def perform(self, request: Request) -> Response:
        """Route the request, authenticate the client and run the operation."""
        try:
            call = self.route(request)
        except Refusal:
            self.authenticate(Call("", "", request))
            raise
        self.authenticate(call)
        with self.lock_for(call):
            return getattr(self, call.operation)(call)

    def lock_for(self, call: Call) -> AbstractContextManager[Any]:
        """Return the lock that is held during the operation."""
        return self.lock

    def route(self, request: Request) -> Call:
        """Return the operation and the id for the method and path."""
        path = request.target.split("?")[0].removeprefix(self.prefix)
        parts = [unquote(part) for part in path.strip("/").split("/")]
        methods = PATHS.get(("case", "", *parts[2:]) if len(parts) > 1 else tuple(parts))
        if parts[0] != "case" or methods is None:
            raise Refusal(404, "no such path")
        if request.method not in methods:
            raise Refusal(405, "no such method here", Allow=", ".join(methods))
        return Call(methods[request.method], parts[1] if len(parts) > 1 else "", request)

    def authenticate(self, call: Call) -> None:
        """Refuse a request without a valid token."""
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token != self.token:
            raise self.unauthorized()

    def unauthorized(self) -> Refusal:
        """Return the refusal of an unauthenticated request."""
        return Refusal(401, "authenticate first", WWW_Authenticate='Bearer realm="reference"')

    def read(self, call: Call) -> Fields:
        """Return the validated JSON object in the body."""
        self.check_media_type(call.request.headers.get("content-type", ""))
        try:
            document = self.parse(call.request.body)
            check_finite(document)
        except (ValueError, RecursionError):
            raise Refusal(400, "the body is not JSON") from None
        if not isinstance(document, dict):
            raise Refusal(400, "the body is not an object")
        self.validate(call, document)
        return document

    def check_media_type(self, media_type: str) -> None:
        """Refuse other media types than JSON."""
        essence = media_type.split(";", 1)[0].strip().lower()
        if essence != "application/json" and not essence.endswith("+json"):
            raise Refusal(415, "send application/json")

    def parse(self, body: bytes) -> Any:
        """Parse JSON; raise ValueError if it is malformed."""
        return json.loads(body.decode("utf-8"), parse_constant=self.reject_constant)

    def reject_constant(self, name: str) -> Any:
        """Reject NaN and the infinities."""
        raise ValueError(name)

    def validate(self, call: Call, document: Fields) -> None:
        """Refuse an invalid payload; the plain server accepts every object."""

    def clean(self, call: Call, document: Fields) -> Fields:
        """Remove the server-owned members from a payload."""
        return {name: value for name, value in document.items() if name not in OWNED}

    def fields(self, call: Call) -> Fields:
        """Return the validated and cleaned payload."""
        return self.clean(call, self.read(call))

    # The operations

    def create(self, call: Call) -> Response:
        owned = (self.new_id(), self.new_date(), self.new_workflow(), self.first_status)
        record = Record(*owned, self.fields(call))
        self.rows.insert(record)
        return self.json_response(201, self.render(record))

    def get(self, call: Call) -> Response:
        return self.json_response(200, self.render(self.load(call)))

    def put(self, call: Call) -> Response:
        record = self.load(call)
        return self.updated(call, self.replaced(record, self.fields(call)))

    def patch(self, call: Call) -> Response:
        record = self.load(call)
        return self.updated(call, self.merged(record, self.fields(call)))

    def transition(self, call: Call) -> Response:
        record = self.load(call)
        document = self.read(call)
        self.check_workflow(record, document)
        return self.updated(call, self.transitioned(record, self.next_status(record, document)))

    # Parts of the operations

    def load(self, call: Call) -> Record:
        """Load the case of a call, or refuse with 404."""
        record = self.rows.load(call.id)
        if record is None:
            raise Refusal(404, "no such case")
        return record

    def updated(self, call: Call, record: Record) -> Response:
        """Store a changed record and return the response."""
        self.rows.save(record)
        return self.json_response(200, self.update_body(call, record))

    def update_body(self, call: Call, record: Record) -> Fields:
        """Return the body of the response to an update."""
        return self.render(record)

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(record, fields=fields)

    def merged(self, record: Record, fields: Fields) -> Record:
        return replace(record, fields=record.fields | fields)

    def transitioned(self, record: Record, status: str) -> Record:
        return replace(record, status=status)

    def check_workflow(self, record: Record, document: Fields) -> None:
        """Refuse a transition that does not name the case's workflow."""
        if document.get("workflowId") != record.workflow:
            raise Refusal(422, "workflowId is not this case's")

    def next_status(self, record: Record, document: Fields) -> str:
        """Return the status after the transition, or refuse an illegal one."""
        wanted = document.get("caseStatus")
        if not isinstance(wanted, str) or wanted not in {name for _, name in self.transitions}:
            raise Refusal(422, "caseStatus is unknown")
        if (record.status, wanted) not in self.transitions:
            raise Refusal(409, "the workflow has no such transition")
        return self.transitions[record.status, wanted]

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def new_workflow(self) -> str:
        return str(uuid.uuid4())

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_date(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    # Serialisation

    def render(self, record: Record) -> Fields:
        """Return the record as the client sees it."""
        return record.fields | self.owned(record)

    def owned(self, record: Record) -> Fields:
        """Return the server-owned members."""
        members = {"id": record.id, "createdDate": record.created, "lastWorkflowId": record.workflow}
        return members if record.status is None else members | {"caseStatus": record.status}

    def json_response(self, status: int, document: Any) -> Response:
        return Response(status, self.encode(document), {"Content-Type": "application/json"})

    def refuse(self, refusal: Refusal) -> Response:
        problem = {"title": refusal.reason, "status": refusal.status}
        headers = {"Content-Type": "application/problem+json"} | refusal.headers
        return Response(refusal.status, self.encode(problem), headers)

    def encode(self, document: Any) -> bytes:
        return json.dumps(document).encode()

    def finish(self, request: Request, response: Response) -> Response:
        """Adjust every response, for example its headers."""
        return response
