"""Section 4 of the document: POST /case/{id}/transition."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, Final

import pytest

from contract_tests import model
from contract_tests.api import JSON, CaseApi, transition_path
from contract_tests.deployment import IdFormat, UpdateResponse
from contract_tests.exchange import Exchange
from contract_tests.ids import near_ids, odd_ids, unknown_id, unknown_like
from contract_tests.payloads import STATIC, UNUSUAL
from contract_tests.scale import Deal, Scale
from contract_tests.steps import (
    Case,
    keep_unusual,
    must_be_ok,
    must_be_refused,
    must_keep_identity,
    must_not_exist,
    must_show_if_record,
)
from contract_tests.strangers import another_end
from contract_tests.verdicts import Unsupported, Violation

requirement = pytest.mark.requirement

NewCase = Callable[..., Case]
NOT_FOUND: Final = 404
LONG_ID: Final = 8  # characters from which on no two ids that are near each other name workflows of one case


@requirement("TRANSITION-STATUS")
def test_a_move_answers_200_with_json(case: Case) -> None:
    pinned = case.api.deployment.case.update_response
    for _, status in case.api.deployment.workflow.walk(4):
        answer = must_be_ok(case.move(status), f"the transition to {status}")
        if pinned is UpdateResponse.RECORD and not answer.carries_record:
            raise Violation("the transition to answer with the record", answer.summary())
        if pinned is UpdateResponse.STATUS and answer.carries_record:
            raise Violation("the transition to answer with a status object", answer.summary())


@requirement("TRANSITION-MOVES")
def test_a_move_changes_the_status(case: Case) -> None:
    workflow = case.api.deployment.workflow
    shown = case.status()
    for _, status in workflow.walk(4):
        answer = case.move(status)
        record = _moved(case, shown, status)
        now = case.status(record)
        told = case.told_status(answer, record)
        if told != now:
            raise Violation(f"the returned record to show {model.show(now)}", model.show(told))
        if workflow.contradicts(status, now):
            raise Violation(f"a status that says {status}", model.show(now))
        shown = now


def _moved(case: Case, before: Any, status: str) -> Mapping[str, Any]:
    """The record after a move, whose status is no longer `before`."""
    record = case.read()
    now = case.status(record)
    if now is None or now == before:
        raise Violation(f"{status} to change the status {model.show(before)}", model.show(now))
    return record


@requirement("TRANSITION-CYCLE")
def test_moves_can_be_repeated_without_end(case: Case, scale: Scale) -> None:
    shown = case.status()
    for _, status in case.api.deployment.workflow.walk(scale.moves):
        case.move(status)
        shown = case.status(_moved(case, shown, status))


@requirement("TRANSITION-DISTINCT")
def test_states_with_a_move_between_them_show_different_statuses(case: Case, scale: Scale) -> None:
    workflow = case.api.deployment.workflow
    names: dict[str, set[Any]] = {}
    for _, status in workflow.walk(scale.moves):
        case.move(status)
        names.setdefault(status, set()).add(str(case.status()))
    for state, other in workflow.neighbours():
        common = names.get(state, set()) & names.get(other, set())
        if common:
            raise Violation(f"{state} and {other} to show different statuses", f"both show {common}")


@requirement("TRANSITION-ONLY-STATUS")
def test_a_move_leaves_everything_else(case: Case, scale: Scale) -> None:
    first = case.read()
    for _, status in case.api.deployment.workflow.walk(scale.moves):
        _only_status(case, first, case.move(status))


@requirement("TRANSITION-ONLY-STATUS")
@pytest.mark.parametrize("unusual", UNUSUAL, ids=["texts", "long texts", "shapes", "numbers", "names"])
def test_a_move_leaves_unusual_fields(case: Case, unusual: Mapping[str, Any]) -> None:
    if not keep_unusual(case, unusual):
        raise Unsupported("the unusual values are refused")
    first = case.read()
    for _, status in case.api.deployment.workflow.walk(2):
        _only_status(case, first, case.move(status))


@requirement("TRANSITION-ONLY-STATUS")
def test_a_move_keeps_what_was_updated_since_the_last_one(case: Case) -> None:
    first = case.read()
    for turn, (_, status) in enumerate(case.api.deployment.workflow.walk(4)):
        update = {"testSummary": f"before move {turn}", "testTurn": turn}
        if case.api.update(case.id, update).ok:  # a closed case may refuse it
            case.fields |= update
        case.as_shown()
        _only_status(case, first, case.move(status))


def _only_status(case: Case, first: Mapping[str, Any], answer: Exchange) -> None:
    """By GET, and in an answer that carries the record, all but the status and the workflow is as it was first."""
    must_show_if_record(answer, case.fields)
    must_keep_identity(case, first.get("createdDate"), case.shows(), answer)


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
    if not case.may_update(OF_A_MOVE):
        raise Unsupported("the fields are refused")
    first = case.read()  # which shows as sent what is the client's here
    case.fields = {name: value for name, value in OF_A_MOVE.items() if first.get(name) == value}
    for _, status in case.api.deployment.workflow.walk(2):
        _only_status(case, first, case.move(status))


# What is checked with a reason may be forgotten without one.
REASONS: Final[tuple[Mapping[str, Any], ...]] = ({"reason": "Contract test"}, {})


def _wrong_workflow_ids(case: Case, other: Case, seen: Sequence[str]) -> list[Any]:
    """Ids of no workflow of the case: none that it was `seen` with, and where ids are short, none near them.

    A case may be in several workflows, and in "1" as well as in "10".
    """
    own = seen[-1]
    near = (
        [own[:-1], another_end(own), own[1:], own + "0", own + own, own[:8] + "%", own[:8] + "*"]
        if len(own) >= LONG_ID
        else []
    )
    candidates = [str(uuid.uuid4()), other.workflow_id(), case.id, *near, "*", "%", "", "null", "undefined"]
    candidates += ["current", "default", "latest", "last", "00000000-0000-0000-0000-000000000000"]
    return [
        *(candidate for candidate in candidates if candidate not in seen),
        *(None, 0, [], {}, True, [own], {"id": own}),
    ]


@requirement("TRANSITION-WORKFLOW")
def test_a_workflow_id_that_is_not_the_cases_is_refused(case: Case, new_case: NewCase, deal: Deal) -> None:
    other = new_case()
    seen: list[str] = []
    walk = list(case.api.deployment.workflow.walk(3))
    for turn, (_, status) in enumerate(walk):
        before = case.read()
        if not isinstance(before.get("lastWorkflowId"), str):
            raise Violation("lastWorkflowId to be a text", model.show(before.get("lastWorkflowId")))
        seen.append(before["lastWorkflowId"])
        named = [{"workflowId": workflow_id} for workflow_id in _wrong_workflow_ids(case, other, seen)]
        for workflow, reason in deal(product([{}, *named], REASONS), turn, len(walk)):
            case.api.session.new_story()
            answer = case.api.call(
                "POST", transition_path(case.id), {"caseStatus": status, **workflow, **reason}
            )
            what = f"the workflowId {model.show(workflow['workflowId'])}" if workflow else "no workflowId"
            must_be_refused(answer, f"{status} with {what}{'' if reason else ' and no reason'}")
        if case.status() != case.status(before):
            raise Violation("the refused transitions to leave the status", model.show(case.status()))
        case.move(status)


UNKNOWN_STATUSES: Final[tuple[Any, ...]] = (
    "NoSuchStatus", "", " ", None, 0, 1, True, [], {}, "null", "undefined", "constructor", "toString", "__proto__",
    "hasOwnProperty", "__class__", "Closet", "Clos", "*", "%", "Close;Reopen", "Close,Reopen", "delete", "Deleted",
    "0", "1", "2", "3", "-1", "true", "None", "any", "next", "Archive", "Pending",
)  # fmt: skip


def _refusals(case: Case, move: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Transition bodies that must be refused for their caseStatus."""
    current = {"workflowId": case.workflow_id(), "reason": "unknown status"}
    known = case.api.deployment.workflow.statuses()
    for status in UNKNOWN_STATUSES:
        if status not in known:
            yield f"the caseStatus {model.show(status)}", {"caseStatus": status, **current}
    for status in (f"{move} now", f"Do not {move}"):
        yield f"the caseStatus {status}", {"caseStatus": status, **current}
    yield "a caseStatus in an array", {"caseStatus": [move], **current}
    yield "a caseStatus in an object", {"caseStatus": {"name": move}, **current}
    yield "a transition without caseStatus", current
    yield "an empty transition", {}


