"""Faults of the token endpoint and of its tokens."""

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
    on,
    on_every,
    on_refusal,
    on_success,
    on_with_memory,
    record_of,
    with_record,
)
from mock_server.faults.credentials import accept_expired, token_request
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import DROP, set_field


def _change_request(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """Return a fault that changes the body of token requests."""
    return on(
        TOKEN,
        lambda call: call.proceed_with(change(token_request(call))) if call.payload else call.proceed(),
    )


def _change_grant(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """Return a fault that changes the responses to granted requests."""
    return on_success(TOKEN, lambda _, response: with_record(response, change))


def _accept_client(accepts: Callable[[dict[str, Any], dict[str, Any]], bool]) -> Fault:
    """Return a fault that accepts a wrong client if `accepts(given, valid)` returns True for the two requests."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if response.status == OK:
            memory.kept["right"] = token_request(call)
        right = memory.kept.get("right")
        if response.status != UNAUTHORIZED or not right or not accepts(token_request(call), right):
            return response
        return call.proceed_with(
            token_request(call) | {name: right[name] for name in ("client_id", "client_secret")}
        )

    return on_with_memory(TOKEN, step)


def _change_error(
    status: int, error: str, change: Callable[[dict[str, Any]], dict[str, Any]], new: int | None = None
) -> Fault:
    """Return a fault that changes a refusal of the token endpoint with this error."""

    def step(_: Call, response: Response) -> Response:
        body = record_of(response)
        if response.status != status or body.get("error") != error:
            return response
        return replace(response, status=new or status, body=json_codec.encode(change(body)))

    return on_refusal(step, TOKEN)


def _limit_uses(call: Call, memory: Memory) -> Response:
    if call.operation not in CASES:
        return call.proceed()
    token = token_in(credential_of(call))
    uses = memory.count(token)
    return send_as(call, "Bearer used") if token and uses > 3 else call.proceed()


def _accept_newest(call: Call, memory: Memory) -> Response:
    if call.operation in TOKEN:
        response = call.proceed()
        if response.status == OK:
            memory.kept["last"] = record_of(response)["access_token"]
        return response
    last = memory.kept.get("last")
    return (
        send_as(call, "Bearer replaced") if last and token_in(credential_of(call)) != last else call.proceed()
    )


def _change_later_grants(change: Callable[[Response], Response]) -> Fault:
    """Return a fault that changes every grant after the first."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        return change(response) if response.status == OK and memory.count() > 1 else response

    return on_with_memory(TOKEN, step)


FAULTS = (
    fault("token-of-another-type", "TOKEN-GRANT", "grants tokens of the type mac",
        _change_grant(lambda t: t | {"token_type": "mac"})),
    fault("token-missing-second-time", "TOKEN-GRANT", "omits the access token after the first grant",
        _change_later_grants(lambda response: with_record(response, set_field("access_token", DROP)))),
    fault("token-granted-with-201", "TOKEN-GRANT SCHEMA", "responds to a grant with 201 after the first grant",
        _change_later_grants(lambda response: replace(response, status=201))),
    fault("token-secret-ignored", "TOKEN-BAD-CLIENT", "checks only the client id",
        _accept_client(lambda given, right: given.get("client_id") == right["client_id"])),
    fault("token-secret-prefix", "TOKEN-BAD-CLIENT", "accepts the beginning of a client secret",
        _accept_client(lambda given, right: right["client_secret"].startswith(str(given.get("client_secret"))))),
    fault("token-bad-client-other-error", "TOKEN-BAD-CLIENT", "reports wrong client credentials as unauthorized",
        _change_error(401, "invalid_client", lambda _: {"error": "unauthorized"})),
    fault("token-bad-grant-400", "TOKEN-BAD-GRANT", "responds to an unsupported grant type with 400",
        _change_error(501, "unsupported_grant_type", lambda b: b, 400)),
    fault("token-bad-grant-other-error", "TOKEN-BAD-GRANT", "reports an unsupported grant type as invalid_grant",
        _change_error(501, "unsupported_grant_type", lambda _: {"error": "invalid_grant"})),
    fault("token-grant-type-ignored", "TOKEN-BAD-GRANT", "accepts any grant type",
        _change_request(lambda asked: asked | {"grant_type": "client_credentials"})),
    fault("token-ttl-default-3600", "TOKEN-TTL", "grants 3600 seconds without a ttl",
        _change_request(lambda asked: {"ttl": 3600} | asked)),
    fault("token-ttl-in-milliseconds", "TOKEN-TTL TOKEN-GRANT", "writes expires_in in milliseconds",
        _change_grant(lambda t: t | {"expires_in": t["expires_in"] * 1000})),
    fault("token-ttl-as-text", "TOKEN-TTL TOKEN-GRANT SCHEMA", "writes expires_in as a string",
        _change_grant(lambda t: t | {"expires_in": str(t["expires_in"])})),
    fault("token-ttl-error-without-description", "TOKEN-TTL", "omits error_description when it refuses a ttl",
        _change_error(400, "invalid_request", set_field("error_description", DROP))),
    fault("token-scope-ignored", "TOKEN-SCOPE", "ignores scope",
        _change_request(lambda asked: {n: v for n, v in asked.items() if n != "scope"})),
    fault("token-scope-other-error", "TOKEN-SCOPE", "reports a refused scope as invalid_request",
        _change_error(400, "invalid_scope", lambda b: b | {"error": "invalid_request"})),
    fault("token-expired-transitions", "TOKEN-EXPIRY", "accepts expired tokens for transitions", on_every(accept_expired(TRANSITION))),
    fault("token-works-three-times", "TOKEN-EXPIRY", "refuses a token after three uses", on_every(_limit_uses)),
    fault("token-replaces-previous", "TOKEN-EXPIRY TOKEN-GRANT", "accepts only the newest token", on_every(_accept_newest)),
)  # fmt: skip
