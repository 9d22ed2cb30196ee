"""Faults of credentials: who gets in that should not, and what a refusal gives away.

A fault has no key of its own: it learns the credentials of the clients that the mock let in.
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
    GET,
    OK,
    PATCH,
    PUT,
    TRANSITION,
    UNAUTHORIZED,
    Call,
    Memory,
    Operations,
    json_response,
    on_every,
    on_refusal,
    record_of,
    refusal,
)
from mock_server.faults.fault import fault

REQUIRED = "AUTH-REQUIRED"
INVALID = "AUTH-INVALID"


def skip_authentication(operations: Operations) -> Fault:
    """Nobody asks for credentials."""
    return accept_credentials(lambda given, _: not given, operations)


def authenticate_late(operations: Operations) -> Fault:
    """Credentials are looked at when the work is done."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in CASES and response.status != UNAUTHORIZED:
            memory.kept["good"] = credential_of(call)
        elif call.operation in operations and response.status == UNAUTHORIZED and "good" in memory.kept:
            call.proceed(headers={**call.request.headers, "authorization": memory.kept["good"]})
        return response

    return on_every(step)


def change_unauthorized(
    change: Callable[[Call, Response], Response], operations: Operations = CASES
) -> Fault:
    """`change` of a 401."""

    def step(call: Call, response: Response) -> Response:
        return change(call, response) if response.status == UNAUTHORIZED else response

    return on_refusal(step, operations)


def _cached_for_all(call: Call, memory: Memory) -> Response:
    """A shared cache in front of the server does not look at credentials."""
    response = call.proceed()
    if call.operation in GET and response.status == OK:
        memory.kept[call.case_id] = response
    elif call.operation in GET and response.status == UNAUTHORIZED:
        return memory.kept.get(call.case_id, response)  # type: ignore[no-any-return]
    return response


def _empty_unguarded(call: Call, memory: Memory) -> Response:
    """A guard that looks at what is about to be written finds nothing."""
    response = call.proceed()
    if call.operation in CASES and response.status != UNAUTHORIZED:
        memory.kept["good"] = credential_of(call)
    nothing = call.operation in CREATE and call.payload == {} and "good" in memory.kept
    return send_as(call, memory.kept["good"]) if nothing else response


