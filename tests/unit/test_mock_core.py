"""The core of the mock: workflow, rate limit, tokens, authentication, settings and the store."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

import pytest

from mock_server.core.authentication import Authenticator, bearer_token, credential_headers, valid_credential
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request, Response, Transfer
from mock_server.core.rate_limit import RateLimiter
from mock_server.core.settings import Auth, CaseRules, Limits, Scheme, Settings
from mock_server.core.spelling import did_you_mean
from mock_server.core.store import MemoryStore, Stored
from mock_server.core.tokens import Tokens
from mock_server.core.workflow import Workflow


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def request(headers: Mapping[str, str] | None = None) -> Request:
    return Request("GET", "/case/1", headers or {})


@pytest.mark.parametrize(("state", "wanted"), [("Open", "Close"), ("Close", "Reopen"), ("Reopen", "Close")])
def test_legal_transition_leads_to_its_state(state: str, wanted: str) -> None:
    assert Workflow().transition(state, wanted) == wanted


@pytest.mark.parametrize(
    ("state", "wanted", "problem", "words"),
    [
        ("Open", "Reopen", Problem.ILLEGAL_MOVE, ["Open", "'Reopen'", "Close"]),
        ("Close", "Close", Problem.ILLEGAL_MOVE, ["Close", "Reopen"]),
        ("Lost", "Close", Problem.ILLEGAL_MOVE, ["Lost", "none"]),
        ("Open", "close", Problem.UNKNOWN_STATUS, ["'close'", "Close, Reopen"]),
        ("Open", "Open", Problem.UNKNOWN_STATUS, ["'Open'"]),
        ("Open", "x" * 61, Problem.UNKNOWN_STATUS, [f"'{'x' * 60}…'"]),
        ("Open", "x" * 60, Problem.UNKNOWN_STATUS, [f"'{'x' * 60}'"]),
    ],
)
def test_other_transition_is_refused(state: str, wanted: str, problem: Problem, words: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        Workflow().transition(state, wanted)
    assert refused.value.problem is problem
    assert not [word for word in words if word not in refused.value.detail]


def test_states_and_their_names_come_from_the_workflow() -> None:
    workflow = Workflow(initial="New", moves={"Open": ("Done",)}, shown={"Done": "Closed"})
    assert workflow.states == ("New", "Open", "Done")
    assert [workflow.shown_name(state) for state in workflow.states] == ["New", "Open", "Closed"]


def accepted(limit: RateLimiter) -> bool:
    try:
        limit()
    except Refused as refused:
        return refused.problem is not Problem.TOO_MANY_REQUESTS
    return True


def test_bucket_holds_the_requests_of_a_second() -> None:
    clock = Clock()
    limit = RateLimiter(3, clock)
    assert [accepted(limit) for _ in range(4)] == [True, True, True, False]
    clock.now += 1 / 3
    assert [accepted(limit), accepted(limit)] == [True, False]
    clock.now += 100
    assert [accepted(limit) for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(("rate", "wait"), [(3, "1"), (0.25, "4"), (0.3, "4"), (0.00001, "86400")])
def test_retry_after_names_whole_seconds(rate: float, wait: str) -> None:
    limit = RateLimiter(rate, Clock())
    for _ in range(max(1, int(rate))):
        limit()
    with pytest.raises(Refused) as refused:
        limit()
    assert refused.value.headers == {"retry-after": wait}


def test_clock_that_is_set_back_keeps_the_bucket() -> None:
    clock = Clock()
    limit = RateLimiter(2, clock)
    clock.now -= 500
    assert [accepted(limit) for _ in range(3)] == [True, True, False]


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


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (Auth, {"token": "a b"}, "visible ASCII"),
        (Auth, {"client_id": ""}, "visible ASCII"),
        (Auth, {"client_secrets": ("ok", "é")}, "visible ASCII"),
        (Auth, {"ttl": 0}, "at most 3600"),
        (Auth, {"ttl": 3600.5}, "at most 3600"),
        (Auth, {"longest_life": -1}, "at most 3600"),
        (Auth, {"longest_life": 3601}, "at most 3600"),
        (Auth, {"scheme": "digest"}, "digest"),
        (CaseRules, {"id_format": "number"}, "number"),
        (CaseRules, {"null_fields": "gone"}, "gone"),
        (Limits, {"nesting": 0}, "between 1 and 200"),
        (Limits, {"nesting": 201}, "between 1 and 200"),
        (Limits, {"head": 0}, "greater than 0"),
        (Limits, {"body": 0}, "greater than 0"),
        (Limits, {"patience": 0}, "greater than 0"),
        (Limits, {"rate": 0}, "greater than 0"),
        (Settings, {"prefix": "api"}, "a prefix is a path"),
        (Settings, {"prefix": "/api/"}, "a prefix is a path"),
        (Settings, {"prefix": "/a b"}, "a prefix is a path"),
        (Settings, {"prefix": "/_mock/x"}, "cannot begin with /_mock"),
    ],
)
def test_invalid_setting_is_refused(kind: Any, values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        kind(**values)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Auth, {"ttl": 3600, "longest_life": 0.1}),
        (Limits, {"nesting": 1, "head": 1, "body": 1, "patience": 0.1, "rate": 0.1}),
        (Limits, {"nesting": 200}),
        (Settings, {"prefix": "/api-public/1.0"}),
        (Settings, {"prefix": ""}),
    ],
)
def test_extreme_setting_is_accepted(kind: Any, values: dict[str, Any]) -> None:
    assert {name: getattr(kind(**values), name) for name in values} == values


def test_settings_accept_names_and_keep_kinds() -> None:
    assert Auth(scheme="cookie").scheme is Scheme.COOKIE  # type: ignore[arg-type]
    assert CaseRules(required=["a", "a"]).required == frozenset({"a"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        (Settings(), "/auth/oauth2/token"),
        (Settings(prefix="/api"), "/api/auth/oauth2/token"),
        (Settings(prefix="/api", auth=Auth(token_path="/own")), "/own"),
    ],
)
def test_token_path_is_below_the_prefix(settings: Settings, path: str) -> None:
    assert settings.token_path == path


def test_store_keeps_cases_in_order() -> None:
    store = MemoryStore()
    one, two = Stored("Open", b"1"), Stored("Close", b"2")
    store.add(("a", one), ("b", two))
    assert store.get("a") == one
    assert store.get("c") is None
    assert list(store.items()) == [("a", one), ("b", two)]
    assert not store.may_block


def test_update_replaces_a_case_or_nothing() -> None:
    store = MemoryStore()
    store.add(("a", Stored("Open", b"1")))
    changed = store.update("a", lambda case: Stored("Close", case.text + b"2"))
    assert changed == store.get("a") == Stored("Close", b"12")
    assert store.update("b", lambda case: case) is None

    def fail(_case: Stored) -> Stored:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.update("a", fail)
    assert store.get("a") == Stored("Close", b"12")
    store.close()


def test_restore_replaces_all_cases() -> None:
    store = MemoryStore()
    new = [("n", Stored("Open", b"3"))]
    assert store.restore(new, if_empty=True)
    assert not store.restore([], if_empty=True)
    assert list(store.items()) == new
    assert store.restore([])
    assert list(store.items()) == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [("rat", "; did you mean rate?"), ("zzz", ""), ("rate" + "x" * 1000, "")],
)
def test_misspelt_name_gets_a_suggestion(name: str, hint: str) -> None:
    assert did_you_mean(name, ["latency", "rate"]) == hint


@pytest.mark.parametrize(
    ("response", "fields", "sent"),
    [
        (Response(200, {}, b"abc"), {"content-length": "3"}, b"abc"),
        (Response(204), {}, b""),
        (Response(304, {"etag": "x"}), {"etag": "x"}, b""),
        (Response(200, {"content-length": "9"}, b""), {"content-length": "9"}, b""),
        (Response(200, {}, b"abcde", transfer=Transfer.TRUNCATED), {"content-length": "5"}, b"ab"),
    ],
)
def test_response_has_its_length(response: Response, fields: Mapping[str, str], sent: bytes) -> None:
    assert response.fields() == fields
    assert response.sent_body == sent
