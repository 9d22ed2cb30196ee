"""Faults of the token endpoint, and of the tokens that it grants.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mock_server.core import json_codec
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import credential_of, send_as, token_in
from mock_server.faults.call import (
    CASES,
    OK,
    TOKEN,
    TRANSITION,
    UNAUTHORIZED,
    Call,
    Memory,
    Operations,
    StepWithMemory,
    on,
    on_every,
    on_refusal,
    on_success,
    on_with_memory,
    record_of,
    refusal,
    with_record,
)
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import DROP, set_field

FORM = "application/x-www-form-urlencoded"
LIFE = 600


def _asked(call: Call) -> dict[str, Any]:
    return call.payload or {}


def _granting(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """A token request is taken for `change` of it."""
    return on(TOKEN, lambda call: call.proceed_with(change(_asked(call))) if call.payload else call.proceed())


def _granted(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """`change` of what a granted request is answered with."""
    return on_success(TOKEN, lambda _, response: with_record(response, change))


def _knowing(passes: Callable[[dict[str, Any], dict[str, Any]], bool]) -> Fault:
    """A wrong client passes for the last right one where `passes` says so of both requests."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if response.status == OK:
            memory.kept["right"] = _asked(call)
        right = memory.kept.get("right")
        if response.status != UNAUTHORIZED or not right or not passes(_asked(call), right):
            return response
        return call.proceed_with(
            _asked(call) | {name: right[name] for name in ("client_id", "client_secret")}
        )

    return on_with_memory(TOKEN, step)


def _oauth(
    status: int, error: str, change: Callable[[dict[str, Any]], dict[str, Any]], new: int | None = None
) -> Fault:
    """A refusal of the token endpoint with this error, under another status or in other words."""

    def step(_: Call, response: Response) -> Response:
        body = record_of(response)
        if response.status != status or body.get("error") != error:
            return response
        return replace(response, status=new or status, body=json_codec.encode(change(body)))

    return on_refusal(step, TOKEN)


def _aged(deadline: Callable[[float], float]) -> Fault:
    """A token stops working `deadline` seconds after it was issued, given its `expires_in`."""

    def step(call: Call, memory: Memory) -> Response:
        if call.operation in CASES and time.monotonic() > memory.kept.get(
            token_in(credential_of(call)), float("inf")
        ):
            return send_as(call, "Bearer expired")
        response = call.proceed()
        if call.operation in TOKEN and response.status == OK:
            issued = record_of(response)
            memory.kept[issued["access_token"]] = time.monotonic() + deadline(issued["expires_in"])
        return response

    return on_every(step)


def _immortal(operations: Operations) -> StepWithMemory:
    """These operations take a token that has expired."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in TOKEN:
            if response.status == OK:
                memory.kept[record_of(response)["access_token"]] = call
            return response
        issued = memory.kept.get(token_in(credential_of(call)))
        if response.status != UNAUTHORIZED or issued is None or call.operation not in operations:
            return response
        fresh = record_of(issued.proceed_with(_asked(issued) | {"ttl": LIFE}))
        return send_as(call, f"Bearer {fresh['access_token']}")

    return step


def _single_use(call: Call, memory: Memory) -> Response:
    if call.operation not in CASES:
        return call.proceed()
    token = token_in(credential_of(call))
    uses = memory.count(token)
    return send_as(call, "Bearer used") if token and uses > 3 else call.proceed()


def _one_token(call: Call, memory: Memory) -> Response:
    if call.operation in TOKEN:
        response = call.proceed()
        if response.status == OK:
            memory.kept["last"] = record_of(response)["access_token"]
        return response
    last = memory.kept.get("last")
    return (
        send_as(call, "Bearer replaced") if last and token_in(credential_of(call)) != last else call.proceed()
    )


def _later(change: Callable[[Response], Response]) -> Fault:
    """`change` of every grant but the first."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        return change(response) if response.status == OK and memory.count() > 1 else response

    return on_with_memory(TOKEN, step)


def _unknown_token(response: dict[str, Any]) -> dict[str, Any]:
    return response | {"access_token": response["access_token"][::-1]}


