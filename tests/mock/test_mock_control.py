"""The control API: its document, its access checks, and responses that fit the document."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from support.clients import Client
from support.control_api import CONTROL_TOKEN, HERE, Control

from mock_server import Mock
from mock_server.control import FUNCTIONS, ControlApi, pages
from mock_server.core import openapi

DOCUMENT = yaml.load(pages.DOCUMENT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
OPEN = {
    "getHealth", "getOpenApi", "getControlDocument", "goToConsole", "getConsole", "getConsoleFile", "getDocs",
    "getDocsFile", "goToDocs",
}  # fmt: skip


# The document


def test_document_is_valid_and_matches_the_functions() -> None:
    validate(DOCUMENT)
    assert {operation.id for operation in openapi.read(pages.DOCUMENT).operations()} == set(FUNCTIONS)


def test_function_missing_in_the_document_is_an_error(mock: Mock, monkeypatch: Any) -> None:
    monkeypatch.setitem(FUNCTIONS, "more", FUNCTIONS["reset"])
    with pytest.raises(RuntimeError, match="more"):
        ControlApi(mock, "token", ())


def test_examples_of_the_document_are_valid() -> None:
    for operation in openapi.read(pages.DOCUMENT).operations():
        for response in operation.responses.values():
            for media in response.get("content", {}).values():
                if "example" in media:
                    assert openapi.CompiledSchema.of(media["schema"]).validator.is_valid(media["example"])


def test_only_pages_and_health_need_no_token() -> None:
    operations = openapi.read(pages.DOCUMENT).operations()
    assert {operation.id for operation in operations if not operation.secured} == OPEN


# Access


def calls() -> list[tuple[str, str]]:
    return [
        (method, place)
        for place, item in DOCUMENT["paths"].items()
        for method in item
        if method != "parameters" and item[method].get("security") != []
    ]


@pytest.mark.parametrize(("method", "place"), calls())
@pytest.mark.parametrize("token", [None, "", "dev-token", CONTROL_TOKEN[:-1], CONTROL_TOKEN + "x"])
def test_requests_without_the_control_token_are_refused(
    mock: Mock, method: str, place: str, token: str | None
) -> None:
    path = place.removeprefix("/_mock").replace("{", "").replace("}", "")
    status, code, _ = Control(mock, token).refused(method.upper(), path, {})
    assert (status, code) == (401, "bad-credentials" if token else "no-credentials")


def test_control_token_is_not_valid_for_the_case_apis(mock: Mock) -> None:
    assert Client(mock.handle, CONTROL_TOKEN)("GET", "/case/1").status == 401


def test_random_control_token_is_long_and_unique() -> None:
    tokens = {Mock().control_token for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 20 for token in tokens)
    with pytest.raises(ValueError, match="visible ASCII"):
        Mock(control_token="with space")


@pytest.mark.parametrize(
    ("host", "hosts", "status"),
    [
        ("localhost", (), 200),
        ("localhost:8000", (), 200),
        ("LOCALHOST.:8000", (), 200),
        ("app.localhost:1", (), 200),
        ("127.0.0.1:8000", (), 200),
        ("127.8.9.1", (), 200),
        ("[::1]:8000", (), 200),
        ("", (), 403),
        ("evil.example", (), 403),
        ("localhost.evil.example", (), 403),
        ("evil.example:80, localhost", (), 403),
        ("localhost:80@evil.example", (), 403),
        ("10.0.0.1", (), 403),
        ("[fe80::1]", (), 403),
        ("127.0.0.1.evil.example", (), 403),
        ("0x7f.1", (), 403),
        ("mock:8000", ("mock",), 200),
        ("MOCK", ("Mock",), 200),
        ("10.0.0.1:8000", ("10.0.0.1",), 200),
        ("10.0.0.1:8000", ("0.0.0.0",), 200),
        ("[fe80::1]:8000", ("::",), 200),
        ("evil.example", ("0.0.0.0",), 403),
    ],
)
def test_only_hosts_of_this_machine_are_accepted(host: str, hosts: tuple[str, ...], status: int) -> None:
    steer = Control(Mock(control_token=CONTROL_TOKEN, hosts=hosts))
    assert steer("GET", "/health", host=host).status == status
    assert steer("GET", "/state", host=host).status == status
    if status == 403:
        assert steer.refused("GET", "/", host=host) == (403, "foreign-host", [])


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (f"http://{HERE}", 200),
        (f"https://{HERE}", 200),
        ("http://localhost:3000", 403),
        ("http://localhost", 403),
        ("null", 403),
        ("https://evil.example", 403),
        (f"http://{HERE}.evil.example", 403),
        ("", 403),
    ],
)
def test_requests_from_pages_of_other_sites_are_refused(steer: Control, origin: str, status: int) -> None:
    for method, path in [("GET", "/state"), ("GET", "/health"), ("HEAD", "/settings")]:
        assert steer(method, path, origin=origin).status == status
    preflight = steer("OPTIONS", "/reset", origin=origin, access_control_request_method="POST")
    assert preflight.status == (204 if status == 200 else 403)


# Common behaviour with the Case APIs


@pytest.mark.parametrize(
    ("method", "path", "how", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "ery", {}, 404),
        ("PUT", "/reset", {}, 405),
        ("BREW", "/", {}, 405),
        ("POST", "/seed", {"body": b"{"}, 400),
        ("POST", "/seed", {"body": b""}, 400),
        ("POST", "/seed", {"body": b"{}", "content_type": "text/plain"}, 415),
        ("POST", "/seed", {"body": b"[" * 1000}, 400),
        ("PUT", "/state", {"body": b"x" * (32 * 1024 * 1024 + 1)}, 413),
    ],
)
def test_errors_have_the_form_of_the_case_apis(
    steer: Control, method: str, path: str, how: dict[str, Any], status: int
) -> None:
    assert steer.refused(method, path, **how)[0] == status


def test_head_and_options_work_as_in_the_case_apis(steer: Control) -> None:
    head = steer("HEAD", "/settings")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(steer("GET", "/settings").body))
    assert steer("OPTIONS", "/snapshots/a").headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert steer("DELETE", "/reset").headers["allow"] == "OPTIONS, POST"


SHARED = Mock(control_token=CONTROL_TOKEN)
SEGMENTS = st.sampled_from(
    [
        "",
        "cases",
        "state",
        "seed",
        "reset",
        "snapshots",
        "journal",
        "behaviour",
        "failures",
        "settings",
        "restore",
    ]
) | st.text(alphabet="abc.%2F00~-", max_size=8)


@settings(deadline=None)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"]),
    segments=st.lists(SEGMENTS, max_size=3),
    query=st.text(alphabet="limit=0&after9%aseorch-", max_size=20),
    body=st.binary(max_size=20)
    | st.sampled_from([b"{}", b"[]", b"null", b'{"data":"demo"}', b'{"cases":[{}]}']),
    token=st.sampled_from([None, CONTROL_TOKEN]),
    origin=st.none() | st.just(f"http://{HERE}") | st.text(max_size=5),
)
def test_generated_requests_get_documented_responses(
    *, method: str, segments: list[str], query: str, body: bytes, token: str | None, origin: str | None
) -> None:
    steer = Control(SHARED, token)
    headers = {} if origin is None else {"origin": origin}
    response = steer(method, "/" + "/".join(segments) + f"?{query}", body=body, **headers)
    assert response.status < 500
    if response.status >= 400 and method != "HEAD":
        assert json.loads(response.body)["status"] == response.status
