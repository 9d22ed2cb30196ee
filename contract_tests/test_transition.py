"""Section 4 of the document: POST /case/{id}/transition, where it is carried out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import pytest

from contract_tests.assertions.case import Case, store_unusual
from contract_tests.assertions.identity import assert_identity_kept
from contract_tests.assertions.responses import assert_ok, assert_pinned_response, assert_returned_record
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Unsupported, Violation
from contract_tests.oracle import comparison
from contract_tests.profiles import Scale
from contract_tests.testdata.corpus import STATIC, UNUSUAL

requirement = pytest.mark.requirement


@requirement("TRANSITION-STATUS")
def test_a_move_answers_200_with_json(case: Case) -> None:
    pinned = case.api.deployment.case.update_response
    for _, status in case.api.deployment.workflow.walk(4):
        answer = assert_ok(case.transition(status), f"the transition to {status}")
        assert_pinned_response(answer, "the transition", pinned)


@requirement("TRANSITION-MOVES")
def test_a_move_changes_the_status(case: Case) -> None:
    workflow = case.api.deployment.workflow
    shown = case.status()
    for _, status in workflow.walk(4):
        answer = case.transition(status)
        record = _moved(case, shown, status)
        now = case.status(record)
        told = case.returned_status(answer, record)
        if told != now:
            raise Violation(f"the returned record to show {comparison.show(now)}", comparison.show(told))
        if workflow.contradicts(status, now):
            raise Violation(f"a status that says {status}", comparison.show(now))
        shown = now


def _moved(case: Case, before: Any, status: str) -> Mapping[str, Any]:
    """The record after a move, whose status is no longer `before`."""
    record = case.read()
    now = case.status(record)
    if now is None or now == before:
        raise Violation(f"{status} to change the status {comparison.show(before)}", comparison.show(now))
    return record


@requirement("TRANSITION-CYCLE")
def test_moves_can_be_repeated_without_end(case: Case, scale: Scale) -> None:
    shown = case.status()
    for _, status in case.api.deployment.workflow.walk(scale.moves):
        case.transition(status)
        shown = case.status(_moved(case, shown, status))


@requirement("TRANSITION-DISTINCT")
def test_states_with_a_move_between_them_show_different_statuses(case: Case, scale: Scale) -> None:
    workflow = case.api.deployment.workflow
    names: dict[str, set[Any]] = {}
    for _, status in workflow.walk(scale.moves):
        case.transition(status)
        names.setdefault(status, set()).add(str(case.status()))
    for state, other in workflow.neighbours():
        common = names.get(state, set()) & names.get(other, set())
        if common:
            raise Violation(f"{state} and {other} to show different statuses", f"both show {common}")


@requirement("TRANSITION-ONLY-STATUS")
def test_a_move_leaves_everything_else(case: Case, scale: Scale) -> None:
    first = case.read()
    for _, status in case.api.deployment.workflow.walk(scale.moves):
        _only_status(case, first, case.transition(status))


@requirement("TRANSITION-ONLY-STATUS")
@pytest.mark.parametrize("unusual", UNUSUAL, ids=["texts", "long texts", "shapes", "numbers", "names"])
def test_a_move_leaves_unusual_fields(case: Case, unusual: Mapping[str, Any]) -> None:
    if not store_unusual(case, unusual):
        raise Unsupported("the unusual values are refused")
    first = case.read()
    for _, status in case.api.deployment.workflow.walk(2):
        _only_status(case, first, case.transition(status))


@requirement("TRANSITION-ONLY-STATUS")
def test_a_move_keeps_what_was_updated_since_the_last_one(case: Case) -> None:
    first = case.read()
    for turn, (_, status) in enumerate(case.api.deployment.workflow.walk(4)):
        update = {"testSummary": f"before move {turn}", "testTurn": turn}
        if case.api.update(case.id, update).ok:  # a closed case may refuse it
            case.fields |= update
        case.adopt_shown()
        _only_status(case, first, case.transition(status))


def _only_status(case: Case, first: Mapping[str, Any], answer: Exchange) -> None:
    """By GET, and in an answer that carries the record, all but the status and the workflow is as it was first."""
    assert_returned_record(answer, case.fields)
    assert_identity_kept(case, first.get("createdDate"), case.assert_shows(), answer)


@requirement("TRANSITION-ONLY-STATUS")
def test_a_move_takes_no_other_field_along(case: Case) -> None:
    first = case.read()
    for _, status in case.api.deployment.workflow.walk(2):
        answer = case.api.transition(
            case.id, status, case.workflow_id(), testSummary="smuggled", id=str(uuid.uuid4()),
            createdDate="2001-02-03T04:05:06Z", testLocation={"site": "smuggled"}, testAmount=0,
        )  # fmt: skip
        _only_status(case, first, answer)


# Fields of the client's that are named as what a transition is told, or as what a workflow may set.
OF_A_MOVE: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("reason", "comment", "note", "workflowId"), "the client's"),
    **STATIC,
}


@requirement("TRANSITION-ONLY-STATUS")
def test_a_move_leaves_fields_that_are_named_as_its_own(case: Case) -> None:
    if not case.try_update(OF_A_MOVE):
        raise Unsupported("the fields are refused")
    first = case.read()  # which shows as sent what is the client's here
    case.fields = {name: value for name, value in OF_A_MOVE.items() if first.get(name) == value}
    for _, status in case.api.deployment.workflow.walk(2):
        _only_status(case, first, case.transition(status))
