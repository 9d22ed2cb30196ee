"""Case APIs section 4: transitions that must be refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import Case, NewCase
from contract_tests.assertions.identity import assert_no_case
from contract_tests.assertions.invalid_credentials import with_other_last_character
from contract_tests.assertions.no_effect import Attempt, assert_no_effect, refused_attempt
from contract_tests.assertions.responses import assert_refused
from contract_tests.client.api import JSON, CaseApi, transition_path
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import IdFormat
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.profiles import Share
from contract_tests.testdata.alternation import alternating
from contract_tests.testdata.ids import (
    INJECTIONS,
    OPERATORS,
    leading_number,
    near_ids,
    odd_ids,
    pattern_ids,
    unknown_id,
    unknown_like,
)

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = needs(*FOUNDATION, "UPDATE-VISIBLE")

NOT_FOUND: Final = 404
LONG_ID: Final = 8  # from this length on, similar ids never belong to workflows of one case

# A server may check a transition with a reason, but not one without.
REASONS: Final[tuple[Mapping[str, Any], ...]] = ({"reason": "Contract test"}, {})


def _wrong_workflow_ids(case: Case, other: Case, seen: Sequence[str]) -> list[Any]:
    """Return ids that belong to no workflow of the case, which had the ids in `seen` before.

    A case may be in several workflows, such as "1" and "10", so short ids get no similar ones.
    """
    own = seen[-1]
    long = len(own) >= LONG_ID
    near = [own[:-1], own + "0", own[1:], with_other_last_character(own), own[:8] + "%"] if long else []
    more = [own + own, own[:8] + "*"] if long else []
    candidates = [
        other.workflow_id(),
        "",
        str(uuid.uuid4()),
        *near,
        *INJECTIONS,
        "%",
        case.id,
        *more,
        "*",
        "null",
    ]
    candidates += [
        "undefined",
        "current",
        "default",
        "latest",
        "last",
        "00000000-0000-0000-0000-000000000000",
    ]
    texts = [candidate for candidate in candidates if candidate not in seen]
    odd: list[Any] = [None, {"id": own}, OPERATORS[0], [], leading_number(own), {}, True, *OPERATORS[1:]]
    odd += [{"$exists": True}, {"$in": [own]}]
    return [*alternating(texts, odd)]


@requirement("TRANSITION-WORKFLOW")
def test_foreign_workflow_ids_are_refused(case: Case, new_case: NewCase, share: Share) -> None:
    other = new_case()
    seen: list[str] = []
    walk = list(case.api.deployment.workflow.walk(3))
    for place, (_, status) in enumerate(walk):
        before = case.read()
        seen.append(case.usable_workflow_id(before))
        named = [{"workflowId": workflow_id} for workflow_id in _wrong_workflow_ids(case, other, seen)]
        attempts = [*product([{}, *named], REASONS)]
        if case.api.trace.is_limited:
            attempts.sort(key=lambda attempt: not attempt[1])  # first those with a reason
        else:
            attempts = [*share(attempts, place, len(walk))]
        for workflow, reason in attempts:
            case.api.trace.next_attempt()
            response = case.api.call(
                "POST", transition_path(case.id), {"caseStatus": status, **workflow, **reason}
            )
            what = (
                f"the workflowId {comparison.show(workflow['workflowId'])}" if workflow else "no workflowId"
            )
            assert_refused(response, f"{status} with {what}{'' if reason else ' and no reason'}")
        if case.status() != case.status(before):
            shown = comparison.show(case.status())
            raise Violation("the refused transitions to keep the status", shown, "TRANSITION-REFUSED-INERT")
        case.transition(status)


UNKNOWN_STATUSES: Final[tuple[Any, ...]] = (
    "NoSuchStatus", "", None, "constructor", "0", "1",
    " ", 0, 1, True, [], {}, "null", "undefined", "toString", "__proto__",
    "hasOwnProperty", "__class__", "*", "%", "Close;Reopen", "Close,Reopen", "delete", "Deleted",
    "2", "3", "-1", "true", "None", "any", "next", "Archive", "Pending",
)  # fmt: skip

FIRST_STATUSES: Final = 6  # of them that no workflow has as a name


def _refusals(case: Case, move: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Yield transition bodies that must be refused because of their caseStatus."""
    current = {"workflowId": case.workflow_id(), "reason": "unknown status"}
    known = case.api.deployment.workflow.statuses()
    yield "a transition without caseStatus", current
    for status in UNKNOWN_STATUSES[:FIRST_STATUSES]:
        yield f"the caseStatus {comparison.show(status)}", {"caseStatus": status, **current}
    # A validator may take an array with one item as this item.
    yield "several statuses", {"caseStatus": [move, "NoSuchStatus"], **current}
    yield "a caseStatus in an object", {"caseStatus": {"name": move}, **current}
    for status in (
        move[:-1],
        f"{move}t",
        f"{move} now",
        f"{move[:-1]}%",
        f"{move}' OR '1'='1",
        f"Do not {move}",
        *INJECTIONS,
    ):
        yield f"the caseStatus {status}", {"caseStatus": status, **current}
    for operator in (*OPERATORS, {"$in": [move]}):
        yield f"the caseStatus {comparison.show(operator)}", {"caseStatus": operator, **current}
    for status in UNKNOWN_STATUSES[FIRST_STATUSES:]:
        if status not in known:
            yield f"the caseStatus {comparison.show(status)}", {"caseStatus": status, **current}
    yield "an empty transition", {}


