"""Assertions about granted tokens."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from support import report_samples as samples
from support.in_process import CLIENT, connected

from contract_tests.assertions import tokens
from contract_tests.exceptions import Disabled, Unsupported, Unverified, Violation


@pytest.mark.parametrize(
    ("token_response", "error", "requirement"),
    [
        ({"access_token": "a", "token_type": "bearer", "expires_in": 60}, None, None),
        ({"access_token": "a", "token_type": "Bearer"}, None, None),
        ({"access_token": "", "token_type": "Bearer"}, Violation, "TOKEN-GRANT"),
        ({"access_token": "a", "token_type": "mac"}, Violation, "TOKEN-GRANT"),
        ({"access_token": "a", "token_type": "Bearer", "expires_in": 3601}, Violation, "TOKEN-TTL"),
        ({"access_token": "a", "token_type": "Bearer", "expires_in": -1}, Violation, "TOKEN-TTL"),
        ({"access_token": "a", "token_type": "Bearer", "expires_in": True}, Violation, "TOKEN-TTL"),
    ],
)
def test_granted_token_is_checked(
    token_response: dict[str, Any], error: type[Violation] | None, requirement: str | None
) -> None:
    exchange = samples.exchange("POST", "/auth/oauth2/token", answer=json.dumps(token_response))
    if error is None:
        assert tokens.assert_granted(exchange) is exchange
        return
    with pytest.raises(error) as raised:
        tokens.assert_granted(exchange)
    assert raised.value.requirement == requirement


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("ttl is 86400, the maximum is 3600", 86_400, True),
        ("ttl is 86400.0, the maximum is 3600.", 3600, True),
        ("ttl is 2.147483648e+09", 2**31, True),
        ("ttl 3.6005e+03 exceeds 3600", 3600.5, True),
        ("ttl must be in 0-3600", 3600, True),
        ("ttl is -1", -1, True),
        ("the maximum is 3600", 86_400, False),
        ("ttl is too long", 3600, False),
        ("ttl is 2.14748e+09", 2**31, False),
    ],
)
def test_number_in_a_text_may_have_any_notation(text: str, number: float, expected: bool) -> None:
    assert tokens.names_number(text, number) is expected


def test_token_endpoint_needs_client_credentials() -> None:
    with pytest.raises(Unsupported):
        tokens.assert_granted(samples.exchange("POST", "/auth/oauth2/token", status=404))
    with pytest.raises(Disabled):
        tokens.token_endpoint(connected())
    api = connected(environment=CLIENT)
    token = tokens.request_longest(tokens.token_endpoint(api))
    assert token.is_surely_valid
    assert not token.is_surely_expired
    assert tokens.is_token_accepted(api, token.token)
    assert not tokens.is_token_accepted(api, "made-up")


def test_run_does_not_wait_for_a_token_that_lives_long() -> None:
    now = time.time()
    timed = tokens.TimedToken("a", 600, now, now)
    with pytest.raises(Unverified, match=r"lives for another 60\d s"):
        timed.send_expired(lambda: samples.exchange("GET", "/case/1"))
