"""What faults are made of: a call as it looks from outside the mock, and ways to meddle with it.

Knows messages, paths and JSON objects, and reaches nothing inside the mock: a fault that has to know more
asks the handle, with the credentials of the client that called. What a fault remembers belongs to the
handle that it made, so two mocks with the same fault share nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any
from urllib.parse import quote, unquote

from mock_server.core import json_codec
from mock_server.core.errors import Refused
from mock_server.core.json_codec import Json
from mock_server.core.messages import Fault, Handle, Request, Response
from mock_server.core.settings import DEEPEST

JSON = "application/json"
CREATED, OK = 201, 200
FIRST_REFUSAL = 400
UNAUTHORIZED = 401
NOT_FOUND = 404

Operations = frozenset[str]
CREATE = frozenset({"createCase"})
GET = frozenset({"getCase"})
PUT = frozenset({"replaceCase"})
PATCH = frozenset({"updateCase"})
MOVE = frozenset({"transitionCase"})
TOKEN = frozenset({"issueToken"})
UPDATES = PUT | PATCH
WRITES = CREATE | UPDATES
CASES = WRITES | GET | MOVE

OWNED = frozenset({"id", "createdDate", "lastWorkflowId", "caseStatus"})
"""The fields that the mock sets; all others are details that a client sent."""

_PATH = re.compile(
    r"(?P<root>.*?)/(?:case(?P<cases>/?)|case/(?P<id>[^/]+)(?P<move>/transition)?|(?P<token>auth/oauth2/token))"
)
_OPERATIONS: Mapping[tuple[str, str], str] = {
    ("POST", "cases"): "createCase",
    ("GET", "case"): "getCase",
    ("PUT", "case"): "replaceCase",
    ("PATCH", "case"): "updateCase",
    ("POST", "transition"): "transitionCase",
    ("POST", "token"): "issueToken",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way to the handle."""

    request: Request
    handle: Handle
    place: str
    """"cases", "case", "transition", "token", or "" for any other path."""
    operation: str
    """The operationId, or ""."""
    root: str
    """The path in front of /case."""
    case_id: str

    def on(self, **changes: Any) -> Response:
        """What the handle answers to the request, or to one that differs in `changes`."""
        return self.handle(replace(self.request, **changes) if changes else self.request)

    @property
    def payload(self) -> dict[str, Any] | None:
        """The body, if it is declared and written as a JSON object."""
        kind = self.request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
        return json_object(self.request.body) if kind == JSON else None

    def storing(self, payload: Mapping[str, Any]) -> Response:
        """What the handle answers to the same request with another payload."""
        return self.on(body=json_codec.encode(payload))

    def ask(self, method: str, payload: Json = None, *, case_id: str = "", end: str = "") -> Response:
        """What the handle answers the same client on this case, or another."""
        path = f"{self.root}/case/{quote(case_id or self.case_id, safe='')}{end}"
        body = b"" if payload is None else json_codec.encode(payload)
        return self.handle(Request(method, path, {**self.request.headers, "content-type": JSON}, body))

    def record(self, case_id: str = "") -> dict[str, Any]:
        """The case as it is now; empty where this client cannot read it."""
        answer = self.ask("GET", case_id=case_id)
        return record_of(answer) if answer.status == OK else {}

    def move(self, status: str, case_id: str = "") -> Response:
        """A transition that names the right workflow."""
        workflow = self.record(case_id).get("lastWorkflowId", "")
        return self.ask(
            "POST", {"caseStatus": status, "workflowId": workflow}, case_id=case_id, end="/transition"
        )

    @property
    def welcome(self) -> bool:
        """Whether the client's credentials are good."""
        return self.ask("GET", case_id="nobody").status == NOT_FOUND


def call(request: Request, handle: Handle) -> Call:
    """The request, read as far as a fault needs it."""
    found = _PATH.fullmatch(request.path)
    if found is None:
        return Call(request, handle, "", "", "", "")
    place = (
        "token" if found["token"] else "transition" if found["move"] else "case" if found["id"] else "cases"
    )
    operation = _OPERATIONS.get((request.method, place), "")
    return Call(request, handle, place, operation, found["root"], unquote(found["id"] or ""))


class Memory:
    """What a fault remembers of one handle; its lock makes several steps one."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.kept: dict[str, Any] = {}
        self._counts: Counter[str] = Counter()

    def count(self, what: str = "") -> int:
        """How many times this was asked about `what`, this time included."""
        with self.lock:
            self._counts[what] += 1
            return self._counts[what]


Step = Callable[[Call], Response]
Remembering = Callable[[Call, Memory], Response]


def every(step: Remembering) -> Fault:
    """`step` in place of every request."""

    def fault(handle: Handle) -> Handle:
        memory = Memory()
        return lambda request: step(call(request, handle), memory)

    return fault


def remember(operations: Operations, step: Remembering) -> Fault:
    """`step` in place of these operations, with a memory."""
    return every(lambda one, memory: step(one, memory) if one.operation in operations else one.on())


def at(operations: Operations, step: Step) -> Fault:
    """`step` in place of these operations."""
    return remember(operations, lambda one, _: step(one))


def after(operations: Operations, change: Callable[[Call, Response], Response]) -> Fault:
    """`change` of what these operations answer when they succeed."""

    def step(one: Call) -> Response:
        answer = one.on()
        return change(one, answer) if answer.status < FIRST_REFUSAL else answer

    return at(operations, step)


def stores(change: Callable[[dict[str, Any]], Any], operations: Operations = WRITES) -> Fault:
    """`change` of a payload before it is stored."""

    def step(one: Call) -> Response:
        payload = one.payload
        return one.on() if payload is None else one.storing(change(payload))

    return at(operations, step)


def shows(change: Callable[[dict[str, Any]], Any], operations: Operations = CASES) -> Fault:
    """`change` of a record on its way out, all of it."""
    return after(operations, lambda _, answer: showing(answer, change))


def showing(answer: Response, change: Callable[[dict[str, Any]], Any]) -> Response:
    """The answer with another record; the same answer if it carries none."""
    record = record_of(answer)
    return replace(answer, body=json_codec.encode(change(record))) if record else answer


def refusals(change: Callable[[Call, Response], Response], operations: Operations = CASES) -> Fault:
    """`change` of what these operations answer when they refuse."""

    def step(one: Call) -> Response:
        answer = one.on()
        return change(one, answer) if answer.status >= FIRST_REFUSAL else answer

    return at(operations, step)


def chain(*faults: Fault) -> Fault:
    """Several faults as one; a request meets the last one first."""

    def fault(handle: Handle) -> Handle:
        for one in faults:
            handle = one(handle)
        return handle

    return fault


def json_object(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object; None if it is anything else."""
    try:
        value = json_codec.parse(body, DEEPEST)
    except Refused:
        return None
    return value if isinstance(value, dict) else None


def record_of(answer: Response) -> dict[str, Any]:
    """The JSON object that an answer carries; empty where it carries none."""
    return json_object(answer.body) or {}


def details(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without what the mock set."""
    return {name: value for name, value in record.items() if name not in OWNED}


def says(status: int, value: Json, **headers: str) -> Response:
    """A JSON answer."""
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, {"content-type": JSON} | names, json_codec.encode(value))


def refusal(status: int, detail: str = "Refused.") -> Response:
    """An answer that looks like the mock's own refusals."""
    body = json_codec.encode({"type": "about:blank", "status": status, "detail": detail})
    return Response(status, {"content-type": "application/problem+json"}, body)
