"""Sections 1 and 5 of the document, and HTTP: who may call, and how the others are turned away."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise, product
from typing import Any, Final

import pytest

from contract_tests.api import JSON, case_path, transition_path
from contract_tests.credentials import FixedToken
from contract_tests.deployment import Scheme
from contract_tests.exchange import Exchange
from contract_tests.identity import must_not_exist
from contract_tests.inert import Attempt, Attempts, must_change_nothing
from contract_tests.payloads import REPLACEMENT
from contract_tests.scale import Deal
from contract_tests.shortening import shorten
from contract_tests.steps import Case
from contract_tests.strangers import (
    ODD_TOKENS,
    STAND_INS,
    Headers,
    invalid_credentials,
    must_look_alike,
    spellings,
)
from contract_tests.verdicts import About, Disabled, Unsupported, Violation

requirement = pytest.mark.requirement


UNAUTHORIZED: Final = 401
CHALLENGE: Final = re.compile(
    r"\s*[\w!#$%&'*+.^`|~-]+(?:\s|,|$)"
)  # RFC 9110 section 11.3: a scheme comes first


class Operations:
    """The five operations on one case, sent with other credentials than the run's."""

    def __init__(self, case: Case, move: str | None = None) -> None:
        self.case = case
        self.api = case.api
        move = move or self.api.deployment.workflow.first_move()
        self._transition = {"caseStatus": move, "workflowId": case.workflow_id(), "reason": "unauthorized"}

    def rows(self, case_id: str | None = None) -> Iterator[tuple[str, str, str, Any]]:
        """(operation, method, path, payload), valid but for the credentials; on another id if one is given."""
        path, move = case_path(case_id or self.case.id), transition_path(case_id or self.case.id)
        whole = self.api.complete(REPLACEMENT)
        yield "createCase", "POST", "/case", whole
        yield "getCase", "GET", path, None
        yield "replaceCase", "PUT", path, whole
        yield "updateCase", "PATCH", path, {"testSummary": "changed by a stranger"}
        yield "transitionCase", "POST", move, self._transition

    def send(self, headers: Headers, case_id: str | None = None) -> Iterator[tuple[str, Exchange]]:
        for row in self.rows(case_id):
            self.api.session.new_story()
            yield row[0], self._send(row, headers)

    def send_all(self, headers: Headers) -> None:
        """The same as one story."""
        for row in self.rows():
            self._send(row, headers)

    def each(
        self, credentials: Iterable[tuple[str, Headers]], deal: Deal
    ) -> Iterator[tuple[str, str, Callable[[], Exchange]]]:
        """Each operation with those of the credentials that fall to it: (operation, credentials, how to send it)."""
        credentials, rows = list(credentials), list(self.rows())
        for place, row in enumerate(rows):
            for what, headers in deal(credentials, place, len(rows)):
                yield row[0], what, partial(self._send, row, headers)

    def _send(self, row: tuple[str, str, str, Any], headers: Headers) -> Exchange:
        _, method, path, payload = row
        return self.api.unauthenticated(method, path, payload, headers)


@pytest.fixture
def operations(case: Case) -> Operations:
    """The five operations on an ordinary case."""
    if case.api.deployment.auth.scheme is Scheme.NONE:
        raise Disabled("the deployment asks for no credentials")
    return Operations(case)


def _must_be_unauthorized(operation: str, answer: Exchange, what: str) -> None:
    if not answer.unauthorized:
        raise Violation(f"{operation} {what} to be refused with 401 or 403", answer.summary())


@requirement("AUTH-REQUIRED")
def test_without_credentials_every_operation_is_refused(operations: Operations) -> None:
    # In each state of the case: what is open may be guarded while what is closed is not.
    for _, status in [("", ""), *operations.api.deployment.workflow.walk(2)]:
        if status:
            operations.case.move(status)
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
        operations.api.session.new_story()
        answer = operations.api.stranger(method, path, body, {"Content-Type": kind} if kind else {})
        if answer.ok:
            raise Violation(
                f"{method} without credentials to be refused, whatever its body", answer.summary()
            )
    with About("AUTH-INERT"):
        operations.case.unchanged_since(before)


def _must_get_nowhere(case: Case, attempts: Attempts) -> None:
    """No attempt may change the case; one that is refused and changes it all the same is no matter of who gets in."""
    try:
        must_change_nothing(case, attempts)
    except Violation as violation:
        patches = [one for one in case.api.session.trace if one.method == "PATCH"]
        if patches and all(one.refused for one in patches):
            violation.requirement = "AUTH-INERT"
        raise