def _every_other_fails(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    return (
        with_record(response, _unknown_token)
        if response.status == OK and memory.count() % 2 == 0
        else response
    )


FAULTS = (
    fault("token-of-another-type", "TOKEN-GRANT", "grants a token of type mac",
        _granted(lambda t: t | {"token_type": "mac"})),
    fault("token-missing-the-second-time", "TOKEN-GRANT", "grants one token, and after that none",
        _later(lambda response: with_record(response, set_field("access_token", DROP)))),
    fault("token-granted-with-201", "TOKEN-GRANT SCHEMA", "answers a grant with 201 but for the first",
        _later(lambda response: replace(response, status=201))),
    fault("token-every-other-fails", "TOKEN-GRANT", "grants tokens of which every other does not work",
        on_with_memory(TOKEN, _every_other_fails)),
    fault("token-refuses-forms", "TOKEN-GRANT", "refuses a form",
        on(TOKEN, lambda call: refusal(415) if call.request.headers.get("content-type", "").startswith(FORM) else call.proceed())),
    fault("token-for-any-secret", "TOKEN-BAD-CLIENT", "looks at the client's id alone",
        _knowing(lambda given, right: given.get("client_id") == right["client_id"])),
    fault("token-for-any-id", "TOKEN-BAD-CLIENT", "looks at the client's secret alone",
        _knowing(lambda given, right: given.get("client_secret") == right["client_secret"])),
    fault("token-for-half-a-secret", "TOKEN-BAD-CLIENT", "compares as much of a secret as it is given",
        _knowing(lambda given, right: right["client_secret"].startswith(str(given.get("client_secret"))))),
    fault("token-bad-client-400", "TOKEN-BAD-CLIENT", "answers a wrong client with 400",
        _oauth(401, "invalid_client", lambda b: b, 400)),
    fault("token-bad-client-in-other-words", "TOKEN-BAD-CLIENT", "calls a wrong client unauthorized",
        _oauth(401, "invalid_client", lambda _: {"error": "unauthorized"})),
    fault("token-bad-grant-400", "TOKEN-BAD-GRANT", "answers another grant with 400",
        _oauth(501, "unsupported_grant_type", lambda b: b, 400)),
    fault("token-bad-grant-in-other-words", "TOKEN-BAD-GRANT", "calls another grant invalid_grant",
        _oauth(501, "unsupported_grant_type", lambda _: {"error": "invalid_grant"})),
    fault("token-for-any-grant", "TOKEN-BAD-GRANT", "grants whatever the grant_type",
        _granting(lambda asked: asked | {"grant_type": "client_credentials"})),
    fault("token-for-passwords", "TOKEN-BAD-GRANT", "takes the grant password for client_credentials",
        _granting(lambda asked: asked | ({"grant_type": "client_credentials"} if asked.get("grant_type") == "password" else {}))),
    fault("token-ttl-ignored", "TOKEN-TTL", "grants 600 seconds whatever was asked",
        _granting(lambda asked: {n: v for n, v in asked.items() if n != "ttl"})),
    fault("token-ttl-capped", "TOKEN-TTL", "grants 3600 seconds where more was asked",
        _granting(lambda asked: asked | ({"ttl": 3600} if isinstance(asked.get("ttl"), int) and asked["ttl"] > 3600 else {}))),
    fault("token-ttl-zero-is-default", "TOKEN-TTL", "takes a ttl of 0 for none",
        _granting(lambda asked: {n: v for n, v in asked.items() if n != "ttl" or v})),
    fault("token-ttl-default-3600", "TOKEN-TTL", "grants 3600 seconds where nothing was asked",
        _granting(lambda asked: {"ttl": 3600} | asked)),
    fault("token-ttl-in-milliseconds", "TOKEN-TTL TOKEN-GRANT", "writes expires_in in milliseconds",
        _granted(lambda t: t | {"expires_in": t["expires_in"] * 1000})),
    fault("token-ttl-as-text", "TOKEN-TTL TOKEN-GRANT SCHEMA", "writes expires_in as text",
        _granted(lambda t: t | {"expires_in": str(t["expires_in"])})),
    fault("token-ttl-refused-without-words", "TOKEN-TTL", "does not say which ttl it refuses",
        _oauth(400, "invalid_request", set_field("error_description", DROP))),
    fault("token-scope-ignored", "TOKEN-SCOPE", "ignores a scope",
        _granting(lambda asked: {n: v for n, v in asked.items() if n != "scope"})),
    fault("token-scope-in-other-words", "TOKEN-SCOPE", "calls a scope an invalid_request",
        _oauth(400, "invalid_scope", lambda b: b | {"error": "invalid_request"})),
    fault("token-never-expires", "TOKEN-EXPIRY", "accepts a token for ever", on_every(_immortal(CASES))),
    fault("token-expired-moves-cases", "TOKEN-EXPIRY", "accepts an expired token for transitions", on_every(_immortal(TRANSITION))),
    fault("token-dies-young", "TOKEN-EXPIRY", "refuses a token that has expired by a clock of its own",
        _aged(lambda life: life / 1000)),
    fault("token-works-three-times", "TOKEN-EXPIRY", "refuses a token that was used three times", on_every(_single_use)),
    fault("token-ends-the-last", "TOKEN-EXPIRY TOKEN-GRANT", "accepts the newest token alone", on_every(_one_token)),
)  # fmt: skip
