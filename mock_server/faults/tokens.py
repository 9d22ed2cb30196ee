"""Faults of the token endpoint, and of the tokens that it grants.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mock_server.core import json_codec
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import credentials, sent_as, token_in
from mock_server.faults.call import (
    CASES,
    MOVE,
    OK,
    TOKEN,
    UNAUTHORIZED,
    Call,
    Memory,
    Operations,
    Remembering,
    after,
    at,
    every,
    record_of,
    refusal,
    refusals,
    remember,
    showing,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import DROP, set_field

FORM = "application/x-www-form-urlencoded"
LIFE = 600


def _asked(one: Call) -> dict[str, Any]:
    return one.payload or {}


def _granting(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """A token request is taken for `change` of it."""
    return at(TOKEN, lambda one: one.storing(change(_asked(one))) if one.payload else one.on())


def _granted(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """`change` of what a granted request is answered with."""
    return after(TOKEN, lambda _, answer: showing(answer, change))


def _knowing(passes: Callable[[dict[str, Any], dict[str, Any]], bool]) -> Fault:
    """A wrong client passes for the last right one where `passes` says so of both requests."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if answer.status == OK:
            memory.kept["right"] = _asked(one)
        right = memory.kept.get("right")
        if answer.status != UNAUTHORIZED or not right or not passes(_asked(one), right):
            return answer
        return one.storing(_asked(one) | {name: right[name] for name in ("client_id", "client_secret")})

    return remember(TOKEN, step)


def _oauth(
    status: int, error: str, change: Callable[[dict[str, Any]], dict[str, Any]], new: int | None = None
) -> Fault:
    """A refusal of the token endpoint with this error, under another status or in other words."""

    def step(_: Call, answer: Response) -> Response:
        body = record_of(answer)
        if answer.status != status or body.get("error") != error:
            return answer
        return replace(answer, status=new or status, body=json_codec.encode(change(body)))

    return refusals(step, TOKEN)


def _aged(deadline: Callable[[float], float]) -> Fault:
    """A token stops working `deadline` seconds after it was issued, given its `expires_in`."""

    def step(one: Call, memory: Memory) -> Response:
        if one.operation in CASES and time.monotonic() > memory.kept.get(
            token_in(credentials(one)), float("inf")
        ):
            return sent_as(one, "Bearer expired")
        answer = one.on()
        if one.operation in TOKEN and answer.status == OK:
            issued = record_of(answer)
            memory.kept[issued["access_token"]] = time.monotonic() + deadline(issued["expires_in"])
        return answer

    return every(step)


def _immortal(operations: Operations) -> Remembering:
    """These operations take a token that has expired."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation in TOKEN:
            if answer.status == OK:
                memory.kept[record_of(answer)["access_token"]] = one
            return answer
        issued = memory.kept.get(token_in(credentials(one)))
        if answer.status != UNAUTHORIZED or issued is None or one.operation not in operations:
            return answer
        fresh = record_of(issued.storing(_asked(issued) | {"ttl": LIFE}))
        return sent_as(one, f"Bearer {fresh['access_token']}")

    return step


def _single_use(one: Call, memory: Memory) -> Response:
    if one.operation not in CASES:
        return one.on()
    token = token_in(credentials(one))
    uses = memory.count(token)
    return sent_as(one, "Bearer used") if token and uses > 3 else one.on()


def _one_token(one: Call, memory: Memory) -> Response:
    if one.operation in TOKEN:
        answer = one.on()
        if answer.status == OK:
            memory.kept["last"] = record_of(answer)["access_token"]
        return answer
    last = memory.kept.get("last")
    return sent_as(one, "Bearer replaced") if last and token_in(credentials(one)) != last else one.on()


def _later(change: Callable[[Response], Response]) -> Fault:
    """`change` of every grant but the first."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        return change(answer) if answer.status == OK and memory.count() > 1 else answer

    return remember(TOKEN, step)


def _unknown_token(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"access_token": answer["access_token"][::-1]}


def _every_other_fails(one: Call, memory: Memory) -> Response:
    answer = one.on()
    return showing(answer, _unknown_token) if answer.status == OK and memory.count() % 2 == 0 else answer