@requirement("TRANSITION-STATUS-KNOWN")
def test_unknown_statuses_are_refused(case: Case, share: Share) -> None:
    walk = list(case.api.deployment.workflow.walk(3))
    for place, (_, move) in enumerate(walk):
        refusals = [*_refusals(case, move)]
        if not case.api.trace.is_limited:
            refusals = [*share(refusals, place, len(walk))]
        for what, body in refusals:
            case.api.trace.next_attempt()
            assert_refused(case.api.call("POST", transition_path(case.id), body), what)
        case.transition(move)


@requirement("TRANSITION-ILLEGAL")
@needs("TRANSITION-STATUS", "TRANSITION-CYCLE", "TRANSITION-MOVES", "TRANSITION-REFUSED-INERT")
def test_illegal_transitions_are_refused(case: Case) -> None:
    workflow = case.api.deployment.workflow
    walk = list(workflow.walk(3))
    for state, move in [*walk, (walk[-1][1], "")]:
        for status in workflow.illegal(state):
            case.api.trace.assert_allowance()
            before = case.snapshot()
            response = case.try_transition(status)
            if not response.refused and not response.ok:
                raise Violation(
                    f"the transition to {status} in the state {state} to be refused", response.summary()
                )
            try:
                case.assert_unchanged(before, accepted=response.ok)
            except Violation as violation:
                expected = (
                    f"the transition to {status} in the state {state} to be refused, or to change nothing"
                )
                raise Violation(expected, violation.actual) from None
        if move:
            case.transition(move)


@requirement("TRANSITION-REFUSED-INERT")
@needs("TRANSITION-STATUS", "TRANSITION-CYCLE", "TRANSITION-MOVES")
@pytest.mark.parametrize("moves", [0, 1], ids=["fresh", "moved"])
def test_refused_transition_changes_nothing(api: CaseApi, new_case: NewCase, moves: int) -> None:
    workflow = api.deployment.workflow
    walk = list(workflow.walk(moves + 1))
    if len(walk) <= moves:
        return
    state, move = walk[moves]
    other = new_case()

    def another() -> Case:
        return new_case().adopt_shown().advance(moves)

    case = another()
    first = case.read()
    sent = {"reason", "workflowId"} - set(first)  # members of a transition that none may store
    assert_no_effect(case, lambda one: _wrong_transitions(one, other, move), another, gone=sent)
    for status in workflow.illegal(state):
        before = case.snapshot()
        if case.try_transition(status).refused:
            case.assert_unchanged(before, gone=sent)
    if case.status() != case.status(first):
        return  # a legal transition would now be refused for another reason
    if case.try_transition(move).refused:
        raise Violation(f"the transition to {move} to be accepted after refused attempts", "it was refused")


def _wrong_transitions(case: Case, other: Case, move: str) -> Iterator[Attempt]:
    """Yield transitions that must be refused because of their status, workflowId or body."""
    own, path = case.usable_workflow_id(case.read()), transition_path(case.id)
    wrong = {str(uuid.uuid4()), other.usable_workflow_id(other.read())} - {own}
    requests: list[tuple[str, Callable[[], Exchange]]] = [
        ("an unknown status", partial(case.api.transition, case.id, "NoSuchStatus", own)),
        ("no status", partial(case.api.transition, case.id, None, own, testSummary="smuggled")),
        ("no workflowId", partial(case.api.call, "POST", path, {"caseStatus": move})),
        ("nothing", partial(case.api.call, "POST", path, {})),
        *(
            (
                f"the body {comparison.show_body(body)}",
                partial(case.api.raw, "POST", path, body, {"Content-Type": JSON}),
            )
            for body in (b'{"caseStatus": ', b"[]")
        ),
        # These come last, right before a write, since the other refusals may undo their effect.
        *(
            ("another workflowId", partial(case.api.transition, case.id, move, one, testSummary="smuggled"))
            for one in (*wrong, None)
        ),
    ]
    for what, send in requests:
        yield refused_attempt(f"a refused transition with {what}", send)


@requirement("TRANSITION-UNKNOWN")
@needs("GET-UNKNOWN", "TRANSITION-WORKFLOW", "CREATE-WORKFLOW")
def test_transition_of_unknown_id_is_refused(api: CaseApi, case: Case) -> None:
    status, workflow_id = case.api.deployment.workflow.first_transition(), case.workflow_id()
    before = case.snapshot()
    well_formed = case.id_format is IdFormat.UUID
    # If any text may be an id, a similar one may be the case of another client.
    plain = [unknown_like(case.id) if well_formed else unknown_id() for _ in range(2)]
    for case_id in (*plain, *near_ids(case.id, case.id_format), *odd_ids(case.id_format), "null"):
        api.trace.next_attempt()
        response = assert_refused(
            api.transition(case_id, status, workflow_id), "a transition of an unknown id"
        )
        if well_formed and case_id in plain and response.status != NOT_FOUND:
            raise Violation("404 for a well-formed id that no case has", response.summary())
        assert_no_case(api, case_id, "which was only in a refused transition")
    for case_id in pattern_ids(case.id):
        api.trace.next_attempt()
        what = f"a transition of the id {comparison.show(case_id)}"
        assert_refused(api.transition(case_id, status, workflow_id), what)
    case.assert_unchanged(before)
