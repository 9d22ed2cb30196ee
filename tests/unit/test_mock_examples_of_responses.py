"""Example responses from the contract, for requests that ask for a status."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mock_server.behaviour.middleware import example_response

JSON, PROBLEM = "application/json", "application/problem+json"


def example(status: int, **documented: Any) -> tuple[str, bytes] | None:
    operation: Any = SimpleNamespace(responses={str(status): documented})
    response = example_response(operation, status)
    return None if response is None else (response.headers["content-type"], response.body)


@pytest.mark.parametrize(
    ("documented", "expected"),
    [
        ({"content": {JSON: {"example": {"a": 1}}}}, (JSON, b'{"a":1}')),
        ({"content": {JSON: {"examples": {"x": {"value": 1}, "y": {"value": 2}}}}}, (JSON, b"1")),
        ({"content": {JSON: {"example": 1}, PROBLEM: {"example": 2}}}, (PROBLEM, b"2")),
        ({"content": {JSON: {"example": None}}}, (JSON, b"null")),
        ({"content": {JSON: {"schema": {}}, "text/x": {"example": "t"}}}, ("text/x", b'"t"')),
        ({}, None),
        ({"content": {JSON: {}}}, None),
    ],
)
def test_example_of_the_document_is_returned(documented: Any, expected: tuple[str, bytes] | None) -> None:
    assert example(200, **documented) == expected


def test_error_without_an_example_is_a_problem() -> None:
    found = example(409)
    assert found is not None
    assert found[0] == PROBLEM
    assert example_response(None, 200) is None


def test_documented_headers_with_an_example_are_sent() -> None:
    headers = {"Retry-After": {"example": 30}, "X-Other": {"schema": {}}}
    operation: Any = SimpleNamespace(responses={"429": {"headers": headers}})
    response = example_response(operation, 429)
    assert response is not None
    assert response.headers["retry-after"] == "30"
    assert "x-other" not in response.headers
