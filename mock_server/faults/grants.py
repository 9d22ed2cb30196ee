"""Faults of the token endpoint that is too kind: to forms, to odd values, to what is missing.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from mock_server import json_text
from mock_server.faults.calls import (
    CASES,
    JSON,
    OK,
    TOKEN,
    WRITES,
    Call,
    Memory,
    every,
    record_of,
    refusal,
    remember,
    showing,
)
from mock_server.faults.row import row
from mock_server.faults.steps import credentials, token_in
from mock_server.faults.values import set_field
from mock_server.messages import Fault, Response

Asked = dict[str, Any]
CLIENT, GRANT, TTL, SCOPE, EXPIRY = (
    "TOKEN-BAD-CLIENT",
    "TOKEN-BAD-GRANT",
    "TOKEN-TTL",
    "TOKEN-SCOPE",
    "TOKEN-EXPIRY",
)
GRANTED = "client_credentials"


def _is_form(one: Call) -> bool:
    return "form" in one.request.headers.get("content-type", "")


def _asked(one: Call) -> Asked:
    if _is_form(one):
        return dict(parse_qsl(one.request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return one.payload or {}


def _asking(one: Call, asked: Asked) -> Response:
    """What the handle answers to these fields, as JSON."""
    headers = {**one.request.headers, "content-type": JSON}
    return one.on(body=json_text.encode(asked), headers=headers)


def _taken_for(change: Callable[[Asked], Asked], when: Callable[[Asked], bool], forms: bool = False) -> Fault:
    """A token request, or a form alone, is taken for `change` of it where `when` says so."""

    def step(one: Call, _: Memory) -> Response:
        asked = _asked(one)
        return _asking(one, change(asked)) if when(asked) and (_is_form(one) or not forms) else one.on()

    return remember(TOKEN, step)


def _known_client(when: Callable[[Asked, Asked], bool], forms: bool = False) -> Fault:
    """A client passes for the last right one where `when` says so of both requests."""

    def step(one: Call, memory: Memory) -> Response:
        asked, right = _asked(one), memory.kept.get("right")
        if right and when(asked, right) and (_is_form(one) or not forms):
            return _asking(one, asked | {name: right[name] for name in ("client_id", "client_secret")})
        answer = one.on()
        if answer.status == OK:
            memory.kept["right"] = asked
        return answer

    return remember(TOKEN, step)


def _without(name: str, when: Callable[[Asked], bool] = lambda _: True, forms: bool = False) -> Fault:
    """A field is overlooked."""
    return _taken_for(lambda asked: {n: v for n, v in asked.items() if n != name}, when, forms)


def _any_basic(one: Call, memory: Memory) -> Response:
    asked, right = _asked(one), memory.kept.get("right", {})
    if credentials(one).startswith("Basic "):
        return _asking(one, right | asked)
    answer = one.on()
    if answer.status == OK:
        memory.kept["right"] = asked
    return answer


def _living(lives: Callable[[Call, "_Life"], bool]) -> Fault:
    """A token is alive as long as `lives` says so; the mock's own one lives for an hour."""

    def step(one: Call, memory: Memory) -> Response:
        if one.operation in TOKEN:
            ttl = _asked(one).get("ttl", 600)
            answer = one.on()
            if answer.status != OK or isinstance(ttl, str):
                return answer
            long = _asking(one, _asked(one) | {"ttl": 3600})
            memory.kept[record_of(long)["access_token"]] = _Life(float(ttl))
            return showing(long, set_field("expires_in", ttl))
        life = memory.kept.get(token_in(credentials(one)))
        if life is not None and one.operation in CASES:
            if not lives(one, life):
                return refusal(401)
            life.used()
        return one.on()

    return every(step)


class _Life:
    """The life of a token: its `ttl` in seconds, how often and when it was used last."""

    def __init__(self, ttl: float) -> None:
        self.ttl = ttl
        self.born = self.last = time.monotonic()
        self.uses = 0

    def used(self) -> None:
        self.uses += 1
        self.last = time.monotonic()

    @property
    def over(self) -> bool:
        return time.monotonic() > self.born + self.ttl


