"""A mock in a test's hands: a clock that stands still, and a client that needs few words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_server import Handle, Mock, Request, Response

NOW = 1_741_079_730.25
"""2025-03-04T09:15:30.250Z"""

SHAPED = "x-mock-shaped-by"


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.seconds = NOW

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Client:
    """A client of a handle, with a token."""

    handle: Handle
    token: str | None = "dev-token"

    def __call__(
        self, method: str, path: str, payload: Any = None, *, body: bytes | None = None, **headers: str
    ) -> Response:
        """The response to a request; `payload` is sent as JSON, `body` as it is, `content_type=…` as a header."""
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
        """A new case."""
        response = self("POST", "/case", payload or {})
        assert response.status == 201
        return content(response)

    def read(self, case_id: str) -> dict[str, Any]:
        """The case."""
        response = self("GET", f"/case/{case_id}")
        assert response.status == 200
        return content(response)

    def move(self, case: Mapping[str, Any], wanted: str, **more: Any) -> Response:
        """A transition of the case as `case` shows it."""
        payload = {"caseStatus": wanted, "workflowId": case["lastWorkflowId"]} | more
        return self("POST", f"/case/{case['id']}/transition", payload)


def content(response: Response) -> dict[str, Any]:
    """The object in a response."""
    assert response.headers["content-type"] in {"application/json", "application/problem+json"}
    value = json.loads(response.body)
    assert isinstance(value, dict)
    return value


def shaped(response: Response) -> list[str]:
    """What made an answer differ, as its header says."""
    return response.headers[SHAPED].split(", ") if SHAPED in response.headers else []


def records(mock: Mock) -> list[dict[str, Any]]:
    """The records of a mock's cases, oldest first."""
    return [json.loads(case.text) for _, case in mock.store.items()]


def states(mock: Mock) -> list[str]:
    """The states of a mock's cases, oldest first."""
    return [case.state for _, case in mock.store.items()]
