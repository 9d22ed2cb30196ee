"""Faults in the check of credentials and in 401 responses.

A fault has no credentials of its own: it remembers those of clients that the mock accepted.
"""

import base64
from collections.abc import Callable
from dataclasses import replace

from mock_server.core import json_codec
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import accept_credentials, credential_of, send_as, token_in
from mock_server.faults.call import (
    CASES,
    CREATE,
    CREATED,
    GET,
    OK,
    PATCH,
    PUT,
    TRANSITION,
    UNAUTHORIZED,
    Call,
    Memory,
    Operations,
    on_every,
    record_of,
    refusal,
)
from mock_server.faults.credentials import change_unauthorized, skip_authentication
from mock_server.faults.named_fault import fault

REQUIRED = "AUTH-REQUIRED"
INVALID = "AUTH-INVALID"
LARGE = 8_000  # bytes


def authenticate_late(operations: Operations) -> Fault:
    """Return a fault that checks the credentials after the operation."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in CASES and response.status != UNAUTHORIZED:
            memory.kept["valid"] = credential_of(call)
        elif call.operation in operations and response.status == UNAUTHORIZED and "valid" in memory.kept:
            call.proceed(headers={**call.request.headers, "authorization": memory.kept["valid"]})
        return response

    return on_every(step)


def _serve_shared_cache(call: Call, memory: Memory) -> Response:
    """Serve a GET from a shared cache that ignores credentials."""
    response = call.proceed()
    if call.operation in GET and response.status == OK:
        memory.kept[call.case_id] = response
    elif call.operation in GET and response.status == UNAUTHORIZED:
        return memory.kept.get(call.case_id, response)  # type: ignore[no-any-return]
    return response


def _skip_check(skips: Callable[[Call], bool]) -> Fault:
    """Return a fault that does not check the credentials of some requests."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in CASES and response.status != UNAUTHORIZED:
            memory.kept["valid"] = credential_of(call)
        skipped = "valid" in memory.kept and call.operation in CASES and skips(call)
        return send_as(call, memory.kept["valid"]) if skipped else response

    return on_every(step)


def _is_empty_create(call: Call) -> bool:
    return call.operation in CREATE and call.payload == {}


def _has_id(call: Call) -> bool:
    return call.operation in CREATE and "id" in (call.payload or {})


def _has_large_body(call: Call) -> bool:
    return len(call.request.body) > LARGE


def _change_for_unknown(change: Callable[[Response], Response]) -> Fault:
    """Return a fault that changes a 401 for an unknown id."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if response.status in (OK, CREATED):
            memory.kept[call.case_id or record_of(response).get("id")] = True
        known = call.case_id in memory.kept
        return (
            change(response) if response.status == UNAUTHORIZED and call.case_id and not known else response
        )

    return on_every(step)


def _is_unsigned(given: str, _: str) -> bool:
    try:
        header = base64.urlsafe_b64decode(token_in(given).partition(".")[0] + "==")
    except ValueError:
        return False
    return b'"alg":"none"' in header


FAULTS = (
    fault("auth-missing-on-create", REQUIRED, "accepts a create without credentials", skip_authentication(CREATE)),
    fault("auth-missing-on-put", REQUIRED, "accepts a PUT without credentials", skip_authentication(PUT)),
    fault("auth-missing-on-empty-create", REQUIRED, "accepts a create of an empty case without credentials", _skip_check(_is_empty_create)),
    fault("auth-missing-on-create-with-id", REQUIRED, "accepts a create of a case with an id without credentials", _skip_check(_has_id)),
    fault("auth-missing-for-large-bodies", REQUIRED, "accepts large bodies without credentials", _skip_check(_has_large_body)),
    fault("auth-refused-with-404", REQUIRED, "responds with 404 to requests without credentials",
        change_unauthorized(lambda *_: refusal(404))),
    fault("auth-skipped-by-cache", REQUIRED, "serves cached cases to clients without credentials", on_every(_serve_shared_cache)),
    fault("auth-refused-with-400-on-patch", REQUIRED, "responds with 400 to a PATCH without credentials",
        change_unauthorized(lambda *_: refusal(400), PATCH)),
    fault("auth-token-prefix", INVALID, "accepts the beginning of a valid token",
        accept_credentials(lambda given, valid: bool(token_in(given)) and valid.startswith(given))),
    fault("auth-token-tail-ignored", INVALID, "accepts a valid token followed by more characters",
        accept_credentials(lambda given, valid: given.startswith(valid))),
    fault("auth-token-end-ignored", INVALID, "ignores the last character of a token",
        accept_credentials(lambda given, valid: len(given) == len(valid) and given[:-1] == valid[:-1])),
    fault("auth-token-contained", INVALID, "accepts any text that contains a valid token",
        accept_credentials(lambda given, valid: token_in(valid) in given and given.startswith("Bearer "))),
    fault("auth-scheme-missing", INVALID, "accepts a valid token without an authentication scheme", accept_credentials(lambda given, valid: given == token_in(valid))),
    fault("auth-token-null", INVALID, 'accepts the tokens "null" and "undefined" for a PATCH',
        accept_credentials(lambda given, _: token_in(given) in ("null", "undefined"), PATCH)),
    fault("auth-unsigned-jwt", INVALID, "accepts an unsigned JWT", accept_credentials(_is_unsigned)),
    fault("auth-test-token-accepted", INVALID, 'accepts the token "test" for transitions',
        accept_credentials(lambda given, _: token_in(given) == "test", TRANSITION)),
    fault("auth-length-compared", INVALID, "accepts any token with the length of a valid one",
        accept_credentials(lambda given, valid: given.startswith("Bearer ") and len(given) == len(valid))),
    fault("auth-after-put", "AUTH-INERT", "performs a PUT before it checks the credentials", authenticate_late(PUT)),
    fault("auth-no-challenge", "AUTH-CHALLENGE", "responds with 401 without WWW-Authenticate",
        change_unauthorized(lambda _, a: replace(a, headers={n: v for n, v in a.headers.items() if n != "www-authenticate"}))),
    fault("auth-empty-challenge-on-patch", "AUTH-CHALLENGE", "responds with 401 and an empty WWW-Authenticate to a PATCH",
        change_unauthorized(lambda _, a: replace(a, headers={**a.headers, "www-authenticate": ""}), PATCH)),
    fault("auth-no-challenge-for-bad-tokens", "AUTH-CHALLENGE", "responds to an invalid token with 401 without WWW-Authenticate",
        change_unauthorized(lambda call, a: replace(a, headers={"content-type": "application/json"}) if credential_of(call) else a)),
    fault("auth-404-for-unknown-ids", "AUTH-NO-ORACLE", "responds with 404 for an unknown id, even without credentials",
        _change_for_unknown(lambda _: refusal(404))),
    fault("auth-403-for-unknown-ids", "AUTH-NO-ORACLE", "responds with 403 instead of 401 for an unknown id without credentials",
        _change_for_unknown(lambda a: replace(a, status=403))),
    fault("auth-text-for-unknown-ids", "AUTH-NO-ORACLE", "reveals in a 401 that no case has the id",
        _change_for_unknown(lambda a: replace(a, body=json_codec.encode(record_of(a) | {"detail": "No such case."})))),
    fault("auth-member-for-unknown-ids", "AUTH-NO-ORACLE", "adds a member to a 401 if no case has the id",
        _change_for_unknown(lambda a: replace(a, body=json_codec.encode(record_of(a) | {"exists": False})))),
)  # fmt: skip
