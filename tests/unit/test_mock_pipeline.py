"""The steps from a request to a response."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from support.in_process import send

from mock_server.core import openapi
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request, Response
from mock_server.core.pipeline import CORS, complete, problem_response, refusal_response, with_cors
from mock_server.core.service import build
from mock_server.core.settings import Limits, Settings

TOKEN = {"authorization": "Bearer dev-token"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/case/x", TOKEN, b"", 404),
        ("GET", "/case/x", {}, b"", 401),
        ("GET", "/nowhere", TOKEN, b"", 404),
        ("DELETE", "/case/x", TOKEN, b"", 405),
        ("POST", "/case", {**TOKEN, "content-type": "application/json"}, b"{", 400),
        ("POST", "/case", {**TOKEN, "content-type": "application/json"}, b"[]", 422),
        ("POST", "/case", {**TOKEN, "content-type": "text/plain"}, b"{}", 415),
        (
            "POST",
            "/case",
            {**TOKEN, "content-type": "application/json"},
            b"{" + b" " * 1024 * 1024 + b"}",
            413,
        ),
        (
            "POST",
            "/case",
            {**TOKEN, "content-type": "application/json"},
            b'{"a":' * 101 + b"1" + b"}" * 101,
            400,
        ),
        ("POST", "/case", {"content-type": "application/json"}, b"{", 401),
        ("POST", "/case", {**TOKEN, "content-type": "application/json"}, b"{}", 201),
    ],
)
def test_pipeline_checks_in_order(
    method: str, path: str, headers: Mapping[str, str], body: bytes, status: int
) -> None:
    response = build(Settings())(Request(method, path, headers, body))
    assert response.status == status
    if status >= 400:
        assert response.headers["content-type"].startswith("application/problem+json")
        assert json.loads(response.body)["status"] == response.status


def test_wrong_method_lists_the_allowed_ones() -> None:
    response = send(build(Settings()), "DELETE", "/case/x")
    assert {"GET", "PATCH", "PUT"} <= set(response.headers["allow"].split(", "))


def test_rate_limit_refuses_with_retry_after() -> None:
    handle = build(Settings(limits=Limits(rate=1)))
    assert [send(handle, "GET", "/case/x").status for _ in range(2)] == [404, 429]
    assert send(handle, "GET", "/case/x").headers["retry-after"] == "1"


def test_head_has_the_length_of_get() -> None:
    head = complete(Request("HEAD", "/"), Response(200, {}, b"abc"))
    assert (head.body, head.headers["content-length"]) == (b"", "3")
    assert complete(Request("GET", "/"), Response(200, {}, b"abc")).body == b"abc"
    page = Request("GET", "/", {"origin": "http://h"})
    assert with_cors(page, Response(200)).headers == CORS
    assert complete(page, Response(200), cors=False).headers == {}
    assert with_cors(Request("GET", "/"), Response(200)).headers == {}


def test_refusal_is_a_problem() -> None:
    response = refusal_response(
        Refused(Problem.TOO_MANY_REQUESTS, rate=1, wait=2, headers={"retry-after": "2"})
    )
    assert (response.status, response.headers["retry-after"]) == (429, "2")
    assert json.loads(problem_response(503, {"detail": "x"}).body)["detail"] == "x"


def test_contract_has_the_five_operations() -> None:
    document = openapi.load(None)
    template, parameters = document.find("/case/x")
    assert parameters == {"id": "x"}
    assert {"GET", "PUT", "PATCH"} <= set(template.operations)
