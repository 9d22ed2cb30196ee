"""Faults of credentials: who gets in that should not, and what a refusal gives away.

A fault has no key of its own: it learns the credentials of the clients that the mock let in.
"""

import base64
from collections.abc import Callable
from dataclasses import replace

from mock_server.core import json_codec
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import credentials, passing, sent_as, token_in
from mock_server.faults.call import (
    CASES,
    CREATE,
    GET,
    MOVE,
    OK,
    PATCH,
    PUT,
    UNAUTHORIZED,
    Call,
    Memory,
    Operations,
    every,
    record_of,
    refusal,
    refusals,
    says,
)
from mock_server.faults.fault import row

REQUIRED = "AUTH-REQUIRED"
INVALID = "AUTH-INVALID"


def open_to_all(operations: Operations) -> Fault:
    """Nobody asks for credentials."""
    return passing(lambda given, _: not given, operations)


def too_late(operations: Operations) -> Fault:
    """Credentials are looked at when the work is done."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation in CASES and answer.status != UNAUTHORIZED:
            memory.kept["good"] = credentials(one)
        elif one.operation in operations and answer.status == UNAUTHORIZED and "good" in memory.kept:
            one.on(headers={**one.request.headers, "authorization": memory.kept["good"]})
        return answer

    return every(step)


def unauthorized(change: Callable[[Call, Response], Response], operations: Operations = CASES) -> Fault:
    """`change` of a 401."""

    def step(one: Call, answer: Response) -> Response:
        return change(one, answer) if answer.status == UNAUTHORIZED else answer

    return refusals(step, operations)


def _cached_for_all(one: Call, memory: Memory) -> Response:
    """A shared cache in front of the server does not look at credentials."""
    answer = one.on()
    if one.operation in GET and answer.status == OK:
        memory.kept[one.case_id] = answer
    elif one.operation in GET and answer.status == UNAUTHORIZED:
        return memory.kept.get(one.case_id, answer)  # type: ignore[no-any-return]
    return answer


def _empty_unguarded(one: Call, memory: Memory) -> Response:
    """A guard that looks at what is about to be written finds nothing."""
    answer = one.on()
    if one.operation in CASES and answer.status != UNAUTHORIZED:
        memory.kept["good"] = credentials(one)
    nothing = one.operation in CREATE and one.payload == {} and "good" in memory.kept
    return sent_as(one, memory.kept["good"]) if nothing else answer


def _telling(change: Callable[[Response], Response]) -> Fault:
    """A 401 differs for the id of a case."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if answer.status == OK and one.case_id:
            memory.kept[one.case_id] = True
        known = one.case_id in memory.kept
        return change(answer) if answer.status == UNAUTHORIZED and one.case_id and not known else answer

    return every(step)


def _unsigned(given: str, _: str) -> bool:
    try:
        header = base64.urlsafe_b64decode(token_in(given).partition(".")[0] + "==")
    except ValueError:
        return False
    return b'"alg":"none"' in header


