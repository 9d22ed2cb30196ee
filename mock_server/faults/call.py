"""The parts of which faults are made: a call as seen from outside the mock, and wrappers that change it.

A fault uses only requests and responses. If it needs to know more about a case, it sends requests to the handle with
the client's own credentials. The memory of a fault belongs to the handle that it wraps, so two mocks with the same
fault share nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any
from urllib.parse import quote, unquote

from mock_server.core import json_codec
from mock_server.core.errors import FIRST_REFUSAL, Refused
from mock_server.core.json_codec import Json
from mock_server.core.messages import Fault, Handle, Request, Response
from mock_server.core.settings import DEEPEST

JSON = "application/json"
CREATED, OK = 201, 200
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
TOO_MANY = 429

Operations = frozenset[str]
CREATE = frozenset({"createCase"})
GET = frozenset({"getCase"})
PUT = frozenset({"replaceCase"})
PATCH = frozenset({"updateCase"})
TRANSITION = frozenset({"transitionCase"})
TOKEN = frozenset({"issueToken"})
UPDATES = PUT | PATCH
WRITES = CREATE | UPDATES
CASES = WRITES | GET | TRANSITION

OWNED = frozenset({"id", "createdDate", "lastWorkflowId", "caseStatus"})
"""The fields that the mock sets. A client writes all others."""

_PATH = re.compile(
    r"(?P<root>.*?)/(?:case(?P<cases>/?)|case/(?P<id>[^/]+)(?P<transition>/transition)?|(?P<token>auth/oauth2/token))"
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
    """A request on its way to the handle."""

    request: Request
    handle: Handle
    place: str
    """"cases", "case", "transition", "token", or "" for any other path."""
    operation: str
    """The operationId; "" for any other request."""
    root: str
    """The path before /case."""
    case_id: str

    def proceed(self, **changes: Any) -> Response:
        """Send the request to the handle, with `changes`, and return the response."""
        return self.handle(replace(self.request, **changes) if changes else self.request)

    @property
    def payload(self) -> dict[str, Any] | None:
        """The body as a JSON object; None if it is anything else, or has another media type."""
        kind = self.request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
        return json_object(self.request.body) if kind == JSON else None

    def proceed_with(self, payload: Mapping[str, Any]) -> Response:
        """Send the request with another payload."""
        return self.proceed(body=json_codec.encode(payload))

    def send(self, method: str, payload: Json = None, *, case_id: str = "", end: str = "") -> Response:
        """Send another request of the same client, about this case or another."""
        path = f"{self.root}/case/{quote(case_id or self.case_id, safe='')}{end}"
        body = b"" if payload is None else json_codec.encode(payload)
        return self.handle(Request(method, path, {**self.request.headers, "content-type": JSON}, body))

    def record(self, case_id: str = "") -> dict[str, Any]:
        """Return the present record of a case; empty if the client cannot read it."""
        response = self.send("GET", case_id=case_id)
        return record_of(response) if response.status == OK else {}

    def transition(self, status: str, case_id: str = "") -> Response:
        """Send a transition with the current workflow id."""
        payload = {"caseStatus": status, "workflowId": self.record(case_id).get("lastWorkflowId", "")}
        return self.send("POST", payload, case_id=case_id, end="/transition")

    @property
    def is_authenticated(self) -> bool:
        """True if the client's credentials are valid.

        A create of something other than a case is refused in any case. A 404 may hide cases from unknown clients.
        """
        headers = {**self.request.headers, "content-type": JSON}
        response = self.handle(Request("POST", f"{self.root}/case", headers, b"[]"))
        return response.status not in (UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY)


def read_call(request: Request, handle: Handle) -> Call:
    """Parse a request."""
    found = _PATH.fullmatch(request.path)
    if found is None:
        return Call(request, handle, "", "", "", "")
    if found["token"]:
        place = "token"
    elif found["id"]:
        place = "transition" if found["transition"] else "case"
    else:
        place = "cases"
    operation = _OPERATIONS.get((request.method, place), "")
    return Call(request, handle, place, operation, found["root"], unquote(found["id"] or ""))


class Memory:
    """The memory of a fault about one handle. Its lock makes several steps atomic."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.kept: dict[str, Any] = {}
        self._counts: Counter[str] = Counter()

    def count(self, key: str = "") -> int:
        """Return the number of calls with this key, including this one."""
        with self.lock:
            self._counts[key] += 1
            return self._counts[key]


Step = Callable[[Call], Response]
StepWithMemory = Callable[[Call, Memory], Response]


def on_every(step: StepWithMemory) -> Fault:
    """Return a fault that handles every request with `step`."""

    def fault(handle: Handle) -> Handle:
        memory = Memory()

        def faulty_handle(request: Request) -> Response:
            return step(read_call(request, handle), memory)

        return faulty_handle

    return fault


def on_with_memory(operations: Operations, step: StepWithMemory) -> Fault:
    """Return a fault that handles these operations with `step`, which has a memory."""

    def step_if_operation(call: Call, memory: Memory) -> Response:
        return step(call, memory) if call.operation in operations else call.proceed()

    return on_every(step_if_operation)


def on(operations: Operations, step: Step) -> Fault:
    """Return a fault that handles these operations with `step`."""

    def step_if_operation(call: Call, _: Memory) -> Response:
        return step(call) if call.operation in operations else call.proceed()

    return on_every(step_if_operation)


def on_success(operations: Operations, change: Callable[[Call, Response], Response]) -> Fault:
    """Return a fault that changes the success responses of these operations."""

    def step(call: Call) -> Response:
        response = call.proceed()
        return change(call, response) if response.status < FIRST_REFUSAL else response

    return on(operations, step)


def change_stored(change: Callable[[dict[str, Any]], Any], operations: Operations = WRITES) -> Fault:
    """Return a fault that changes a payload before it is stored."""

    def step(call: Call) -> Response:
        payload = call.payload
        return call.proceed() if payload is None else call.proceed_with(change(payload))

    return on(operations, step)


def change_shown(change: Callable[[dict[str, Any]], Any], operations: Operations = CASES) -> Fault:
    """Return a fault that changes the record in a response."""
    return on_success(operations, lambda _, response: with_record(response, change))


def with_record(response: Response, change: Callable[[dict[str, Any]], Any]) -> Response:
    """Return the response with a changed record. A response without a record stays the same."""
    record = record_of(response)
    return replace(response, body=json_codec.encode(change(record))) if record else response


def on_refusal(change: Callable[[Call, Response], Response], operations: Operations = CASES) -> Fault:
    """Return a fault that changes the refusals of these operations."""

    def step(call: Call) -> Response:
        response = call.proceed()
        return change(call, response) if response.status >= FIRST_REFUSAL else response

    return on(operations, step)


def json_object(body: bytes) -> dict[str, Any] | None:
    """Parse a body as a JSON object; return None if it is anything else."""
    try:
        value = json_codec.parse(body, DEEPEST)
    except Refused:
        return None
    return value if isinstance(value, dict) else None


def record_of(response: Response) -> dict[str, Any]:
    """Return the JSON object in a response; empty if there is none."""
    return json_object(response.body) or {}


def writable_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record that a client can write."""
    return {name: value for name, value in record.items() if name not in OWNED}


def json_response(status: int, value: Json, **headers: str) -> Response:
    """Return a JSON response."""
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, {"content-type": JSON} | names, json_codec.encode(value))


def refusal(status: int, detail: str = "Refused.") -> Response:
    """Return a response like the mock's own refusals."""
    body = json_codec.encode({"type": "about:blank", "status": status, "detail": detail})
    return Response(status, {"content-type": "application/problem+json"}, body)
