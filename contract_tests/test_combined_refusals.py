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
from contract_tests.assertions.invalid_credentials import invalid_credentials, with_other_last_character
from contract_tests.assertions.no_effect import Attempt, assert_no_effect, refused_attempt
from contract_tests.assertions.responses import assert_refused
from contract_tests.client.api import JSON, case_path, encode, transition_path
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import Scheme
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle.comparison import show_body
from contract_tests.testdata.corpus import REPLACEMENT
from contract_tests.testdata.ids import INJECTIONS, unknown_id
from contract_tests.testdata.invalid_input import NOT_OBJECTS

requirement = pytest.mark.requirement
pytestmark = [pytest.mark.combined, pytest.mark.needs(*FOUNDATION, "UPDATE-VISIBLE")]

BODIES: Final = 12
INVALID: Final = (
    "the token test", "the token cut by two characters", "the token in the other case",
    "the token as the pattern of a query", "the token under an unknown scheme",
)  # fmt: skip
ONCE_MOVED: Final = ("getCase", "updateCase", "transitionCase")  # those that a state may open to anyone
NEAR: Final = 8  # characters of a workflowId; a shorter one may be similar to another of the case
GONE: Final = ("testClosing", "testHalf")
# Maps the requirement to refuse a request to the requirement that the refused request changes nothing.
NO_CHANGE: Final = dict.fromkeys(
    ("TRANSITION-STATUS-KNOWN", "TRANSITION-WORKFLOW"), "TRANSITION-REFUSED-INERT"
)
# Updates that many servers refuse. Nothing of them may be stored then.
DOUBTFUL: Final[tuple[Mapping[str, Any], ...]] = (
    {"id": 7}, {"createdDate": 5}, {"caseStatus": []}, {"lastWorkflowId": 7}, {"canceled": "perhaps"},
    {"cancelDate": "never"},
)  # fmt: skip


@requirement(
    "UPDATE-VALIDATES", "UPDATE-REFUSED-INERT", "TRANSITION-REFUSED-INERT", "TRANSITION-STATUS-KNOWN",
    "TRANSITION-WORKFLOW", "AUTH-INERT", "AUTH-REQUIRED", "AUTH-INVALID", "GET-SAFE", "UPDATE-ISOLATED",
)  # fmt: skip
@pytest.mark.parametrize("moves", [0, 1], ids=["fresh", "moved"])
def test_refused_requests_change_nothing(new_case: NewCase, moves: int) -> None:
    def another() -> Case:
        return new_case().adopt_shown().advance(moves)

    case = another()
    assert_no_effect(case, partial(_attempts, moves=moves), another, gone=GONE)
    if moves == 0:
        assert_no_effect(case, _doubtful_updates, another, gone=GONE)
        for _, status in case.api.deployment.workflow.walk(1):
            with attributed_to("TRANSITION-REFUSED-INERT"):
                case.transition(status)


def _attempts(case: Case, moves: int) -> Iterator[Attempt]:
    if moves == 0:
        yield from _bodies(case, NOT_OBJECTS[:BODIES])
        yield from _elsewhere(case)
    yield from _unauthorized(case, moves)
    # These come last, right before a write, since the other refusals may undo their effect.
    yield from _wrong_transitions(case) if moves == 0 else _wrong_transitions_once_moved(case, moves)


def _bodies(case: Case, bodies: Sequence[bytes]) -> Iterator[Attempt]:
    for number, body in enumerate(bodies):
        method = ("PUT", "PATCH")[number % 2]
        send = partial(case.api.raw, method, case_path(case.id), body, {"Content-Type": JSON})
        yield _refused(f"{method} of {show_body(body)}", "UPDATE-VALIDATES", send)
    whole = encode(case.api.complete(REPLACEMENT))
    for method in WRITES:
        send = partial(case.api.raw, method, case_path(case.id), whole, {"Content-Type": "text/plain"})
        yield refused_attempt(f"a refused {method} as text/plain", send, "UPDATE-REFUSED-INERT")


def _elsewhere(case: Case) -> Iterator[Attempt]:
    """Yield requests that concern no case. A refusal may undo the last write of any case."""
    yield refused_attempt("a GET of an unknown id", partial(case.api.get, unknown_id()), "UPDATE-ISOLATED")
    transition = partial(case.api.transition, unknown_id(), "NoSuchStatus", str(uuid.uuid4()))
    yield refused_attempt("a transition of an unknown id", transition, "UPDATE-ISOLATED")


