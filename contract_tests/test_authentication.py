"""Case APIs sections 1 and 5, and HTTP: access control."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product, repeat
from typing import Final

import pytest

from contract_tests.assertions.access_control import (
    SUBSTITUTE_HEADERS,
    Operations,
    assert_indistinguishable,
    path_spellings,
)
from contract_tests.assertions.attribution import FOUNDATION, needs_operation
from contract_tests.assertions.case import Case, NewCase
from contract_tests.assertions.identity import assert_no_case
from contract_tests.assertions.invalid_credentials import ODD_TOKENS, Headers, invalid_credentials, made_up
from contract_tests.assertions.no_effect import Attempt, Changed, assert_no_effect, refused_attempt
from contract_tests.client.api import JSON, case_path, encode, transition_path
from contract_tests.client.credentials import FixedToken
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import Scheme
from contract_tests.exceptions import Disabled, Unsupported, Violation, attributed_to
from contract_tests.oracle.comparison import show
from contract_tests.profiles import Share
from contract_tests.testdata.alternation import alternating
from contract_tests.text import shorten

requirement = pytest.mark.requirement
needs = pytest.mark.needs


UNAUTHORIZED: Final = 401
OTHER_METHODS: Final = ("HEAD", "DELETE")
PROBED: Final = ("getCase", "replaceCase", "updateCase", "transitionCase", *OTHER_METHODS)
# RFC 9110 section 11.3: a challenge starts with a scheme.
CHALLENGE: Final = re.compile(r"\s*[\w!#$%&'*+.^`|~-]+(?:\s|,|$)")


@pytest.fixture
def operations(case: Case) -> Operations:
    """The five operations on an ordinary case."""
    if case.api.deployment.auth.scheme is Scheme.NONE:
        raise Disabled("the deployment uses no credentials")
    return Operations(case)


def _assert_unauthorized(operation: str, response: Exchange, what: str) -> None:
    if not response.unauthorized:
        violation = Violation(f"{operation} {what} to be refused with 401 or 403", response.summary())
        raise needs_operation(violation, response)
    if response.carries_record and "lastWorkflowId" in response.object:
        raise Violation(f"{operation} {what} to show no case", response.summary())


@requirement("AUTH-REQUIRED")
def test_operations_refuse_missing_credentials(operations: Operations) -> None:
    # In each state of the case: a server may protect open cases but not closed ones.
    for _, status in [("", ""), *operations.api.deployment.workflow.walk(2)]:
        if status:
            operations.case.transition(status)
        for operation, response in operations.send({}):
            _assert_unauthorized(operation, response, "without credentials")


@requirement("AUTH-REQUIRED")
def test_writes_refuse_missing_credentials_with_any_body(operations: Operations) -> None:
    before = operations.case.snapshot()
    writes = (
        ("POST", "/case"),
        ("PUT", case_path(operations.case.id)),
        ("PATCH", case_path(operations.case.id)),
        ("POST", transition_path(operations.case.id)),
    )
    whole = encode({"id": operations.case.id, "testSummary": "without credentials " * 500})
    bodies = [*product((JSON, "text/plain", ""), (b"{}", b"")), (JSON, whole)]
    for (kind, body), (method, path) in product(bodies, writes):
        operations.api.trace.next_attempt()
        response = operations.api.raw_unauthenticated(
            method, path, body, {"Content-Type": kind} if kind else {}
        )
        if response.ok:
            raise Violation(f"{method} without credentials to be refused, with any body", response.summary())
    with attributed_to("AUTH-INERT"):
        operations.case.assert_unchanged(before)


def _assert_no_access(operations: Operations, attempts: Callable[[Operations], Iterator[Attempt]]) -> None:
    """Fail if an attempt reads or writes a case. A write by a refused request is attributed to AUTH-INERT."""
    own = operations.api.credentials.present(operations.api.credentials.token()).items()
    try:
        assert_no_effect(operations.case, lambda case: attempts(Operations(case)))
    except Changed as change:
        theirs = [one for one in operations.api.trace if not own <= one.request_headers.items()]
        if all(one.refused for one in theirs):
            change.requirement = "AUTH-INERT"
        raise


@requirement("AUTH-REQUIRED")
@needs(*FOUNDATION)
def test_path_spellings_require_credentials(operations: Operations) -> None:
    # The access check may compare paths, and the router may accept more spellings.
    def attempts(mine: Operations) -> Iterator[Attempt]:
        yield mine.rejected_list()
        paths = {operation: path for operation, _, path, _ in mine.requests()}
        for pair in (("getCase", "createCase"), ("updateCase", "transitionCase")):
            # A quick run sends only the first ones, so the operations take turns.
            spelled = [zip(repeat(one), path_spellings(paths[one]), strict=False) for one in pair]
            for operation, spelling in alternating(*spelled):
                how = f"by {spelling.replace(mine.case.id, '{id}')} without credentials"
                yield mine.rejected_attempt(operation, {}, how, spelling)

    _assert_no_access(operations, attempts)


@requirement("AUTH-REQUIRED")
@needs(*FOUNDATION)
def test_headers_do_not_replace_credentials(operations: Operations, share: Share) -> None:
    def attempts(mine: Operations) -> Iterator[Attempt]:
        yield mine.rejected_read("OPTIONS")
        for place, (name, value) in enumerate(SUBSTITUTE_HEADERS):
            known = {"path": case_path(mine.case.id), "base": mine.api.session.base_url}
            headers = {name: value.format_map(known)}
            how = f"with {name}: {value} and no credentials"
            for operation in mine.select(place, share):
                yield mine.rejected_attempt(operation, headers, how)

    _assert_no_access(operations, attempts)


@requirement("AUTH-INVALID")
@needs("AUTH-REQUIRED")
@needs(*FOUNDATION)
def test_odd_tokens_are_refused(operations: Operations, share: Share) -> None:
    def attempts(mine: Operations) -> Iterator[Attempt]:
        for place, token in enumerate(ODD_TOKENS):
            headers = made_up(mine.api, mine.api.credentials.present(token.encode().decode("latin-1")))
            how = f"with the token {shorten(ascii(token), 30)}"
            for operation in mine.select(place, share):
                yield mine.rejected_attempt(operation, headers, how)

    _assert_no_access(operations, attempts)


@requirement("AUTH-INVALID")
@needs("AUTH-REQUIRED")
def test_operations_refuse_invalid_credentials(operations: Operations, share: Share) -> None:
    for operation, what, send in operations.each([*invalid_credentials(operations.api)], share):
        operations.api.trace.next_attempt()
        response = send()
        _assert_unauthorized(operation, response, f"with {what}")


@requirement("AUTH-INVALID")
@needs("AUTH-REQUIRED")
def test_invalid_credentials_are_refused_after_a_transition(operations: Operations) -> None:
    case, present = operations.case, operations.api.credentials.present
    for _, status in operations.api.deployment.workflow.walk(2):
        case.transition(status)
        for operation, response in operations.send(present(str(uuid.uuid4()))):
            _assert_unauthorized(operation, response, "with a made-up token after a transition")


@requirement("AUTH-INERT")
@needs(*FOUNDATION, "AUTH-REQUIRED", "AUTH-INVALID")
def test_unauthorized_request_changes_nothing(operations: Operations, share: Share) -> None:
    credentials = [("no credentials", {}), *invalid_credentials(operations.api)]
    # One operation after the other, since a refusal of another one may undo the effect.
    for row in operations.requests():
        operations.api.trace.assert_allowance()
        assert_no_effect(
            operations.case, partial(_refusals_of, row[0], credentials, share), gone={"testClosing"}
        )


def _refusals_of(
    operation: str, credentials: Sequence[tuple[str, Headers]], share: Share, case: Case
) -> Iterator[Attempt]:
    mine = Operations(case)
    for name, what, send in mine.each(credentials, share):
        if name == operation:
            yield Attempt(f"the refused {operation} with {what}", partial(_refused, mine, operation, send))


def _refused(operations: Operations, operation: str, send: Callable[[], Exchange]) -> bool:
    """Send the request, and return True if it was refused. AUTH-REQUIRED and AUTH-INVALID demand that it is."""
    response = send()
    made = response.object.get("id") if response.refused and operation == "createCase" else None
    if isinstance(made, str) and made:
        assert_no_case(operations.api, made, "which a refused create returned")
    return response.refused


@requirement("AUTH-INERT")
@needs(*FOUNDATION, "AUTH-REQUIRED", "AUTH-INVALID")
@pytest.mark.parametrize("moves", [1, 2], ids=["moved", "moved twice"])
def test_unauthorized_request_changes_no_moved_case(
    operations: Operations, new_case: NewCase, moves: int
) -> None:
    walk = list(operations.api.deployment.workflow.walk(moves + 1))
    if len(walk) <= moves:
        return

    def attempts(case: Case) -> Iterator[Attempt]:
        mine = Operations(case, walk[moves][1])
        delete = partial(mine.api.unauthenticated, "DELETE", case_path(case.id), None)
        for what, headers in (("no", {}), ("made-up", mine.api.credentials.present(str(uuid.uuid4())))):
            for operation, _, send in mine.each([("", headers)], share=lambda variants, *_: [*variants]):
                yield refused_attempt(f"the refused {operation} with {what} credentials", send)
            yield refused_attempt(f"the refused DELETE with {what} credentials", partial(delete, headers))

    def another() -> Case:
        return new_case().adopt_shown().advance(moves)

    assert_no_effect(operations.case.advance(moves), attempts, another, gone={"testClosing"})


@requirement("AUTH-CHALLENGE")
def test_401_has_a_challenge(operations: Operations) -> None:
    credentials = operations.api.credentials
    if isinstance(credentials, FixedToken) and credentials.scheme is Scheme.COOKIE:
        raise Disabled("HTTP has no challenge for cookie sessions")
    challenged = False
    for headers in ({}, credentials.present("made-up"), {"Authorization": "Basic eDp5"}):
        for operation, response in operations.send(made_up(operations.api, headers)):
            if response.status != UNAUTHORIZED:
                continue
            challenged = True
            challenge = response.headers.get("www-authenticate")
            if not CHALLENGE.match(challenge or ""):
                raise Violation(
                    f"{operation}'s 401 with a WWW-Authenticate that names a scheme",
                    f"401 with {show(challenge)}",
                )
    if not challenged:
        raise Unsupported("no response has status 401")


@requirement("AUTH-NO-ORACLE")
@needs("AUTH-REQUIRED", "AUTH-INVALID")
def test_unauthorized_responses_hide_whether_a_case_exists(operations: Operations) -> None:
    for headers, probed in product(({}, operations.api.credentials.present("made-up")), PROBED):
        operations.api.trace.next_attempt()
        probe = partial(_probe, operations, headers, probed)
        assert_indistinguishable(operations.api, operations.case.id, probe)


def _probe(
    operations: Operations, headers: Headers, probed: str, case_id: str
) -> Iterator[tuple[str, Exchange]]:
    if probed in OTHER_METHODS:
        yield probed, operations.api.unauthenticated(probed, case_path(case_id), None, headers)
    else:
        yield probed, operations.send_one(probed, headers, case_id)
