"""The client and the case of a request, as a fault sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from faults import FAULTS

from mock_server import Request, Response, build
from mock_server.core.messages import Handle
from mock_server.faults.call import read_call


def hide_cases(handle: Handle) -> Handle:
    """Respond with 404 to unknown clients, so that they cannot find out which cases exist."""

    def hidden(request: Request) -> Response:
        response = handle(request)
        return replace(response, status=404) if response.status == 401 else response

    return hidden


@pytest.mark.parametrize("credential", ["Bearer dev-token", "Bearer made-up", ""])
@pytest.mark.parametrize(
    "wrap",
    [lambda handle: handle, hide_cases, FAULTS["auth-404-for-unknown-ids"]],
    ids=["401", "404 for all cases", "404 for unknown ids"],
)
def test_only_valid_credentials_are_authenticated(wrap: object, credential: str) -> None:
    assert callable(wrap)
    headers = {"authorization": credential} if credential else {}
    call = read_call(Request("GET", "/case/unknown", headers, b""), wrap(build()))
    assert call.is_authenticated is (credential == "Bearer dev-token")


def test_authentication_is_found_by_a_refused_create() -> None:
    requests: list[Request] = []
    statuses: list[int] = []
    mock = build()

    def handle(request: Request) -> Response:
        response = mock(request)
        requests.append(request)
        statuses.append(response.status)
        return response

    request = Request("GET", "/case/unknown", {"authorization": "Bearer dev-token"}, b"")
    assert read_call(request, handle).is_authenticated
    assert [(one.method, one.path) for one in requests] == [("POST", "/case")]
    assert statuses == [422]


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"[]", b"{", b"[1]"], ids=["deep", "empty", "cut", "number"]
)
def test_fault_leaves_bodies_that_it_cannot_read_to_the_mock(body: bytes) -> None:
    request = Request("POST", "/case", {"authorization": "Bearer dev-token"}, body)
    assert FAULTS["create-accepts-array"](build())(request) == build()(request)
