"""Client and clock for tests of the mock without a socket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_server import Handle, Mock, Request, Response, build

NOW = 1_741_079_730.25
"""2025-03-04T09:15:30.250Z"""

SHAPED = "x-mock-shaped-by"


class Clock:
    """Clock in seconds since the epoch that is set by hand."""

    def __init__(self) -> None:
        self.seconds = NOW

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Client:
    """Client with a token that calls the mock's handler."""

    handle: Handle
    token: str | None = "dev-token"

    def __call__(
        self, method: str, path: str, payload: Any = None, *, body: bytes | None = None, **headers: str
    ) -> Response:
        """Send a request; `payload` is sent as JSON, `body` unchanged, and `content_type=…` as a header."""
        fields: dict[str, str] = {}
        if body is None and payload is not None:
            body = json.dumps(payload).encode()
        if body is not None:
            fields["content-type"] = "application/json"
        if self.token is not None:
            fields["authorization"] = f"Bearer {self.token}"
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.handle(Request(method, path, fields, body or b""))

    def create(self, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Create a case and return it."""
        response = self("POST", "/case", payload or {})
        assert response.status == 201
        return content(response)

    def read(self, case_id: str) -> dict[str, Any]:
        """Return the case as GET shows it."""
        response = self("GET", f"/case/{case_id}")
        assert response.status == 200
        return content(response)

    def move(self, case: Mapping[str, Any], wanted: str, **more: Any) -> Response:
        """Make a transition of a case and return the response."""
        payload = {"caseStatus": wanted, "workflowId": case["lastWorkflowId"]} | more
        return self("POST", f"/case/{case['id']}/transition", payload)


def content(response: Response) -> dict[str, Any]:
    """Return the JSON object in a response."""
    assert response.headers["content-type"] in {"application/json", "application/problem+json"}
    value = json.loads(response.body)
    assert isinstance(value, dict)
    return value


def shaped(response: Response) -> list[str]:
    """Return the reasons in the response's X-Mock-Shaped-By header."""
    return response.headers[SHAPED].split(", ") if SHAPED in response.headers else []


SERVER_SET = tuple(Client(build()).create())
"""The fields that the mock sets on a new case. test_mock_operations.py checks their names and values."""


def records(mock: Mock) -> list[dict[str, Any]]:
    """Return the records of a mock's cases, oldest first."""
    return [json.loads(case.text) for _, case in mock.store.items()]


def states(mock: Mock) -> list[str]:
    """Return the states of a mock's cases, oldest first."""
    return [case.state for _, case in mock.store.items()]
