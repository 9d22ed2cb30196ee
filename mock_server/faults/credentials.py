"""Faults of credentials and tokens."""

import time
from collections.abc import Callable
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import accept_credentials, credential_of, send_as, token_in
from mock_server.faults.call import (
    CASES,
    GET,
    OK,
    TOKEN,
    UNAUTHORIZED,
    Call,
    Memory,
    Operations,
    StepWithMemory,
    json_response,
    on_every,
    on_refusal,
    on_with_memory,
    record_of,
    with_record,
)
from mock_server.faults.named_fault import fault

REQUIRED = "AUTH-REQUIRED"
INVALID = "AUTH-INVALID"
LIFE = 600


def skip_authentication(operations: Operations) -> Fault:
    """Return a fault that accepts requests without credentials."""
    return accept_credentials(lambda given, _: not given, operations)


def change_unauthorized(
    change: Callable[[Call, Response], Response], operations: Operations = CASES
) -> Fault:
    """Return a fault that changes 401 responses."""

    def step(call: Call, response: Response) -> Response:
        return change(call, response) if response.status == UNAUTHORIZED else response

    return on_refusal(step, operations)


def token_request(call: Call) -> dict[str, Any]:
    return call.payload or {}


def _expire_after(deadline: Callable[[float], float]) -> Fault:
    """Return a fault by which a token expires `deadline(expires_in)` seconds after its issue."""

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


def accept_expired(operations: Operations) -> StepWithMemory:
    """Return a step by which these operations accept expired tokens."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in TOKEN:
            if response.status == OK:
                memory.kept[record_of(response)["access_token"]] = call
            return response
        credential = credential_of(call)
        issued = memory.kept.get(token_in(credential)) if credential.startswith("Bearer ") else None
        if response.status != UNAUTHORIZED or issued is None or call.operation not in operations:
            return response
        renewed = record_of(issued.proceed_with(token_request(issued) | {"ttl": LIFE}))
        return send_as(call, f"Bearer {renewed['access_token']}")

    return step


def _with_unknown_token(response: dict[str, Any]) -> dict[str, Any]:
    return response | {"access_token": response["access_token"][::-1]}


def _spoil_every_second(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    return (
        with_record(response, _with_unknown_token)
        if response.status == OK and memory.count() % 2 == 0
        else response
    )


FAULTS = (
    fault("auth-missing-on-get", REQUIRED, "accepts a GET without credentials", skip_authentication(GET)),
    fault("auth-any-token", INVALID, "accepts any bearer token",
        accept_credentials(lambda given, _: given.startswith("Bearer ") and bool(token_in(given)))),
    fault("auth-redirects-to-login", REQUIRED, "redirects requests without credentials to a login page (302)",
        change_unauthorized(lambda *_: Response(302, {"location": "/login"}))),
    fault("auth-refused-with-200", "AUTH-REQUIRED SCHEMA", "responds with 200 and an error object to requests without credentials",
        change_unauthorized(lambda *_: json_response(200, {"error": "not logged in"}))),
    fault("every-second-token-invalid", "TOKEN-GRANT", "grants an invalid token every second time",
        on_with_memory(TOKEN, _spoil_every_second)),
    fault("token-expires-early", "TOKEN-EXPIRY", "refuses tokens long before they expire",
        _expire_after(lambda life: life / 1000)),
    fault("token-never-expires", "TOKEN-EXPIRY", "accepts expired tokens", on_every(accept_expired(CASES))),
)  # fmt: skip
