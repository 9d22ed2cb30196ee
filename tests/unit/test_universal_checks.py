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
    ("authorization", "status", "needs"),
    [
        ("", 302, ("AUTH-REQUIRED", "AUTH-INVALID")),
        ("Bearer made-up", 302, ("AUTH-REQUIRED", "AUTH-INVALID")),
        ("Bearer own-tokens", 302, ("AUTH-REQUIRED", "AUTH-INVALID")),
        ("Bearer own-token", 302, ()),
        ("session=own-token", 302, ()),
        ('session="own-token"', 302, ()),
        ("own-token", 302, ()),
        ("", 404, ()),  # refused, although as a page
    ],
    ids=["without", "invalid", "damaged", "the run's", "cookie", "quoted cookie", "header", "refused"],
)
def test_request_that_was_let_in_needs_authentication(
    authorization: str, status: int, needs: tuple[str, ...]
) -> None:
    secrets = Secrets()
    secrets.add("own-token", own=True)
    sent = replace(exchange(status), request_headers={"Authorization": authorization}, secrets=secrets)
    assert {violation.needs for violation in find_violations(sent)} == {needs}


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
