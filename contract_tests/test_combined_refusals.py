"""Combined check of refusals: requests of all kinds that must be refused and change nothing, on one case."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import pytest

from contract_tests.assertions.access_control import Operations
from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import WRITES, Case, NewCase
from contract_tests.assertions.no_effect import Attempt, assert_no_effect, refused_attempt
from contract_tests.assertions.responses import assert_refused
from contract_tests.client.api import JSON, case_path, encode, transition_path
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import Scheme
from contract_tests.exceptions import Violation
from contract_tests.oracle.comparison import show_body
from contract_tests.testdata.corpus import NOT_OBJECTS, REPLACEMENT

requirement = pytest.mark.requirement
pytestmark = [pytest.mark.combined, pytest.mark.needs(*FOUNDATION, "UPDATE-VISIBLE")]

BODIES: Final = 12
ONCE_MOVED: Final = ("getCase", "updateCase", "transitionCase")  # those that a state may open to anyone
GONE: Final = ("testClosing", "testHalf")
# Updates that many servers refuse. Nothing of them may be stored then.
DOUBTFUL: Final[tuple[Mapping[str, Any], ...]] = (
    {"id": 7}, {"createdDate": 5}, {"caseStatus": []}, {"lastWorkflowId": 7}, {"canceled": "perhaps"},
    {"cancelDate": "never"},
)  # fmt: skip


@requirement(
    "UPDATE-VALIDATES", "UPDATE-REFUSED-INERT", "TRANSITION-REFUSED-INERT", "TRANSITION-STATUS-KNOWN",
    "TRANSITION-WORKFLOW", "AUTH-INERT", "AUTH-REQUIRED", "AUTH-INVALID",
)  # fmt: skip
@pytest.mark.parametrize("moves", [0, 1], ids=["fresh", "moved"])
def test_refused_requests_change_nothing(new_case: NewCase, moves: int) -> None:
    def another() -> Case:
        return new_case().adopt_shown().advance(moves)

    case = another()
    assert_no_effect(case, partial(_attempts, moves=moves), another, gone=GONE)
    if moves == 0:
        assert_no_effect(case, _doubtful_updates, another, gone=GONE)


def _attempts(case: Case, moves: int) -> Iterator[Attempt]:
    if moves == 0:
        yield from _bodies(case, NOT_OBJECTS[:BODIES])
    yield from _unauthorized(case, moves)
    if moves == 0:
        # These come last, right before a write, since the other refusals may undo their effect.
        yield from _wrong_transitions(case)


def _bodies(case: Case, bodies: Sequence[bytes]) -> Iterator[Attempt]:
    for number, body in enumerate(bodies):
        method = ("PUT", "PATCH")[number % 2]
        send = partial(case.api.raw, method, case_path(case.id), body, {"Content-Type": JSON})
        yield _refused(f"{method} of {show_body(body)}", "UPDATE-VALIDATES", send)
    whole = encode(case.api.complete(REPLACEMENT))
    for method in WRITES:
        send = partial(case.api.raw, method, case_path(case.id), whole, {"Content-Type": "text/plain"})
        yield refused_attempt(f"a refused {method} as text/plain", send)


def _refused(what: str, broken: str, send: Callable[[], Exchange]) -> Attempt:
    """Return an attempt that must be refused."""

    def attempt() -> bool:
        try:
            return assert_refused(send(), what).refused
        except Violation as violation:
            raise violation.belongs_to(broken) from None

    return what, attempt


def _unauthorized(case: Case, moves: int) -> Iterator[Attempt]:
    if case.api.deployment.auth.scheme is Scheme.NONE:
        return
    mine = Operations(case, list(case.api.deployment.workflow.walk(moves + 1))[-1][1])
    made_up = case.api.credentials.present(str(uuid.uuid4()))
    for broken, headers in (("AUTH-REQUIRED", {}), ("AUTH-INVALID", made_up)):
        for operation, _, send in mine.each([("", headers)], share=lambda variants, *_: [*variants]):
            if moves and operation not in ONCE_MOVED:
                continue
            yield _unauthorized_attempt(operation, broken, send)


def _unauthorized_attempt(operation: str, broken: str, send: Callable[[], Exchange]) -> Attempt:
    what = f"{operation} with {'no' if broken == 'AUTH-REQUIRED' else 'made-up'} credentials"

    def attempt() -> bool:
        response = send()
        if not response.unauthorized:
            raise Violation(f"{what} to be refused with 401 or 403", response.summary(), broken)
        return True

    return what, attempt


def _wrong_transitions(case: Case) -> Iterator[Attempt]:
    own, path = case.workflow_id(), transition_path(case.id)
    move = case.api.deployment.workflow.first_transition()
    transition = partial(case.api.transition, case.id)
    for status in ("NoSuchStatus", None):
        send = partial(transition, status, own, testSummary="smuggled")
        yield _refused(f"a transition to {status}", "TRANSITION-STATUS-KNOWN", send)
    for body in (b'{"caseStatus": ', b"[]", b"{}"):
        send = partial(case.api.raw, "POST", path, body, {"Content-Type": JSON})
        yield refused_attempt(f"a refused transition with the body {show_body(body)}", send)
    for workflow_id in (None, str(uuid.uuid4())):
        send = partial(transition, move, workflow_id, testSummary="smuggled")
        yield _refused(f"{move} with another workflowId", "TRANSITION-WORKFLOW", send)


def _doubtful_updates(case: Case) -> Iterator[Attempt]:
    for number, doubtful in enumerate(DOUBTFUL):
        method = ("PATCH", "PUT")[number % 2]
        payload = {"testSummary": "half done", **doubtful, "testHalf": "done"}
        yield refused_attempt(f"a refused {method} of {doubtful}", partial(WRITES[method], case, payload))