ROWS = (
    row("auth-missing-on-create", REQUIRED, "lets everybody create", open_to_all(CREATE)),
    row("auth-missing-on-get", REQUIRED, "lets everybody read", open_to_all(GET)),
    row("auth-missing-on-put", REQUIRED, "lets everybody PUT", open_to_all(PUT)),
    row("auth-missing-on-patch", REQUIRED, "lets everybody PATCH", open_to_all(PATCH)),
    row("auth-missing-on-transition", REQUIRED, "lets everybody move a case", open_to_all(MOVE)),
    row("auth-missing-without-a-body", REQUIRED, "lets everybody create a case without fields", every(_empty_unguarded)),
    row("auth-skipped-by-a-cache", REQUIRED, "shows everybody what somebody has read", every(_cached_for_all)),
    row("auth-refused-with-404", REQUIRED, "answers 404 without credentials", unauthorized(lambda *_: refusal(404))),
    row("auth-refused-with-400-on-patch", REQUIRED, "answers 400 to a PATCH without credentials",
        unauthorized(lambda *_: refusal(400), PATCH)),
    row("auth-redirects-to-a-login", REQUIRED, "answers 302 without credentials",
        unauthorized(lambda *_: Response(302, {"location": "/login"}))),
    row("auth-refused-with-200", "AUTH-REQUIRED SCHEMA", "answers 200 and an error without credentials",
        unauthorized(lambda *_: says(200, {"error": "not logged in"}))),
    row("auth-any-token", INVALID, "accepts any bearer token",
        passing(lambda given, _: given.startswith("Bearer ") and bool(token_in(given)))),
    row("auth-any-header-on-put", INVALID, "accepts any Authorization header for PUT",
        passing(lambda given, _: bool(given), PUT)),
    row("auth-token-prefix", INVALID, "compares as much of a token as it is given",
        passing(lambda given, good: bool(token_in(given)) and good.startswith(given))),
    row("auth-token-tail-ignored", INVALID, "accepts a token with more behind it",
        passing(lambda given, good: given.startswith(good))),
    row("auth-token-end-ignored", INVALID, "leaves the last character of a token unread",
        passing(lambda given, good: len(given) == len(good) and given[:-1] == good[:-1])),
    row("auth-token-inside", INVALID, "accepts a token with something around it",
        passing(lambda given, good: token_in(good) in given and given.startswith("Bearer "))),
    row("auth-case-ignored", INVALID, "ignores case in a token",
        passing(lambda given, good: given.lower() == good.lower())),
    row("auth-scheme-ignored", INVALID, "accepts the token under any scheme",
        passing(lambda given, good: token_in(given) == token_in(good))),
    row("auth-scheme-missing", INVALID, "accepts the token without a scheme", passing(lambda given, good: given == token_in(good))),
    row("auth-basic-accepted", INVALID, "accepts any Basic credentials", passing(lambda given, _: given.startswith("Basic "))),
    row("auth-empty-token", INVALID, "takes an empty token for the owner's",
        passing(lambda given, _: given.strip() == "Bearer")),
    row("auth-token-null", INVALID, "takes the token null for nobody's, and lets nobody PATCH",
        passing(lambda given, _: token_in(given) in ("null", "undefined"), PATCH)),
    row("auth-unsigned-jwt", INVALID, "accepts an unsigned JWT", passing(_unsigned)),
    row("auth-test-token-left-in", INVALID, "accepts the token test on transitions",
        passing(lambda given, _: token_in(given) == "test", MOVE)),
    row("auth-length-compared", INVALID, "compares the lengths of tokens",
        passing(lambda given, good: given.startswith("Bearer ") and len(given) == len(good))),
    row("auth-after-put", "AUTH-INERT", "looks at credentials after a PUT", too_late(PUT)),
    row("auth-after-patch", "AUTH-INERT", "looks at credentials after a PATCH", too_late(PATCH)),
    row("auth-after-transition", "AUTH-INERT", "looks at credentials after a transition", too_late(MOVE)),
    row("auth-no-challenge", "AUTH-CHALLENGE", "answers 401 without WWW-Authenticate",
        unauthorized(lambda _, a: replace(a, headers={n: v for n, v in a.headers.items() if n != "www-authenticate"}))),
    row("auth-empty-challenge-on-patch", "AUTH-CHALLENGE", "answers 401 with an empty WWW-Authenticate to PATCH",
        unauthorized(lambda _, a: replace(a, headers={**a.headers, "www-authenticate": ""}), PATCH)),
    row("auth-no-challenge-for-bad-tokens", "AUTH-CHALLENGE", "answers a bad token without WWW-Authenticate",
        unauthorized(lambda one, a: replace(a, headers={"content-type": "application/json"}) if credentials(one) else a)),
    row("auth-tells-unknown-ids", "AUTH-NO-ORACLE", "answers 404 to strangers for an unknown id",
        _telling(lambda _: refusal(404))),
    row("auth-403-for-unknown-ids", "AUTH-NO-ORACLE", "answers 403 to strangers for an unknown id",
        _telling(lambda a: replace(a, status=403))),
    row("auth-words-for-unknown-ids", "AUTH-NO-ORACLE", "says to strangers that there is no such case",
        _telling(lambda a: replace(a, body=json_codec.encode(record_of(a) | {"detail": "No such case."})))),
    row("auth-member-for-unknown-ids", "AUTH-NO-ORACLE", "adds a member to the answer for an unknown id",
        _telling(lambda a: replace(a, body=json_codec.encode(record_of(a) | {"exists": False})))),
)  # fmt: skip
