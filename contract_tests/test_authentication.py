"""Sections 1 and 5 of the document, and HTTP: who may call, and how the others are turned away."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Final

import pytest

from contract_tests.assertions.access_control import (
    ODD_TOKENS,
    SUBSTITUTE_HEADERS,
    Headers,
    Operations,
    assert_indistinguishable,
    invalid_credentials,
    path_spellings,
)
from contract_tests.assertions.case import Case, NewCase
from contract_tests.assertions.identity import assert_no_case
from contract_tests.assertions.no_effect import Attempt, Changed, assert_no_effect, refused_attempt
from contract_tests.client.api import JSON, case_path
from contract_tests.client.credentials import FixedToken
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import Scheme
from contract_tests.exceptions import Disabled, Unsupported, Violation, attributed_to
from contract_tests.profiles import Deal
from contract_tests.text import shorten

requirement = pytest.mark.requirement


UNAUTHORIZED: Final = 401
CHALLENGE: Final = re.compile(
    r"\s*[\w!#$%&'*+.^`|~-]+(?:\s|,|$)"
)  # RFC 9110 section 11.3: a scheme comes first


@pytest.fixture
def operations(case: Case) -> Operations:
    """The five operations on an ordinary case."""
    if case.api.deployment.auth.scheme is Scheme.NONE:
        raise Disabled("the deployment asks for no credentials")
    return Operations(case)


def _must_be_unauthorized(operation: str, answer: Exchange, what: str) -> None:
    if not answer.unauthorized:
        raise Violation(f"{operation} {what} to be refused with 401 or 403", answer.summary())
    if answer.carries_record and "lastWorkflowId" in answer.object:
        raise Violation(f"{operation} {what} to show no case", answer.summary())


@requirement("AUTH-REQUIRED")
def test_without_credentials_every_operation_is_refused(operations: Operations) -> None:
    # In each state of the case: what is open may be guarded while what is closed is not.
    for _, status in [("", ""), *operations.api.deployment.workflow.walk(2)]:
        if status:
            operations.case.transition(status)
        for operation, answer in operations.send({}):
            _must_be_unauthorized(operation, answer, "without credentials")


@requirement("AUTH-REQUIRED")
def test_without_credentials_nothing_is_written_whatever_the_body(operations: Operations) -> None:
    before = operations.case.snapshot()
    writes = (
        ("POST", "/case"),
        ("PUT", case_path(operations.case.id)),
        ("PATCH", case_path(operations.case.id)),
    )
    for (method, path), kind, body in product(writes, (JSON, "text/plain", ""), (b"", b"{}")):
        operations.api.trace.restart()
        answer = operations.api.stranger(method, path, body, {"Content-Type": kind} if kind else {})
        if answer.ok:
            raise Violation(
                f"{method} without credentials to be refused, whatever its body", answer.summary()
            )
    with attributed_to("AUTH-INERT"):
        operations.case.assert_unchanged(before)


def _must_get_nowhere(operations: Operations, attempts: Callable[[Operations], Iterator[Attempt]]) -> None:
    """Neither to read nor to write a case; a refused request that writes all the same is no matter of who gets in."""
    own = operations.api.credentials.present(operations.api.credentials.token()).items()
    try:
        assert_no_effect(operations.case, lambda case: attempts(Operations(case)))
    except Changed as change:
        theirs = [one for one in operations.api.trace if not own <= one.request_headers.items()]
        if all(one.refused for one in theirs):
            change.requirement = "AUTH-INERT"
        raise


@requirement("AUTH-REQUIRED")
def test_no_other_spelling_of_a_path_needs_no_credentials(operations: Operations) -> None:
    # A guard that compares the path, before a router that understands more spellings of it.
    def attempts(mine: Operations) -> Iterator[Attempt]:
        for operation, _, path, _ in mine.rows():
            if operation != "replaceCase":
                for spelling in path_spellings(path):
                    how = f"by {spelling.replace(mine.case.id, '{id}')} without credentials"
                    yield mine.rejected_attempt(operation, {}, how, spelling)

    _must_get_nowhere(operations, attempts)


@requirement("AUTH-REQUIRED")
def test_no_other_header_stands_in_for_credentials(operations: Operations, deal: Deal) -> None:
    def attempts(mine: Operations) -> Iterator[Attempt]:
        for place, (name, value) in enumerate(SUBSTITUTE_HEADERS):
            known = {"path": case_path(mine.case.id), "base": mine.api.session.base_url}
            headers = {name: value.format_map(known)}
            how = f"with {name}: {value} and no credentials"
            for operation in mine.some(place, deal):
                yield mine.rejected_attempt(operation, headers, how)

    _must_get_nowhere(operations, attempts)


@requirement("AUTH-INVALID")
def test_a_token_that_breaks_its_check_does_not_let_in(operations: Operations, deal: Deal) -> None:
    def attempts(mine: Operations) -> Iterator[Attempt]:
        for place, token in enumerate(ODD_TOKENS):
            headers = mine.api.credentials.present(token.encode().decode("latin-1"))
            how = f"with the token {shorten(ascii(token), 30)}"
            for operation in mine.some(place, deal):
                yield mine.rejected_attempt(operation, headers, how)

    _must_get_nowhere(operations, attempts)


@requirement("AUTH-INVALID")
def test_with_invalid_credentials_every_operation_is_refused(operations: Operations, deal: Deal) -> None:
    for operation, what, send in operations.each(invalid_credentials(operations.api), deal):
        operations.api.trace.restart()
        answer = send()
        _must_be_unauthorized(operation, answer, f"with {what}")


@requirement("AUTH-INVALID")
def test_nor_once_the_case_has_moved(operations: Operations) -> None:
    case, present = operations.case, operations.api.credentials.present
    for _, status in operations.api.deployment.workflow.walk(2):
        case.transition(status)
        for operation, answer in operations.send(present(str(uuid.uuid4()))):
            _must_be_unauthorized(operation, answer, "with a made-up token once the case has moved")


@requirement("AUTH-INERT")
def test_a_request_refused_for_its_credentials_changes_nothing(operations: Operations, deal: Deal) -> None:
    credentials = [("no credentials", {}), *invalid_credentials(operations.api)]
    # One operation after the other: what one leaves behind, a refusal of another may take away.
    for row in operations.rows():
        assert_no_effect(
            operations.case, partial(_refusals_of, row[0], credentials, deal), gone={"testClosing"}
        )


def _refusals_of(
    operation: str, credentials: Sequence[tuple[str, Headers]], deal: Deal, case: Case
) -> Iterator[Attempt]:
    mine = Operations(case)
    for name, what, send in mine.each(credentials, deal):
        if name == operation:
            yield f"the refused {operation} with {what}", partial(_refused, mine, operation, send)


def _refused(operations: Operations, operation: str, send: Callable[[], Exchange]) -> bool:
    """Whether it was; that it had to be, other rows judge."""
    answer = send()
    made = answer.object.get("id") if answer.refused and operation == "createCase" else None
    if isinstance(made, str) and made:
        assert_no_case(operations.api, made, "which a refused create answered")
    return answer.refused


@requirement("AUTH-INERT")
@pytest.mark.parametrize("moves", [1, 2], ids=["moved", "moved twice"])
def test_nor_does_it_once_the_case_has_moved(operations: Operations, new_case: NewCase, moves: int) -> None:
    walk = list(operations.api.deployment.workflow.walk(moves + 1))
    if len(walk) <= moves:
        return

    def attempts(case: Case) -> Iterator[Attempt]:
        mine = Operations(case, walk[moves][1])
        delete = partial(mine.api.unauthenticated, "DELETE", case_path(case.id), None)
        for what, headers in (("no", {}), ("made-up", mine.api.credentials.present(str(uuid.uuid4())))):
            for operation, _, send in mine.each([("", headers)], deal=lambda ways, *_: [*ways]):
                yield refused_attempt(f"the refused {operation} with {what} credentials", send)
            yield refused_attempt(f"the refused DELETE with {what} credentials", partial(delete, headers))

    def another() -> Case:
        return new_case().adopt_shown().advance(moves)

    assert_no_effect(operations.case.advance(moves), attempts, another, gone={"testClosing"})


@requirement("AUTH-CHALLENGE")
def test_a_401_says_how_to_authenticate(operations: Operations) -> None:
    credentials = operations.api.credentials
    if isinstance(credentials, FixedToken) and credentials.scheme is Scheme.COOKIE:
        raise Disabled("HTTP has no challenge for cookie sessions")
    challenged = False
    for headers in ({}, credentials.present("made-up"), {"Authorization": "Basic eDp5"}):
        for operation, answer in operations.send(headers):
            if answer.status != UNAUTHORIZED:
                continue
            challenged = True
            challenge = answer.headers.get("www-authenticate")
            if not CHALLENGE.match(challenge or ""):
                raise Violation(
                    f"{operation}'s 401 with a WWW-Authenticate that names a scheme",
                    f"401 with {challenge!r}",
                )
    if not challenged:
        raise Unsupported("nothing is answered 401")


@requirement("AUTH-NO-ORACLE")
def test_without_credentials_known_and_unknown_ids_look_alike(operations: Operations) -> None:
    for headers in ({}, operations.api.credentials.present("made-up")):
        assert_indistinguishable(operations.api, operations.case.id, partial(_asked, operations, headers))


def _asked(operations: Operations, headers: Headers, case_id: str) -> Iterator[tuple[str, Exchange]]:
    yield from operations.send(headers, case_id)
    for method in ("HEAD", "DELETE"):
        yield method, operations.api.unauthenticated(method, case_path(case_id), None, headers)
