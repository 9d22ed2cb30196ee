"""Tokens, accounts and credentials."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping

import pytest
from support.in_process import Clock

from mock_server.core.authentication import Authenticator, bearer_token, credential_headers, valid_credential
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request
from mock_server.core.settings import Auth, Scheme
from mock_server.core.tokens import Tokens


def request(headers: Mapping[str, str] | None = None) -> Request:
    return Request("GET", "/case/1", headers or {})


def tokens(clock: Clock, secrets: tuple[str, ...] = ("key-0", "key-1")) -> Tokens:
    return Tokens("client", secrets, clock)


def test_token_expires_at_the_end_of_its_life() -> None:
    clock = Clock()
    issuer = tokens(clock)
    token = issuer.issue(10)
    assert issuer.is_valid(token)
    clock.now += 9.999
    assert issuer.is_valid(token)
    clock.now += 0.001
    assert not issuer.is_valid(token)
    assert not issuer.is_expired_early(token)


def test_shortened_token_expires_early() -> None:
    clock = Clock()
    issuer = tokens(clock)
    token = issuer.issue(10, 20)
    assert not issuer.is_expired_early(token)
    clock.now += 10
    assert issuer.is_expired_early(token)
    assert not issuer.is_valid(token)
    clock.now += 10
    assert not issuer.is_expired_early(token)


def test_token_of_the_same_account_is_accepted_elsewhere() -> None:
    clock = Clock()
    token = tokens(clock).issue(10)
    assert tokens(clock).is_valid(token)
    assert not tokens(clock, ("key-0", "key-2")).is_valid(token)
    assert not Tokens("other", ("key-0", "key-1"), clock).is_valid(token)


def test_changed_token_is_invalid() -> None:
    clock = Clock()
    issuer = tokens(clock)
    token = issuer.issue(10)
    raw = urlsafe_b64decode(token)
    assert len(raw) == 57
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert not issuer.is_valid(changed)
    for other in ("", "é", "a", token[:-4], token + "AAAA", token + " ", "*" * 76):
        assert not issuer.is_valid(other)
        assert not issuer.is_expired_early(other)
    assert issuer.issue(10) != issuer.issue(10)


@pytest.mark.parametrize(
    ("client", "secret", "expected"),
    [
        ("client", "key-0", True),
        ("client", "key-1", True),
        ("client", "key-2", False),
        ("other", "key-0", False),
        ("client", "", False),
        ("client", "\ud800", False),
    ],
)
def test_account_has_an_id_and_two_secrets(client: str, secret: str, expected: bool) -> None:
    assert tokens(Clock()).is_client(client, secret) is expected


@pytest.mark.parametrize(
    ("field", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic abc", None),
        ("Bearer", ""),
        ("", None),
        ("Bearerabc", None),
    ],
)
def test_bearer_token_is_read(field: str, token: str | None) -> None:
    assert bearer_token(request({"authorization": field})) == token


def outcome(
    auth: Auth, headers: Mapping[str, str], issuer: Tokens
) -> tuple[Problem, Mapping[str, str]] | None:
    try:
        Authenticator(auth, issuer)(request({name.lower(): value for name, value in headers.items()}))
    except Refused as refused:
        return refused.problem, refused.headers
    return None


@pytest.mark.parametrize("scheme", list(Scheme))
def test_valid_credential_is_accepted(scheme: Scheme) -> None:
    auth, issuer = Auth(scheme), tokens(Clock())
    credential = valid_credential(auth, issuer)
    assert outcome(auth, credential_headers(auth, credential), issuer) is None
    assert (credential == auth.token) is (scheme is not Scheme.OAUTH2)


@pytest.mark.parametrize(
    ("scheme", "fixed", "issued"),
    [
        (Scheme.BEARER, True, True),
        (Scheme.OAUTH2, False, True),
        (Scheme.COOKIE, True, False),
        (Scheme.HEADER, True, False),
        (Scheme.NONE, True, True),
    ],
)
def test_scheme_accepts_its_kinds_of_credentials(scheme: Scheme, fixed: bool, issued: bool) -> None:
    auth, issuer = Auth(scheme), tokens(Clock())
    assert (outcome(auth, credential_headers(auth, "dev-token"), issuer) is None) is fixed
    assert (outcome(auth, credential_headers(auth, issuer.issue(5)), issuer) is None) is issued


@pytest.mark.parametrize(
    ("scheme", "challenge", "error"),
    [
        (Scheme.BEARER, 'Bearer realm="cases"', ', error="invalid_token"'),
        (Scheme.OAUTH2, 'Bearer realm="cases"', ', error="invalid_token"'),
        (Scheme.COOKIE, 'Cookie realm="cases"', ""),
        (Scheme.HEADER, 'Key realm="cases"', ""),
    ],
)
def test_refusal_has_the_challenge_of_the_scheme(scheme: Scheme, challenge: str, error: str) -> None:
    auth, issuer = Auth(scheme), tokens(Clock())
    assert outcome(auth, {}, issuer) == (Problem.NO_CREDENTIALS, {"www-authenticate": challenge})
    wrong = credential_headers(auth, "wrong")
    assert outcome(auth, wrong, issuer) == (Problem.BAD_CREDENTIALS, {"www-authenticate": challenge + error})


def test_refusal_of_a_shortened_token_is_marked() -> None:
    clock = Clock()
    issuer = tokens(clock)
    token = issuer.issue(1, 10)
    clock.now += 2
    found = outcome(Auth(), {"Authorization": f"Bearer {token}"}, issuer)
    assert found is not None
    assert found[1]["x-mock-shaped-by"] == "token life"


@pytest.mark.parametrize(
    ("cookie", "accepted"),
    [
        ("session=dev-token", True),
        ("a=b; session=dev-token; c=d", True),
        ("Session=dev-token", False),
        ("session", False),
        ("session=", False),
        ("xsession=dev-token", False),
    ],
)
def test_cookie_is_found_among_others(cookie: str, accepted: bool) -> None:
    assert (outcome(Auth(Scheme.COOKIE), {"cookie": cookie}, tokens(Clock())) is None) is accepted