def _refused(what: str, broken: str, send: Callable[[], Exchange]) -> Attempt:
    """Return an attempt that must be refused."""

    def attempt() -> bool:
        try:
            return assert_refused(send(), what).refused
        except Violation as violation:
            raise violation.belongs_to(broken) from None

    return Attempt(what, attempt, NO_CHANGE.get(broken, broken))


def _unauthorized(case: Case, moves: int) -> Iterator[Attempt]:
    if case.api.deployment.auth.scheme is Scheme.NONE:
        return
    mine = Operations(case, list(case.api.deployment.workflow.walk(moves + 1))[-1][1])
    made_up = case.api.credentials.present(str(uuid.uuid4()))
    for broken, headers in (("AUTH-REQUIRED", {}), ("AUTH-INVALID", made_up)):
        for operation, _, send in mine.each([("", headers)], share=lambda variants, *_: [*variants]):
            if moves and operation not in ONCE_MOVED:
                continue
            what = f"{operation} with {'no' if broken == 'AUTH-REQUIRED' else 'made-up'} credentials"
            yield _unauthorized_attempt(what, broken, send)
    for what, headers in invalid_credentials(case.api) if moves == 0 else ():
        if what in INVALID:
            send = partial(case.api.unauthenticated, "GET", case_path(case.id), None, headers)
            yield _unauthorized_attempt(f"getCase with {what}", "AUTH-INVALID", send)


def _unauthorized_attempt(what: str, broken: str, send: Callable[[], Exchange]) -> Attempt:
    def attempt() -> bool:
        response = send()
        if not response.unauthorized:
            raise Violation(f"{what} to be refused with 401 or 403", response.summary(), broken)
        return True

    return Attempt(what, attempt, "AUTH-INERT")


def _wrong_transitions(case: Case) -> Iterator[Attempt]:
    own, path = case.usable_workflow_id(case.read()), transition_path(case.id)
    move = case.api.deployment.workflow.first_transition()
    transition = partial(case.api.transition, case.id)
    for status in ("NoSuchStatus", None, ".*", f"{move}' OR '1'='1"):
        send = partial(transition, status, own, testSummary="smuggled")
        yield _refused(f"a transition to {status}", "TRANSITION-STATUS-KNOWN", send)
    for body in (b'{"caseStatus": ', b"[]", b"{}"):
        send = partial(case.api.raw, "POST", path, body, {"Content-Type": JSON})
        what = f"a refused transition with the body {show_body(body)}"
        yield refused_attempt(what, send, "TRANSITION-REFUSED-INERT")
    near = [f"{own[:NEAR]}%", with_other_last_character(own)] if len(own) > NEAR else []
    for workflow_id in (None, str(uuid.uuid4()), *near, *INJECTIONS, "%", "*", case.id):
        if workflow_id == own:
            continue
        send = partial(transition, move, workflow_id, testSummary="smuggled")
        yield _refused(f"{move} with another workflowId", "TRANSITION-WORKFLOW", send)


def _wrong_transitions_once_moved(case: Case, moves: int) -> Iterator[Attempt]:
    """Yield a few wrong transitions: a server may only check those of a new case."""
    own = case.workflow_id()
    move = list(case.api.deployment.workflow.walk(moves + 1))[-1][1]
    send = partial(case.api.transition, case.id, "NoSuchStatus", own)
    yield _refused("a transition to NoSuchStatus, after a transition,", "TRANSITION-STATUS-KNOWN", send)
    for workflow_id in (str(uuid.uuid4()), None):
        send = partial(case.api.transition, case.id, move, workflow_id)
        yield _refused(f"{move} with another workflowId", "TRANSITION-WORKFLOW", send)


def _doubtful_updates(case: Case) -> Iterator[Attempt]:
    for number, doubtful in enumerate(DOUBTFUL):
        method = ("PATCH", "PUT")[number % 2]
        payload = {"testSummary": "half done", **doubtful, "testHalf": "done"}
        send = partial(WRITES[method], case, payload)
        yield refused_attempt(f"a refused {method} of {doubtful}", send, "UPDATE-REFUSED-INERT")
