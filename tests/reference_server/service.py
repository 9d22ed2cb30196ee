"""The Case APIs as one class whose methods are the seams at which real servers go wrong.

A request passes `find`, `authorise`, `read`, `check`, `clean`, one of the five operations, `render`, `encode` and
`dress`. Each step is a method of its own, so that a variant or a fault is a subclass that changes one of them.
Knows nothing of sockets, and of the store only `insert`, `load` and `save`.
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

from reference_server.records import Call, Fields, Record, Refusal, Rows, finite
from reference_server.sockets import Handler, Request, Response

OWNED = frozenset({"id", "createdDate", "lastWorkflowId", "caseStatus"})
PATHS: dict[tuple[str, ...], dict[str, str]] = {
    ("case",): {"POST": "create"},
    ("case", ""): {"GET": "get", "HEAD": "get", "PUT": "put", "PATCH": "patch"},
    ("case", "", "transition"): {"POST": "transition"},
}


class CaseService:
    """A server that keeps the contract."""

    prefix = ""
    handler: ClassVar[type[Handler]] = Handler
    token = "dev-token"
    moves: ClassVar[dict[tuple[str | None, str], str]] = {
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
        """The one way in; nothing a client sends gets past it as an exception."""
        try:
            response = self.perform(request)
        except Refusal as refusal:
            response = self.refuse(refusal)
        except RecursionError:
            response = self.refuse(Refusal(413, "nested too deeply"))
        return self.dress(request, response)

    def perform(self, request: Request) -> Response:
        """Find the operation, check the credentials, then run it."""
        try:
            call = self.find(request)
        except Refusal:
            self.authorise(Call("", "", request))
            raise
        self.authorise(call)
        with self.turn(call):
            return getattr(self, call.operation)(call)

    def turn(self, call: Call) -> AbstractContextManager[Any]:
        """Operations run one at a time."""
        return self.lock

    def find(self, request: Request) -> Call:
        """The operation and the id that method and path name."""
        path = request.target.split("?")[0].removeprefix(self.prefix)
        parts = [unquote(part) for part in path.strip("/").split("/")]
        methods = PATHS.get(("case", "", *parts[2:]) if len(parts) > 1 else tuple(parts))
        if parts[0] != "case" or methods is None:
            raise Refusal(404, "no such path")
        if request.method not in methods:
            raise Refusal(405, "no such method here", Allow=", ".join(methods))
        return Call(methods[request.method], parts[1] if len(parts) > 1 else "", request)

    def authorise(self, call: Call) -> None:
        """Refuse who shows no token, or a wrong one."""
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token != self.token:
            raise self.stranger()

    def stranger(self) -> Refusal:
        """The answer to wrong credentials."""
        return Refusal(401, "authenticate first", WWW_Authenticate='Bearer realm="second"')

    def read(self, call: Call) -> Fields:
        """The JSON object in the body."""
        self.accept(call.request.headers.get("content-type", ""))
        try:
            document = self.parse(call.request.body)
            finite(document)
        except (ValueError, RecursionError):
            raise Refusal(400, "the body is not JSON") from None
        if not isinstance(document, dict):
            raise Refusal(400, "the body is not an object")
        self.check(call, document)
        return document

    def accept(self, media_type: str) -> None:
        """Refuse bodies of other media types."""
        essence = media_type.split(";", 1)[0].strip().lower()
        if essence != "application/json" and not essence.endswith("+json"):
            raise Refusal(415, "send application/json")

    def parse(self, body: bytes) -> Any:
        """JSON text to value; ValueError if it is none."""
        return json.loads(body.decode("utf-8"), parse_constant=self.constant)

    def constant(self, name: str) -> Any:
        """NaN and the infinities are no JSON."""
        raise ValueError(name)

    def check(self, call: Call, document: Fields) -> None:
        """Refuse what this server does not take; it takes everything."""

    def clean(self, call: Call, document: Fields) -> Fields:
        """The client's own fields: what the server sets is not the client's to choose."""
        return {name: value for name, value in document.items() if name not in OWNED}

    def fields(self, call: Call) -> Fields:
        """The checked and cleaned payload."""
        return self.clean(call, self.read(call))

    # The operations

    def create(self, call: Call) -> Response:
        owned = (self.new_id(), self.new_date(), self.new_workflow(), self.first_status)
        record = Record(*owned, self.fields(call))
        self.rows.insert(record)
        return self.answer(201, self.render(record))

    def get(self, call: Call) -> Response:
        return self.answer(200, self.render(self.load(call)))

    def put(self, call: Call) -> Response:
        record = self.load(call)
        return self.updated(call, self.replaced(record, self.fields(call)))

    def patch(self, call: Call) -> Response:
        record = self.load(call)
        return self.updated(call, self.merged(record, self.fields(call)))

    def transition(self, call: Call) -> Response:
        record = self.load(call)
        document = self.read(call)
        self.same_workflow(record, document)
        return self.updated(call, self.moved(record, self.target(record, document)))

    # What the operations are made of

    def load(self, call: Call) -> Record:
        """The case that the call is about, or 404."""
        record = self.rows.load(call.id)
        if record is None:
            raise Refusal(404, "no such case")
        return record

    def updated(self, call: Call, record: Record) -> Response:
        """Store a changed record and answer with it."""
        self.rows.save(record)
        return self.answer(200, self.outcome(call, record))

    def outcome(self, call: Call, record: Record) -> Fields:
        """What an update answers with."""
        return self.render(record)

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(record, fields=fields)

    def merged(self, record: Record, fields: Fields) -> Record:
        return replace(record, fields=record.fields | fields)

    def moved(self, record: Record, status: str) -> Record:
        return replace(record, status=status)

    def same_workflow(self, record: Record, document: Fields) -> None:
        """A move names the workflow that the case is in."""
        if document.get("workflowId") != record.workflow:
            raise Refusal(422, "workflowId is not this case's")

    def target(self, record: Record, document: Fields) -> str:
        """The status that the move leads to; an illegal move has no entry in the table."""
        wish = document.get("caseStatus")
        if not isinstance(wish, str) or wish not in {move for _, move in self.moves}:
            raise Refusal(422, "caseStatus is unknown")
        if (record.status, wish) not in self.moves:
            raise Refusal(409, "the workflow has no such move")
        return self.moves[record.status, wish]

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def new_workflow(self) -> str:
        return str(uuid.uuid4())

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_date(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    # From value to bytes

    def render(self, record: Record) -> Fields:
        """The case as its client sees it."""
        return record.fields | self.owned(record)

    def owned(self, record: Record) -> Fields:
        """The members that the server sets."""
        members = {"id": record.id, "createdDate": record.created, "lastWorkflowId": record.workflow}
        return members if record.status is None else members | {"caseStatus": record.status}

    def answer(self, status: int, document: Any) -> Response:
        return Response(status, self.encode(document), {"Content-Type": "application/json"})

    def refuse(self, refusal: Refusal) -> Response:
        problem = {"title": refusal.reason, "status": refusal.status}
        headers = {"Content-Type": "application/problem+json"} | refusal.headers
        return Response(refusal.status, self.encode(problem), headers)

    def encode(self, document: Any) -> bytes:
        return json.dumps(document).encode()

    def dress(self, request: Request, response: Response) -> Response:
        """Last touch: headers for every answer."""
        return response