def _gets_nowhere(case: Case, path: str, headers: Headers, what: str) -> Attempt:
    """Without credentials, neither to read nor to write the case, in whatever way the request is turned away."""

    def attempt() -> bool:
        answer = case.api.unauthenticated("GET", path, None, headers)
        if answer.ok and answer.object.get("id") == case.id:
            raise Violation(f"a GET {what} not to show the case", answer.summary())
        case.api.unauthenticated("PATCH", path, {"testSummary": "changed by a stranger"}, headers)
        return True

    return f"a PATCH {what}", attempt


@requirement("AUTH-REQUIRED")
def test_no_other_spelling_of_a_path_needs_no_credentials(operations: Operations) -> None:
    # A guard that compares the path, before a router that understands more spellings of it.
    def attempts(case: Case) -> Iterator[Attempt]:
        path = case_path(case.id)
        for spelling in spellings(path):
            what = f"of {spelling.replace(case.id, '{id}')} without credentials"
            yield _gets_nowhere(case, spelling, {}, what)

    _must_get_nowhere(operations.case, attempts)


@requirement("AUTH-REQUIRED")
def test_no_other_header_stands_in_for_credentials(operations: Operations) -> None:
    def attempts(case: Case) -> Iterator[Attempt]:
        path = case_path(case.id)
        for name, value in STAND_INS:
            what = f"with {name}: {value or path} and no credentials"
            yield _gets_nowhere(case, path, {name: value or path}, what)

    _must_get_nowhere(operations.case, attempts)


@requirement("AUTH-INVALID")
def test_a_token_that_breaks_its_check_does_not_let_in(operations: Operations) -> None:
    def attempts(case: Case) -> Iterator[Attempt]:
        for token in ODD_TOKENS:
            headers = operations.api.credentials.present(token.encode().decode("latin-1"))
            what = f"with the token {shorten(ascii(token), 30)}"
            yield _gets_nowhere(case, case_path(case.id), headers, what)

    _must_get_nowhere(operations.case, attempts)


@requirement("AUTH-INVALID")
def test_with_invalid_credentials_every_operation_is_refused(operations: Operations, deal: Deal) -> None:
    for operation, what, send in operations.each(invalid_credentials(operations.api), deal):
        operations.api.session.new_story()
        answer = send()
        _must_be_unauthorized(operation, answer, f"with {what}")


@requirement("AUTH-INVALID")
def test_nor_once_the_case_has_moved(operations: Operations) -> None:
    case, present = operations.case, operations.api.credentials.present
    for _, status in operations.api.deployment.workflow.walk(2):
        case.move(status)
        for operation, answer in operations.send(present(str(uuid.uuid4()))):
            _must_be_unauthorized(operation, answer, "with a made-up token once the case has moved")


@requirement("AUTH-INERT")
def test_a_request_refused_for_its_credentials_changes_nothing(operations: Operations, deal: Deal) -> None:
    credentials = [("no credentials", {}), *invalid_credentials(operations.api)]

    def attempts(case: Case) -> Iterator[Attempt]:
        mine = Operations(case)
        for operation, what, send in mine.each(credentials, deal):
            yield f"the refused {operation} with {what}", partial(_refused, mine, operation, send)

    must_change_nothing(operations.case, attempts, gone={"testClosing"})


def _refused(operations: Operations, operation: str, send: Callable[[], Exchange]) -> bool:
    """Whether it was; that it had to be, other rows judge."""
    answer = send()
    made = answer.object.get("id") if answer.refused and operation == "createCase" else None
    if isinstance(made, str) and made:
        must_not_exist(operations.api, made, "which a refused create answered")
    return answer.refused


@requirement("AUTH-INERT")
def test_nor_does_it_once_the_case_has_moved(operations: Operations) -> None:
    case = operations.case
    walk = list(case.api.deployment.workflow.walk(3))
    for (_, status), (_, following) in pairwise(walk):
        case.move(status)
        strangers = Operations(case, following)
        before = case.snapshot()
        for headers in ({}, case.api.credentials.present(str(uuid.uuid4()))):
            case.api.session.new_story()
            strangers.send_all(headers)
            case.api.unauthenticated("DELETE", case_path(case.id), None, headers)
            case.unchanged_since(before, gone={"testClosing"})


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
        must_look_alike(operations.api, operations.case.id, partial(_asked, operations, headers))


def _asked(operations: Operations, headers: Headers, case_id: str) -> Iterator[tuple[str, Exchange]]:
    yield from operations.send(headers, case_id)
    for method in ("HEAD", "DELETE"):
        yield method, operations.api.unauthenticated(method, case_path(case_id), None, headers)