@requirement("TRANSITION-STATUS-KNOWN")
def test_an_unknown_status_is_refused(case: Case, deal: Deal) -> None:
    walk = list(case.api.deployment.workflow.walk(3))
    for turn, (_, move) in enumerate(walk):
        for what, body in deal(_refusals(case, move), turn, len(walk)):
            case.api.session.new_story()
            must_be_refused(case.api.call("POST", transition_path(case.id), body), what)
        case.move(move)


@requirement("TRANSITION-ILLEGAL")
def test_a_move_that_the_workflow_does_not_allow_is_refused(case: Case) -> None:
    workflow = case.api.deployment.workflow
    walk = list(workflow.walk(3))
    for state, move in [*walk, (walk[-1][1], "")]:
        for status in workflow.illegal(state):
            before = case.snapshot()
            answer = case.try_move(status)
            if not answer.refused and not answer.ok:
                raise Violation(f"{status} on a case in {state} to be refused", answer.summary())
            try:
                case.unchanged_since(before, accepted=answer.ok)
            except Violation as violation:
                raise Violation(
                    f"{status} on a case in {state} to be refused, or to change nothing", violation.actual
                ) from None
        if move:
            case.move(move)


@requirement("TRANSITION-REFUSED-INERT")
def test_a_refused_transition_changes_nothing(case: Case, new_case: NewCase) -> None:
    other = new_case()
    workflow = case.api.deployment.workflow
    for state, move in workflow.walk(2):
        before = start = case.snapshot()
        told = {"reason", "workflowId"} - set(case.read())  # of an attempt, and to be stored by none
        send, path = case.api.call, transition_path(case.id)
        wrong = {str(uuid.uuid4()), other.workflow_id()} - {before.workflow_id}
        attempts: list[Callable[[], Exchange]] = [
            partial(case.api.transition, case.id, "NoSuchStatus", before.workflow_id),
            partial(case.api.transition, case.id, None, before.workflow_id, testSummary="smuggled"),
            *(partial(case.api.transition, case.id, move, workflow_id) for workflow_id in (*wrong, None)),
            partial(send, "POST", path, {"caseStatus": move}),
            partial(send, "POST", path, {}),
            partial(case.api.raw, "POST", path, b'{"caseStatus": ', {"Content-Type": JSON}),
            partial(case.api.raw, "POST", path, b"[]", {"Content-Type": JSON}),
            *(partial(case.try_move, status) for status in workflow.illegal(state)),
        ]
        for attempt in attempts:
            case.api.session.new_story()
            if attempt().refused:
                case.unchanged_since(before, gone=told)
            else:
                before = case.snapshot()  # whether it had to be refused, other rows judge
        if case.status() != start.status:
            return  # what comes next would not be refused for what it is
        if case.try_move(move).refused:
            raise Violation(f"{move} to be accepted after refused attempts", "it was refused")


@requirement("TRANSITION-UNKNOWN")
def test_a_transition_of_an_unknown_id_is_refused_and_creates_nothing(api: CaseApi, case: Case) -> None:
    status, workflow_id = case.api.deployment.workflow.first_move(), case.workflow_id()
    before = case.snapshot()
    well_formed = case.id_format is IdFormat.UUID
    # Where any text is an id, one like the case's may be another client's case.
    plain = [unknown_like(case.id) if well_formed else unknown_id() for _ in range(2)]
    for case_id in (*plain, *near_ids(case.id, case.id_format), *odd_ids(case.id_format), "null"):
        api.session.new_story()
        answer = must_be_refused(
            api.transition(case_id, status, workflow_id), "a transition of an unknown id"
        )
        if well_formed and case_id in plain and answer.status != NOT_FOUND:
            raise Violation("404 for a well-formed id that no case has", answer.summary())
        must_not_exist(api, case_id, "which only a refused transition named")
    case.unchanged_since(before)
