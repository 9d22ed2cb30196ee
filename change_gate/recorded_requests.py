"""Requests of the clients of a document: create, read, replace, update and transition, generated from its schemas."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import requests

from change_gate.documents import Document
from change_gate.findings import Direction
from change_gate.mock_process import Server
from change_gate.schemas.dialect import Dialect
from change_gate.schemas.schema import JsonSchema
from change_gate.schemas.validation import SchemaValidator

EXAMPLES: Final = 15
LIFECYCLE: Final = (
    ("POST", "/case"),
    ("GET", "/case/{id}"),
    ("PUT", "/case/{id}"),
    ("PATCH", "/case/{id}"),
    ("POST", "/case/{id}/transition"),
)
JSON: Final = "application/json"
TIMEOUT: Final = 10
REFUSED: Final = 400  # status codes from here on are refusals


@dataclass(frozen=True)
class Call:
    """A request that a document allows. `responses` are the body schemas by status code, range or "default"."""

    method: str
    path: str
    body: Any
    has_body: bool
    responses: dict[str, SchemaValidator]

    def is_expected(self, status: int, body: Any) -> bool:
        """Return True if the document describes a response with this status and body."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key].accepts(body)
        return False


def calls(document: Document) -> Iterator[Call]:
    """Yield requests for each operation of the lifecycle that the document has."""
    paths = document.root.get("paths", {})
    for method, path in LIFECYCLE:
        operation = paths.get(path, {}).get(method.lower())
        if operation is None:
            continue
        responses = _responses(document, operation)
        schema = _schema(
            document, _resolved(document, operation.get("requestBody", {})), Direction.CLIENT_TO_SERVER
        )
        if schema is None:
            yield Call(method, path, None, False, responses)
            continue
        for body in _bodies(schema):
            yield Call(method, path, body, True, responses)


def _cases(document: Document) -> list[Any]:
    """Return bodies of a create that the document allows."""
    operation = document.root.get("paths", {}).get("/case", {}).get("post", {})
    body = _resolved(document, operation.get("requestBody", {}))
    schema = _schema(document, body, Direction.CLIENT_TO_SERVER)
    return [] if schema is None else _bodies(schema)


def _resolved(document: Document, node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        node = document.resolve(node["$ref"])
    return node


def _schema(document: Document, message: Any, direction: Direction) -> JsonSchema | None:
    content = message.get("content", {}).get(JSON, {}) if isinstance(message, dict) else {}
    if "schema" not in content:
        return None
    return Dialect(document.version, direction, document.resolve).convert(content["schema"])


def _responses(document: Document, operation: dict[str, Any]) -> dict[str, SchemaValidator]:
    found = {}
    for status, response in operation.get("responses", {}).items():
        schema = _schema(document, _resolved(document, response), Direction.SERVER_TO_CLIENT)
        if schema is not None:
            found[str(status)] = SchemaValidator(schema.document())
    return found


def _bodies(schema: JsonSchema) -> list[Any]:
    """Return values of the schema, the same in every run; an empty list if no values can be generated."""
    import hypothesis  # noqa: PLC0415 - takes half a second
    from schemathesis.generation.jsonschema.context import StrategyContext  # noqa: PLC0415
    from schemathesis.generation.jsonschema.strategy import from_schema  # noqa: PLC0415

    from change_gate.schemas.algebra import canonicalize  # noqa: PLC0415

    drawn: list[Any] = []
    validator = SchemaValidator(schema.document())
    canonical = canonicalize(schema.document())
    if canonical is None:
        return []
    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    @settings
    @hypothesis.given(from_schema(canonical, StrategyContext(root=canonical)))
    def draw(value: Any) -> None:
        if validator.accepts(value):
            drawn.append(value)

    draw()
    return drawn


@dataclass(frozen=True)
class Reply:
    """A response: its status code, its JSON body, or None for another one, and the body of the request."""

    status: int
    body: Any
    sent: Any


class Client:
    """A client of a mock with a document: each request of the lifecycle is sent to a new case."""

    def __init__(self, server: Server, document: Document) -> None:
        self._cases = [{}, *_cases(document)]
        self._url = server.url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {server.token}"

    def send(self, call: Call) -> Reply | None:
        """Return the reply, or None if the mock has no case to which the call could be sent."""
        path, body = call.path, call.body
        if "{id}" in path:
            case = self._new_case()
            if case is None:
                return None
            path = path.replace("{id}", str(case.get("id")))
            if path.endswith("/transition"):
                body = {**body, "caseStatus": "Close", "workflowId": case.get("lastWorkflowId")}
        return self._exchange(call.method, path, body if call.has_body else None)

    def _new_case(self) -> dict[str, Any] | None:
        """Create a case with the first body that the mock accepts, which stays the first one."""
        for place, body in enumerate(self._cases):
            reply = self._exchange("POST", "/case", body)
            if reply.status < REFUSED and isinstance(reply.body, dict):
                self._cases.insert(0, self._cases.pop(place))
                return reply.body
        return None

    def _exchange(self, method: str, path: str, body: Any) -> Reply:
        response = self._session.request(method, self._url + path, json=body, timeout=TIMEOUT)
        with contextlib.suppress(ValueError):
            return Reply(response.status_code, response.json(), body)
        return Reply(response.status_code, None, body)