ROWS = (
    row("token-secret-in-any-case", CLIENT, "compares secrets without regard to letter case",
        _known_client(lambda a, right: str(a.get("client_secret")).lower() == right["client_secret"].lower())),
    row("token-form-for-any-secret", CLIENT, "does not look at the secret in a form", _known_client(lambda *_: True, forms=True)),
    row("token-for-an-empty-secret", CLIENT, "takes an empty secret", _known_client(lambda a, _: a.get("client_secret") == "")),
    row("token-for-no-secret", CLIENT, "does not miss the secret", _known_client(lambda a, _: "client_secret" not in a)),
    row("token-for-a-null-secret", CLIENT, "takes null for a secret",
        _known_client(lambda a, _: a.get("client_secret", "") is None)),
    row("token-for-a-query-operator", CLIENT, "puts the secret into a query as it is",
        _known_client(lambda a, _: isinstance(a.get("client_secret"), dict))),
    row("token-for-an-injected-client", CLIENT, "puts the client id into SQL as it is",
        _known_client(lambda a, _: "' OR '" in str(a.get("client_id")))),
    row("token-for-a-wildcard", CLIENT, "compares secrets by LIKE", _known_client(lambda a, _: a.get("client_secret") == "%")),
    row("token-for-any-basic-credentials", CLIENT, "takes any Basic credentials for the last client's", remember(TOKEN, _any_basic)),
    row("token-with-a-ttl-for-any-secret", CLIENT, "does not look at the secret where a ttl is asked for",
        _known_client(lambda a, _: "ttl" in a)),
    row("token-for-no-grant", GRANT, "takes a missing grant for the one it has",
        _taken_for(lambda a: a | {"grant_type": GRANTED}, lambda a: "grant_type" not in a)),
    row("token-for-a-null-grant", GRANT, "takes null for the grant it has",
        _taken_for(lambda a: a | {"grant_type": GRANTED}, lambda a: a.get("grant_type", "") is None)),
    row("token-form-for-any-grant", GRANT, "does not look at the grant in a form",
        _taken_for(lambda a: a | {"grant_type": GRANTED}, lambda _: True, forms=True)),
    row("token-for-a-like-grant", GRANT, "looks for the grant's name inside the grant",
        _taken_for(lambda a: a | {"grant_type": GRANTED}, lambda a: GRANTED in str(a.get("grant_type")))),
    row("token-ttl-in-words-ignored", TTL, "ignores a ttl that is no number", _without("ttl", lambda a: isinstance(a.get("ttl"), str | list | dict))),
    row("token-form-ttl-ignored", TTL, "ignores the ttl in a form", _without("ttl", forms=True)),
    row("token-ttl-wraps", TTL, "keeps 32 bits of the ttl",
        _taken_for(lambda a: a | {"ttl": a["ttl"] % 2**32}, lambda a: isinstance(a.get("ttl"), int) and a["ttl"] > 2**31)),
    row("token-ttl-rounded-down", TTL, "cuts the fraction off a ttl",
        _taken_for(lambda a: a | {"ttl": int(a["ttl"])}, lambda a: isinstance(a.get("ttl"), float))),
    row("token-form-scope-ignored", SCOPE, "ignores the scope in a form", _without("scope", forms=True)),
    row("token-known-scope-taken", SCOPE, "grants the scope openid", _without("scope", lambda a: a.get("scope") == "openid")),
    row("token-lives-on-in-use", EXPIRY, "lets a token live for its ttl since its last use",
        _living(lambda _, life: time.monotonic() < life.last + life.ttl)),
    row("token-long-ones-die-young", EXPIRY, "lets a token that was granted for minutes live for a second",
        _living(lambda _, life: time.monotonic() < life.born + (1 if life.ttl > 60 else life.ttl))),
    row("token-used-up", EXPIRY, "takes a token for twenty requests", _living(lambda _, life: not life.over and life.uses < 20)),
    row("token-expired-for-reading-alone", EXPIRY, "lets an expired token write",
        _living(lambda one, life: not life.over or one.operation in WRITES)),
)  # fmt: skip
