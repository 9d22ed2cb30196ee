"""Universal checks of a single exchange."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract_tests.assertions.universal_checks import find_violations
from contract_tests.client.exchange import Exchange
from contract_tests.masking.secrets import Secrets

PAGE = b"<h1>Server Error</h1>"
NUL = b'{"nul": "a\\u0000b"}'


def exchange(
    status: int, *, body: bytes = PAGE, media_type: str = "text/html", sent: bytes = b"{}"
) -> Exchange:
    """Return a PATCH with its response."""
    return Exchange(
        method="PATCH",
        url="http://h/case/1",
        request_headers={"Content-Type": "application/json"},
        request_body=sent,
        status=status,
        reason="",
        headers={"content-type": media_type},
        body=body,
        started=0,
        elapsed=0,
        base_url="http://h",
    )


@pytest.mark.parametrize(
    ("response", "requirements"),
    [
        (exchange(404), ["JSON-ONLY-ERRORS"]),
        (exchange(500), ["NO-SERVER-ERROR"]),
        (exchange(500, sent=NUL), ["HOSTILE-INPUT"]),
        (exchange(404, body=b"{}", media_type="application/json"), []),
    ],
    ids=["refusal as a page", "crash as a page", "crash by hostile input as a page", "refusal in JSON"],
)
def test_cause_is_the_only_failing_requirement(response: Exchange, requirements: list[str]) -> None:
    assert [violation.requirement for violation in find_violations(response)] == requirements


@pytest.mark.parametrize(
    ("header", "value", "is_own"),
    [
        ("Authorization", "", False),
        ("Authorization", "Bearer made-up", False),
        ("Authorization", "Bearer own-tokens", False),
        ("Authorization", "Bearer  own-token", False),
        ("Authorization", "Basic own-token", False),
        ("Authorization", "own-token", False),
        ("Authorization", "Bearer own-token", True),
        ("Cookie", "session=own-token", True),
        ("Cookie", 'session="own-token"', True),
        ("X-Api-Key", "own-token", True),
        ("X-Api-Key", "no-own-token", False),
    ],
)
def test_request_that_was_let_in_needs_authentication(header: str, value: str, is_own: bool) -> None:
    secrets = Secrets()
    secrets.add("own-token", own=True)
    sent = replace(exchange(302), request_headers={header: value}, secrets=secrets)
    needs = () if is_own else ("AUTH-REQUIRED", "AUTH-INVALID")
    assert [violation.needs for violation in find_violations(sent)] == [needs]


def test_request_that_was_refused_needs_no_authentication() -> None:
    secrets = Secrets()
    secrets.add("own-token", own=True)
    refused = replace(exchange(404), secrets=secrets)  # as a page
    assert [violation.needs for violation in find_violations(refused)] == [()]


@pytest.mark.parametrize(
    ("body", "media_type", "requirements"),
    [
        (b"<p>Log in</p>", "text/html", []),
        (b'{"access_token": "a", "token_type": "Bearer"}', "text/html", ["JSON-ONLY"]),
        (b'{"access_token": "a", "token_type": "Bearer"}', "application/json", []),
    ],
    ids=["page", "token declared as a page", "token"],
)
def test_response_that_grants_no_token_is_left_to_the_token_rows(
    body: bytes, media_type: str, requirements: list[str]
) -> None:
    response = exchange(200, body=body, media_type=media_type)
    request = replace(response, method="POST", url="http://h/auth/oauth2/token")
    assert [violation.requirement for violation in find_violations(request)] == requirements


@pytest.mark.parametrize(("host", "is_checked"), [("h", True), ("H", True), ("localhost", False)])
def test_response_for_another_host_breaks_no_requirement(host: str, is_checked: bool) -> None:
    response = replace(exchange(500), request_headers={"Host": host})
    assert bool(list(find_violations(response))) is is_checked


@pytest.mark.parametrize(("path", "requirements"), [("/case/1", {"JSON-ONLY"}), ("/case.json", set())])
def test_page_at_another_path_is_no_success_of_an_operation(path: str, requirements: set[str]) -> None:
    response = replace(exchange(200), url="http://h" + path)
    assert {violation.requirement for violation in find_violations(response)} == requirements


@pytest.mark.parametrize(
    ("sent", "shown", "requirement"),
    [
        (b'{"id": 7}', b"7", "UPDATE-IDENTITY"),
        (b'{"id": {"$ne": 1}}', b'{"$ne": 1}', "UPDATE-IDENTITY"),
        (b'{"id": 8}', b"7", "SCHEMA"),
        (b"{}", b"7", "SCHEMA"),
    ],
    ids=["taken over", "object", "another id", "not sent"],
)
def test_id_that_an_update_takes_over_is_not_the_schema(sent: bytes, shown: bytes, requirement: str) -> None:
    record = b'{"id": %s, "createdDate": "2026-01-05T10:00:00Z", "lastWorkflowId": "w"}' % shown
    response = exchange(200, body=record, media_type="application/json", sent=sent)
    assert [one.requirement for one in find_violations(response)] == [requirement]