ROWS = (
    row("token-of-another-type", "TOKEN-GRANT", "grants a token of type mac",
        _granted(lambda t: t | {"token_type": "mac"})),
    row("token-missing-the-second-time", "TOKEN-GRANT", "grants one token, and after that none",
        _later(lambda answer: showing(answer, set_field("access_token", DROP)))),
    row("token-granted-with-201", "TOKEN-GRANT SCHEMA", "answers a grant with 201 but for the first",
        _later(lambda answer: replace(answer, status=201))),
    row("token-every-other-fails", "TOKEN-GRANT", "grants tokens of which every other does not work",
        remember(TOKEN, _every_other_fails)),
    row("token-refuses-forms", "TOKEN-GRANT", "refuses a form",
        at(TOKEN, lambda one: refusal(415) if one.request.headers.get("content-type", "").startswith(FORM) else one.on())),
    row("token-for-any-secret", "TOKEN-BAD-CLIENT", "looks at the client's id alone",
        _knowing(lambda given, right: given.get("client_id") == right["client_id"])),
    row("token-for-any-id", "TOKEN-BAD-CLIENT", "looks at the client's secret alone",
        _knowing(lambda given, right: given.get("client_secret") == right["client_secret"])),
    row("token-for-half-a-secret", "TOKEN-BAD-CLIENT", "compares as much of a secret as it is given",
        _knowing(lambda given, right: right["client_secret"].startswith(str(given.get("client_secret"))))),
    row("token-bad-client-400", "TOKEN-BAD-CLIENT", "answers a wrong client with 400",
        _oauth(401, "invalid_client", lambda b: b, 400)),
    row("token-bad-client-in-other-words", "TOKEN-BAD-CLIENT", "calls a wrong client unauthorized",
        _oauth(401, "invalid_client", lambda _: {"error": "unauthorized"})),
    row("token-bad-grant-400", "TOKEN-BAD-GRANT", "answers another grant with 400",
        _oauth(501, "unsupported_grant_type", lambda b: b, 400)),
    row("token-bad-grant-in-other-words", "TOKEN-BAD-GRANT", "calls another grant invalid_grant",
        _oauth(501, "unsupported_grant_type", lambda _: {"error": "invalid_grant"})),
    row("token-for-any-grant", "TOKEN-BAD-GRANT", "grants whatever the grant_type",
        _granting(lambda asked: asked | {"grant_type": "client_credentials"})),
    row("token-for-passwords", "TOKEN-BAD-GRANT", "takes the grant password for client_credentials",
        _granting(lambda asked: asked | ({"grant_type": "client_credentials"} if asked.get("grant_type") == "password" else {}))),
    row("token-ttl-ignored", "TOKEN-TTL", "grants 600 seconds whatever was asked",
        _granting(lambda asked: {n: v for n, v in asked.items() if n != "ttl"})),
    row("token-ttl-capped", "TOKEN-TTL", "grants 3600 seconds where more was asked",
        _granting(lambda asked: asked | ({"ttl": 3600} if isinstance(asked.get("ttl"), int) and asked["ttl"] > 3600 else {}))),
    row("token-ttl-zero-is-default", "TOKEN-TTL", "takes a ttl of 0 for none",
        _granting(lambda asked: {n: v for n, v in asked.items() if n != "ttl" or v})),
    row("token-ttl-default-3600", "TOKEN-TTL", "grants 3600 seconds where nothing was asked",
        _granting(lambda asked: {"ttl": 3600} | asked)),
    row("token-ttl-in-milliseconds", "TOKEN-TTL TOKEN-GRANT", "writes expires_in in milliseconds",
        _granted(lambda t: t | {"expires_in": t["expires_in"] * 1000})),
    row("token-ttl-as-text", "TOKEN-TTL TOKEN-GRANT SCHEMA", "writes expires_in as text",
        _granted(lambda t: t | {"expires_in": str(t["expires_in"])})),
    row("token-ttl-refused-without-words", "TOKEN-TTL", "does not say which ttl it refuses",
        _oauth(400, "invalid_request", set_field("error_description", DROP))),
    row("token-scope-ignored", "TOKEN-SCOPE", "ignores a scope",
        _granting(lambda asked: {n: v for n, v in asked.items() if n != "scope"})),
    row("token-scope-in-other-words", "TOKEN-SCOPE", "calls a scope an invalid_request",
        _oauth(400, "invalid_scope", lambda b: b | {"error": "invalid_request"})),
    row("token-never-expires", "TOKEN-EXPIRY", "accepts a token for ever", every(_immortal(CASES))),
    row("token-expired-moves-cases", "TOKEN-EXPIRY", "accepts an expired token for transitions", every(_immortal(MOVE))),
    row("token-dies-young", "TOKEN-EXPIRY", "refuses a token that has expired by a clock of its own",
        _aged(lambda life: life / 1000)),
    row("token-works-three-times", "TOKEN-EXPIRY", "refuses a token that was used three times", every(_single_use)),
    row("token-ends-the-last", "TOKEN-EXPIRY TOKEN-GRANT", "accepts the newest token alone", every(_one_token)),
)  # fmt: skip
