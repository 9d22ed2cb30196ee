"""Targets with which a run cannot start: each problem is one message with its remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import REMEDY, Cause, Failure, NoResponse
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Auth, Deployment, Scheme
from contract_tests.exceptions import TargetError
from contract_tests.oracle.workflow import Workflow
from contract_tests.runner import preflight
from mock_server import MockAdapter, Request, Response, Settings, build

TOKEN = {"CASEIQ_TOKEN": "dev-token"}
CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
Change = Callable[[Request, Response], Response]


def client(
    change: Change = lambda _, response: response,
    environment: Mapping[str, str] = TOKEN,
    deployment: Deployment | None = None,
    base_url: str = "http://mock.invalid",
) -> CaseApi:
    """Return a client of the mock whose responses are changed."""
    mock = build(Settings())
    adapter = MockAdapter(lambda request: change(request, mock(request)))
    return connect(
        Target(base_url, environment, adapter=adapter), RunSettings(deployment=deployment or Deployment())
    )


def page(_request: Request, _response: Response) -> Response:
    return Response(200, {"content-type": "text/html; charset=utf-8"}, b"<!doctype html><p>Welcome")


def replace_id(value: Any) -> Change:
    """Return a change of the id in the response to a create; None removes it."""

    def change(request: Request, response: Response) -> Response:
        if request.method != "POST":
            return response
        record = json.loads(response.body)
        record = (
            {**record, "id": value} if value is not None else {k: v for k, v in record.items() if k != "id"}
        )
        return Response(response.status, response.headers, json.dumps(record).encode())

    return change


def test_html_page_is_not_a_case_api() -> None:
    with pytest.raises(
        TargetError, match=r"GET .* returned an HTML page with status 200: .*login page; .*prefix such as"
    ):
        preflight.read_unknown_case(client(page), "unknown")


@pytest.mark.parametrize(
    ("value", "words"), [(12345, "the id 12345, not a string"), (None, "no id"), ("", "no id")]
)
def test_case_without_usable_id_stops_the_run(value: Any, words: str) -> None:
    with pytest.raises(TargetError, match=f"returned 201 with {words}") as raised:
        preflight.create_first_case(client(replace_id(value)))
    assert "--requirement CREATE-ID" in str(raised.value)


def test_case_without_usable_id_can_be_checked_for_it() -> None:
    assert preflight.create_first_case(client(replace_id(None)), ["CREATE-ID"]).ok


def test_base_url_that_ends_in_case_gets_a_hint() -> None:
    with pytest.raises(TargetError, match=r"give the base URL without /case: http://mock\.invalid$"):
        preflight.create_first_case(client(base_url="http://mock.invalid/case"))


def test_first_transition_of_a_deployment_file_is_tried() -> None:
    api = client(deployment=Deployment(workflow=Workflow("Draft", {"Draft": ("Submit",)})))
    first = preflight.create_first_case(api)
    with pytest.raises(
        TargetError, match=r'refuses the transition "Submit" of a new case .*correct the file'
    ):
        preflight.assert_first_transition(api, first)


def test_accepted_first_transition_starts_the_run() -> None:
    api = client(deployment=Deployment(workflow=Workflow(moves={"Open": ("Close",)})))
    preflight.assert_first_transition(api, preflight.create_first_case(api))


def test_ordinary_workflow_is_not_tried() -> None:
    api = client()
    preflight.assert_first_transition(api, preflight.create_first_case(api))
    assert api.session.ledger.created == 1


def test_token_with_its_scheme_is_refused() -> None:
    with pytest.raises(TargetError, match='starts with "Bearer "; set it to the token alone'):
        preflight.assert_plain_token({"CASEIQ_TOKEN": "Bearer abc"}, Deployment())


def test_header_may_contain_its_scheme() -> None:
    deployment = Deployment(auth=Auth(scheme=Scheme.HEADER, header="Authorization"))
    preflight.assert_plain_token({"CASEIQ_TOKEN": "Bearer abc"}, deployment)


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        (
            "https://localhost:8000",
            "; if the server does not use TLS, give http://localhost:8000 as the base URL",
        ),
        ("http://localhost:8000", ""),
    ],
)
def test_https_for_a_server_without_tls_gets_a_hint(address: str, hint: str) -> None:
    error = TargetError("TLS failed: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
    assert preflight.connection_hint(error, address) == hint


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("connection failed: refused", "; check that the server is running, and that the base URL is right"),
        (f"certificate verify failed{REMEDY}", ""),
    ],
    ids=["refused", "with another remedy"],
)
def test_first_request_without_a_response_gets_a_remedy(reason: str, hint: str) -> None:
    exchange = Exchange("GET", "http://h/case/1", {}, b"", 0, "", {}, b"", 0, 0)
    error = NoResponse(exchange, Failure(Cause.UNREACHABLE, reason))
    assert preflight.connection_hint(error, "http://h") == hint


def test_http_for_an_https_port_gets_a_hint() -> None:
    def refuse(_request: Request, _response: Response) -> Response:
        return Response(400, {}, b"The plain HTTP request was sent to HTTPS port")

    with pytest.raises(TargetError, match="give the base URL with https://"):
        preflight.read_unknown_case(client(refuse), "unknown")


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://mock.invalid/case/unknown", "redirects to https://mock.invalid; give that as the base URL"),
        ("/api/case/unknown", "redirects to http://mock.invalid/api; give that as the base URL"),
        ("/login?next=1", "returned 302 to http://mock.invalid/login.*login page; .*prefix such as"),
        ("", "returned 302 to http://mock.invalid/case/unknown: there is no Case API"),
    ],
    ids=["https", "prefix", "login", "without a location"],
)
def test_redirect_names_the_base_url_to_give(location: str, words: str) -> None:
    def redirect(_request: Request, _response: Response) -> Response:
        return Response(302, {"location": location} if location else {})

    with pytest.raises(TargetError, match=words):
        preflight.read_unknown_case(client(redirect), "unknown")


def test_refused_token_gets_a_remedy() -> None:
    refuse = client(lambda request, _: Response(403))
    with pytest.raises(
        TargetError, match=r"credential in CASEIQ_TOKEN: POST .*/case returned 403; set a valid one"
    ):
        preflight.create_first_case(refuse)


def test_error_description_of_the_token_endpoint_is_shown() -> None:
    def refuse(_request: Request, _response: Response) -> Response:
        problem = {"error": "invalid_client", "error_description": "client is locked"}
        return Response(401, {"content-type": "application/json"}, json.dumps(problem).encode())

    with pytest.raises(
        TargetError, match="it returned 401, invalid_client, client is locked; check both, and"
    ):
        preflight.read_unknown_case(client(refuse, CLIENT), "unknown")


def test_granted_token_that_is_refused_is_named() -> None:
    def refuse(request: Request, response: Response) -> Response:
        return response if request.path.endswith("/token") else Response(401)

    with pytest.raises(
        TargetError, match=r"granted a token .* and the target refuses it: POST .* returned 401"
    ):
        preflight.create_first_case(client(refuse, CLIENT))
