"""Client of the control API that validates every response against control.yaml."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema

from mock_server import Mock, Request, Response
from mock_server.control.pages import DOCUMENT
from mock_server.core import openapi
from mock_server.core.errors import Refused

CONTROL_TOKEN = "control-token"
HERE = "localhost:8000"


@dataclass
class Control:
    """Client of a mock's control API with a token."""

    mock: Mock
    token: str | None = CONTROL_TOKEN

    def __call__(
        self, method: str, path: str, payload: Any = None, *, body: bytes | None = None, **headers: str
    ) -> Response:
        """Call a path under /_mock and validate the response."""
        fields = {"host": HERE, "content-type": "application/json"}
        if self.token is not None:
            fields["authorization"] = f"Bearer {self.token}"
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None:
            body = b"" if payload is None else json.dumps(payload).encode()
        path, _, query = path.partition("?")
        request = Request(method, f"/_mock{path}", fields, body, query)
        response = self.mock.handle(request)
        check(request, response)
        return response

    def get(self, path: str, **headers: str) -> Any:
        """Return the parsed body of a successful GET."""
        response = self("GET", path, **headers)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def done(self, method: str, path: str, payload: Any = None) -> Any:
        """Return the parsed body of a successful call, or None if it is empty."""
        response = self(method, path, payload)
        assert response.status in (200, 201, 204), response.body
        return json.loads(response.body) if response.body else None

    def refused(self, method: str, path: str, payload: Any = None, **how: Any) -> tuple[int, str, list[str]]:
        """Return status, code and findings (pointer and message) of a refused call."""
        response = self(method, path, payload, **how)
        problem = json.loads(response.body)
        findings = [f"{one['pointer']} {one['message']}" for one in problem.get("errors", [])]
        return response.status, problem["code"], findings


def check(request: Request, response: Response) -> None:
    """Fail unless control.yaml describes the response."""
    assert not [name for name in response.headers if name.startswith("access-control-")]
    schema = _schema(request, response)
    if response.status in (204, 308) or request.method == "HEAD":
        assert response.body == b""
    elif schema:
        kind = response.headers["content-type"]
        jsonschema.validate(
            json.loads(response.body), schema, format_checker=jsonschema.FormatChecker()
        ) if "json" in kind else response.body.decode()


def _schema(request: Request, response: Response) -> Mapping[str, Any] | None:
    document = openapi.read(DOCUMENT)
    kind = response.headers.get("content-type", "").partition(";")[0]
    problem = document.schemas["Problem"]
    if response.status >= 400:
        assert kind == "application/problem+json"
    try:
        place, _ = document.find(request.path)
    except Refused:
        assert response.status in (403, 404)
        return problem
    operation = place.operations.get(request.method)
    if operation is None:
        assert response.status in (403, 405) or request.method == "OPTIONS"
        return problem if response.status >= 400 else None
    responses = operation.responses
    documented = responses.get(str(response.status)) or responses[f"{response.status // 100}XX"]
    content = documented.get("content", {})
    if not content:
        return None
    media = content.get(kind, content.get("*/*"))
    assert media is not None, (response.status, kind)
    schema: Mapping[str, Any] | None = media.get("schema")
    return schema
