"""The steps from a request to a response."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from support.in_process import send

from mock_server.core import openapi, operations
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request, Response
from mock_server.core.pipeline import CORS, complete, problem_response, refusal_response, with_cors
from mock_server.core.service import build
from mock_server.core.settings import Auth, Limits, Scheme, Settings

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


def test_head_has_the_length_of_the_body_but_no_body() -> None:
    handle = build(Settings())
    created = send(handle, "POST", "/case", {"testSummary": "x"})
    path = f"/case/{json.loads(created.body)['id']}"
    shown, head = send(handle, "GET", path), send(handle, "HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(shown.body))


def test_only_a_request_with_an_origin_gets_cors_headers() -> None:
    handle = build(Settings())
    assert "access-control-allow-origin" not in send(handle, "GET", "/case/x").headers
    assert send(handle, "GET", "/case/x", origin="https://a").headers["access-control-allow-origin"]


def test_defect_is_a_complete_response_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> Response:
        raise ZeroDivisionError

    monkeypatch.setitem(operations.OPERATIONS, "getCase", fail)  # type: ignore[misc]
    response = send(build(Settings()), "GET", "/case/x")
    assert (response.status, json.loads(response.body)["code"]) == (500, "broken")
    assert "GET /case/x failed" in caplog.text


def test_unsecured_body_is_limited_before_it_is_read() -> None:
    small = Settings(limits=Limits(body=3))
    assert send(build(small), "POST", "/case", {}).status == 201
    assert send(build(small), "POST", "/case", {"a": 1}).status == 413
    assert send(build(Settings(limits=Limits(nesting=1))), "POST", "/case", {}).status == 201
    assert send(build(Settings(limits=Limits(nesting=1))), "POST", "/case", {"a": []}).status == 400


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        (" application/json ", 201),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_media_type_is_compared_without_its_parameters(kind: str, status: int) -> None:
    headers = {**TOKEN, "content-type": kind}
    response = build(Settings())(Request("POST", "/case", headers, b"{}"))
    assert response.status == status
    if status == 415:
        assert response.headers["accept"] == "application/json"
        assert (kind or "(empty)") in json.loads(response.body)["detail"]


def test_body_without_a_media_type_counts_as_json() -> None:
    assert build(Settings())(Request("POST", "/case", TOKEN, b"{}")).status == 201
    assert build(Settings())(Request("POST", "/case", TOKEN, b"")).status == 400


def test_media_type_of_a_patch_is_offered_as_accept_patch() -> None:
    headers = {**TOKEN, "content-type": "text/" + "x" * 100}
    response = build(Settings())(Request("PATCH", "/case/x", headers, b"{}"))
    assert response.headers["accept-patch"] == "application/json"
    assert "accept" not in response.headers
    assert f"text/{'x' * 75}" in json.loads(response.body)["detail"]
    assert "x" * 76 not in json.loads(response.body)["detail"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"grant_type=client_credentials&client_id=dev-client&client_secret=dev-key-0", 200, ""),
        (b"grant_type=a&grant_type=a", 400, "given more than once"),
        (b"grant_type=%ff", 400, "not readable"),
        (b"\xff=1", 400, "not readable"),
        (b"&".join(b"a%d=1" % number for number in range(101)), 400, "not readable"),
        (b"&".join(b"a%d=1" % number for number in range(100)), 400, "grant_type is required"),
        (b"grant_type=", 400, ""),
    ],
)
def test_form_of_the_token_endpoint_is_read_strictly(body: bytes, status: int, words: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = build(Settings(auth=Auth(scheme=Scheme.OAUTH2)))(
        Request("POST", "/auth/oauth2/token", headers, body)
    )
    assert response.status == status
    assert words in json.loads(response.body).get("error_description", "")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, None),
        ({"access-control-request-method": "PUT"}, ""),
        ({"access-control-request-method": "PUT", "access-control-request-headers": "x-a"}, "x-a"),
        ({"access-control-request-method": "PUT", "access-control-request-headers": "\x00"}, "*"),
    ],
)
def test_preflight_shows_the_allowed_methods(headers: Mapping[str, str], allowed: str | None) -> None:
    response = build(Settings())(Request("OPTIONS", "/case/x", {"origin": "https://a", **headers}, b""))
    assert (response.status, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS, PATCH, PUT")
    assert response.headers.get("access-control-allow-headers") == allowed
    methods = None if allowed is None else response.headers["allow"]
    assert response.headers.get("access-control-allow-methods") == methods


def test_preflight_does_not_count_against_the_rate() -> None:
    handle = build(Settings(limits=Limits(rate=1)), now=lambda: 0.0)
    statuses = [send(handle, method, "/case/x").status for method in ("OPTIONS", "OPTIONS", "GET", "GET")]
    assert statuses == [204, 204, 404, 429]


@pytest.mark.parametrize(("status", "title"), [(404, "Not Found"), (499, "Refused"), (599, "Server Error")])
def test_problem_has_a_title(status: int, title: str) -> None:
    assert json.loads(problem_response(status, {}).body)["title"] == title


@pytest.mark.parametrize(
    ("problem", "oauth", "status", "error"),
    [
        (Problem.INVALID, True, 400, "invalid_request"),
        (Problem.NO_BODY, True, 400, "invalid_request"),
        (Problem.INVALID, False, 422, None),
        (Problem.MEDIA_TYPE, True, 415, None),
    ],
)
def test_refusal_takes_the_form_of_its_endpoint(
    problem: Problem, oauth: bool, status: int, error: str | None
) -> None:
    details = {"sent": "a", "accepted": "b"} if problem is Problem.MEDIA_TYPE else {}
    details = {"first": ""} if problem is Problem.INVALID else details
    response = refusal_response(Refused(problem, **details), oauth=oauth)
    assert response.status == status
    assert json.loads(response.body).get("error") == error