def _telling(change: Callable[[Response], Response]) -> Fault:
    """A 401 differs for the id of a case."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if response.status == OK and call.case_id:
            memory.kept[call.case_id] = True
        known = call.case_id in memory.kept
        return (
            change(response) if response.status == UNAUTHORIZED and call.case_id and not known else response
        )

    return on_every(step)


def _unsigned(given: str, _: str) -> bool:
    try:
        header = base64.urlsafe_b64decode(token_in(given).partition(".")[0] + "==")
    except ValueError:
        return False
    return b'"alg":"none"' in header


FAULTS = (
    fault("auth-missing-on-create", REQUIRED, "lets everybody create", skip_authentication(CREATE)),
    fault("auth-missing-on-get", REQUIRED, "lets everybody read", skip_authentication(GET)),
    fault("auth-missing-on-put", REQUIRED, "lets everybody PUT", skip_authentication(PUT)),
    fault("auth-missing-on-patch", REQUIRED, "lets everybody PATCH", skip_authentication(PATCH)),
    fault("auth-missing-on-transition", REQUIRED, "lets everybody move a case", skip_authentication(TRANSITION)),
    fault("auth-missing-without-a-body", REQUIRED, "lets everybody create a case without fields", on_every(_empty_unguarded)),
    fault("auth-skipped-by-a-cache", REQUIRED, "shows everybody what somebody has read", on_every(_cached_for_all)),
    fault("auth-refused-with-404", REQUIRED, "answers 404 without credentials", change_unauthorized(lambda *_: refusal(404))),
    fault("auth-refused-with-400-on-patch", REQUIRED, "answers 400 to a PATCH without credentials",
        change_unauthorized(lambda *_: refusal(400), PATCH)),
    fault("auth-redirects-to-a-login", REQUIRED, "answers 302 without credentials",
        change_unauthorized(lambda *_: Response(302, {"location": "/login"}))),
    fault("auth-refused-with-200", "AUTH-REQUIRED SCHEMA", "answers 200 and an error without credentials",
        change_unauthorized(lambda *_: json_response(200, {"error": "not logged in"}))),
    fault("auth-any-token", INVALID, "accepts any bearer token",
        accept_credentials(lambda given, _: given.startswith("Bearer ") and bool(token_in(given)))),
    fault("auth-any-header-on-put", INVALID, "accepts any Authorization header for PUT",
        accept_credentials(lambda given, _: bool(given), PUT)),
    fault("auth-token-prefix", INVALID, "compares as much of a token as it is given",
        accept_credentials(lambda given, good: bool(token_in(given)) and good.startswith(given))),
    fault("auth-token-tail-ignored", INVALID, "accepts a token with more behind it",
        accept_credentials(lambda given, good: given.startswith(good))),
    fault("auth-token-end-ignored", INVALID, "leaves the last character of a token unread",
        accept_credentials(lambda given, good: len(given) == len(good) and given[:-1] == good[:-1])),
    fault("auth-token-inside", INVALID, "accepts a token with something around it",
        accept_credentials(lambda given, good: token_in(good) in given and given.startswith("Bearer "))),
    fault("auth-case-ignored", INVALID, "ignores case in a token",
        accept_credentials(lambda given, good: given.lower() == good.lower())),
    fault("auth-scheme-ignored", INVALID, "accepts the token under any scheme",
        accept_credentials(lambda given, good: token_in(given) == token_in(good))),
    fault("auth-scheme-missing", INVALID, "accepts the token without a scheme", accept_credentials(lambda given, good: given == token_in(good))),
    fault("auth-basic-accepted", INVALID, "accepts any Basic credentials", accept_credentials(lambda given, _: given.startswith("Basic "))),
    fault("auth-empty-token", INVALID, "takes an empty token for the owner's",
        accept_credentials(lambda given, _: given.strip() == "Bearer")),
    fault("auth-token-null", INVALID, "takes the token null for nobody's, and lets nobody PATCH",
        accept_credentials(lambda given, _: token_in(given) in ("null", "undefined"), PATCH)),
    fault("auth-unsigned-jwt", INVALID, "accepts an unsigned JWT", accept_credentials(_unsigned)),
    fault("auth-test-token-left-in", INVALID, "accepts the token test on transitions",
        accept_credentials(lambda given, _: token_in(given) == "test", TRANSITION)),
    fault("auth-length-compared", INVALID, "compares the lengths of tokens",
        accept_credentials(lambda given, good: given.startswith("Bearer ") and len(given) == len(good))),
    fault("auth-after-put", "AUTH-INERT", "looks at credentials after a PUT", authenticate_late(PUT)),
    fault("auth-after-patch", "AUTH-INERT", "looks at credentials after a PATCH", authenticate_late(PATCH)),
    fault("auth-after-transition", "AUTH-INERT", "looks at credentials after a transition", authenticate_late(TRANSITION)),
    fault("auth-no-challenge", "AUTH-CHALLENGE", "answers 401 without WWW-Authenticate",
        change_unauthorized(lambda _, a: replace(a, headers={n: v for n, v in a.headers.items() if n != "www-authenticate"}))),
    fault("auth-empty-challenge-on-patch", "AUTH-CHALLENGE", "answers 401 with an empty WWW-Authenticate to PATCH",
        change_unauthorized(lambda _, a: replace(a, headers={**a.headers, "www-authenticate": ""}), PATCH)),
    fault("auth-no-challenge-for-bad-tokens", "AUTH-CHALLENGE", "answers a bad token without WWW-Authenticate",
        change_unauthorized(lambda call, a: replace(a, headers={"content-type": "application/json"}) if credential_of(call) else a)),
    fault("auth-tells-unknown-ids", "AUTH-NO-ORACLE", "answers 404 to strangers for an unknown id",
        _telling(lambda _: refusal(404))),
    fault("auth-403-for-unknown-ids", "AUTH-NO-ORACLE", "answers 403 to strangers for an unknown id",
        _telling(lambda a: replace(a, status=403))),
    fault("auth-words-for-unknown-ids", "AUTH-NO-ORACLE", "says to strangers that there is no such case",
        _telling(lambda a: replace(a, body=json_codec.encode(record_of(a) | {"detail": "No such case."})))),
    fault("auth-member-for-unknown-ids", "AUTH-NO-ORACLE", "adds a member to the answer for an unknown id",
        _telling(lambda a: replace(a, body=json_codec.encode(record_of(a) | {"exists": False})))),
)  # fmt: skip
