"""Faults of transitions that must be refused: what passes for right, and what a refusal does all the same.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import swallowed
from mock_server.faults.call import (
    CASES,
    CREATE,
    CREATED,
    FIRST_REFUSAL,
    GET,
    MOVE,
    NOT_FOUND,
    OK,
    Call,
    Memory,
    at,
    details,
    every,
    record_of,
    refusal,
    remember,
    says,
    showing,
)
from mock_server.faults.fault import row
from mock_server.faults.moves import given, names_its_workflow, wanted
from mock_server.faults.value_changes import set_field

CONFLICT = 409
KNOWN = ("Close", "Reopen")
OF_A_MOVE = frozenset({"caseStatus", "workflowId", "reason"})
OF_EVERY_OBJECT = frozenset({"constructor", "toString", "hasOwnProperty", "__proto__"})


def _own(one: Call) -> str:
    return str(one.record().get("lastWorkflowId", ""))


def _taking(passes: Callable[[Any, Call, Memory], bool]) -> Fault:
    """A workflowId that is not the case's passes for it; the memory holds all that were shown."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        shown = record_of(answer)
        if one.operation in CASES and answer.status < FIRST_REFUSAL and "lastWorkflowId" in shown:
            memory.kept[shown["lastWorkflowId"]] = True
        if one.operation not in MOVE or answer.status < FIRST_REFUSAL or one.payload is None:
            return answer
        if not passes(one.payload.get("workflowId"), one, memory):
            return answer
        return one.storing(one.payload | {"workflowId": _own(one)})

    return every(step)


def _reading_status(read: Callable[[Any], Any]) -> Fault:
    """A caseStatus is read as what `read` makes of it, unless that is None."""

    def step(one: Call) -> Response:
        status = None if one.payload is None else read(one.payload.get("caseStatus"))
        return one.on() if status is None else one.storing(given(one) | {"caseStatus": status})

    return at(MOVE, step)


def _ignoring_status(ignored: Callable[[Any], bool]) -> Fault:
    """Certain statuses are answered as if done."""
    return swallowed(MOVE, lambda one, _: ignored(wanted(one)) and names_its_workflow(one))


def _toggles(one: Call) -> Response:
    if "caseStatus" in given(one) or "workflowId" not in given(one):
        return one.on()
    status = "Reopen" if one.record().get("caseStatus") == "Close" else "Close"
    return one.storing(given(one) | {"caseStatus": status})


def _any_text(one: Call, memory: Memory) -> Response:
    """Any text is a status, shown until the next move."""
    unknown = isinstance(wanted(one), str) and wanted(one) not in KNOWN
    if one.operation in MOVE and unknown and names_its_workflow(one):
        memory.kept[one.case_id] = wanted(one)
        return showing(one.ask("GET"), set_field("caseStatus", wanted(one)))
    answer = one.on()
    if one.operation in MOVE and answer.status == OK:
        memory.kept.pop(one.case_id, None)
    shown = one.case_id in memory.kept and one.operation in CASES and answer.status == OK
    return showing(answer, set_field("caseStatus", memory.kept[one.case_id])) if shown else answer


def _forced(move: Callable[[Call], Response]) -> Fault:
    """A move that the workflow does not have ends in `move`."""

    def step(one: Call) -> Response:
        answer = one.on()
        illegal = answer.status == CONFLICT and names_its_workflow(one)
        return move(one) if illegal else answer

    return at(MOVE, step)


def _reopens_unclosed(one: Call) -> Response:
    if wanted(one) != "Reopen" or one.move("Close").status != OK:
        return one.on()
    return one.move("Reopen")


def _refusing(then: Callable[[Call], object]) -> Fault:
    """A refusal does something all the same."""

    def step(one: Call) -> Response:
        answer = one.on()
        if answer.status >= FIRST_REFUSAL and one.welcome:
            then(one)
        return answer

    return at(MOVE, step)


def _stores_the_rest(one: Call) -> None:
    one.ask("PATCH", {name: value for name, value in given(one).items() if name not in OF_A_MOVE})


def _empties_arrays(one: Call) -> None:
    one.ask("PATCH", {name: [] for name, value in details(one.record()).items() if isinstance(value, list)})


def _renewed(one: Call, memory: Memory) -> Response:
    """A refused transition gives the case another lastWorkflowId, which works."""
    renewed = memory.kept.get(one.case_id)
    if one.operation in MOVE and renewed is not None:
        workflow = given(one).get("workflowId")
        answer = (
            one.storing(given(one) | {"workflowId": _own(one)}) if workflow == renewed else refusal(CONFLICT)
        )
    else:
        answer = one.on()
    if one.operation in MOVE and answer.status == OK:
        memory.kept.pop(one.case_id, None)
    elif one.operation in MOVE and one.record():
        memory.kept[one.case_id] = str(uuid4())
    shown = one.case_id in memory.kept and one.operation in CASES and answer.status == OK
    return showing(answer, set_field("lastWorkflowId", memory.kept[one.case_id])) if shown else answer


def _locked(one: Call, memory: Memory) -> Response:
    if one.case_id in memory.kept and one.welcome:
        return refusal(423)
    answer = one.on()
    if answer.status >= FIRST_REFUSAL and one.record():
        memory.kept[one.case_id] = True
    return answer


def _unknown(answer: Response) -> Fault:
    """What a transition of an id that no case has is answered with."""
    return at(MOVE, lambda one: answer if one.welcome and one.on().status == NOT_FOUND else one.on())


def _created(one: Call, memory: Memory) -> Response:
    """A transition of an unknown id is answered 404, and makes the case."""
    if one.operation in GET and one.case_id in memory.kept:
        return showing(one.ask("GET", case_id=memory.kept[one.case_id]), set_field("id", one.case_id))
    answer = one.on()
    if one.operation in MOVE and answer.status == NOT_FOUND:
        made = one.handle(replace(one.request, method="POST", path=f"{one.root}/case", body=b"{}"))
        memory.kept[one.case_id] = record_of(made).get("id", "")
    return answer


def _newest_moved(one: Call, memory: Memory) -> Response:
    answer = one.on()
    if one.operation in CREATE and answer.status == CREATED:
        memory.kept["newest"] = record_of(answer)["id"]
    lost = one.operation in MOVE and answer.status == NOT_FOUND and "newest" in memory.kept
    return one.move(str(wanted(one)), memory.kept["newest"]) if lost else answer


ROWS = (
    # the workflow's id
    row("workflow-ignored", "TRANSITION-WORKFLOW", "moves whatever the workflowId", _taking(lambda *_: True)),
    row("workflow-missing-accepted", "TRANSITION-WORKFLOW", "moves without a workflowId",
        _taking(lambda _, one, __: "workflowId" not in given(one))),
    row("workflow-null-accepted", "TRANSITION-WORKFLOW", "takes null for the present workflowId",
        _taking(lambda workflow, one, _: workflow is None and "workflowId" in given(one))),
    row("workflow-of-another-case", "TRANSITION-WORKFLOW", "takes any workflowId that some case has",
        _taking(lambda workflow, _, memory: isinstance(workflow, str) and workflow in memory.kept)),
    row("workflow-prefix-accepted", "TRANSITION-WORKFLOW", "compares the beginning of a workflowId",
        _taking(lambda workflow, one, _: isinstance(workflow, str) and len(workflow) > 8
                and _own(one).startswith(workflow))),
    row("workflow-tail-ignored", "TRANSITION-WORKFLOW", "reads 36 characters of a workflowId",
        _taking(lambda workflow, one, _: isinstance(workflow, str) and workflow.startswith(_own(one)))),
    row("workflow-end-ignored", "TRANSITION-WORKFLOW", "leaves the last character of a workflowId unread",
        _taking(lambda workflow, one, _: isinstance(workflow, str) and len(workflow) == len(_own(one))
                and workflow[:-1] == _own(one)[:-1])),
    row("workflow-empty-accepted", "TRANSITION-WORKFLOW", "takes an empty workflowId for the present one",
        _taking(lambda workflow, *_: workflow == "")),
    row("workflow-in-an-array", "TRANSITION-WORKFLOW", "takes a workflowId in an array",
        _taking(lambda workflow, one, _: workflow == [_own(one)])),
    row("workflow-is-the-case-id", "TRANSITION-WORKFLOW", "takes the case's id for a workflowId",
        _taking(lambda workflow, one, _: workflow == one.case_id)),
    row("workflow-wildcard", "TRANSITION-WORKFLOW", "takes * for any workflowId",
        _taking(lambda workflow, *_: workflow == "*")),
    row("workflow-ignored-on-reopen", "TRANSITION-WORKFLOW", "reopens whatever the workflowId",
        _taking(lambda _, one, __: wanted(one) == "Reopen")),
    # statuses that are none
    row("status-unknown-ignored", "TRANSITION-STATUS-KNOWN", "answers 200 to an unknown caseStatus",
        _ignoring_status(lambda s: isinstance(s, str) and s not in KNOWN)),
    row("status-unknown-stored", "TRANSITION-STATUS-KNOWN", "takes any text as a status", every(_any_text)),
    row("status-in-an-array", "TRANSITION-STATUS-KNOWN", "takes a caseStatus in an array",
        _reading_status(lambda s: s[0] if isinstance(s, list) and s else None)),
    row("status-in-an-object", "TRANSITION-STATUS-KNOWN", "takes the name of a caseStatus object",
        _reading_status(lambda s: s.get("name") if isinstance(s, dict) else None)),
    row("status-prefix-accepted", "TRANSITION-STATUS-KNOWN", "takes a caseStatus by its beginning",
        _reading_status(lambda s: "Close" if isinstance(s, str) and len(s) > 3 and "Close".startswith(s) else None)),
    row("status-tail-ignored", "TRANSITION-STATUS-KNOWN", "reads five letters of a caseStatus",
        _reading_status(lambda s: "Close" if isinstance(s, str) and s.startswith("Close") else None)),
    row("status-missing-toggles", "TRANSITION-STATUS-KNOWN", "toggles the status where none is given",
        at(MOVE, _toggles)),
    row("status-null-ignored", "TRANSITION-STATUS-KNOWN", "answers 200 to a caseStatus of null",
        _ignoring_status(lambda s: s is None)),
    row("status-of-every-object", "TRANSITION-STATUS-KNOWN", "looks a caseStatus up among what every object has",
        _ignoring_status(lambda s: isinstance(s, str) and s in OF_EVERY_OBJECT)),
    row("status-empty-ignored", "TRANSITION-STATUS-KNOWN", "answers 200 to an empty caseStatus",
        _ignoring_status(lambda s: s == "")),
    # moves that the workflow does not have
    row("reopen-of-an-open-case", "TRANSITION-ILLEGAL", "reopens a case that was never closed",
        _forced(_reopens_unclosed)),
    row("close-twice-reopens", "TRANSITION-ILLEGAL", "reopens a closed case by Close",
        _forced(lambda one: one.move("Reopen") if wanted(one) == "Close" else one.on())),
    row("illegal-move-redirected", "TRANSITION-ILLEGAL SCHEMA", "answers 303 to a move that is not allowed",
        _forced(lambda _: Response(303, {"location": "/"}))),
    # refusals that do something
    row("refused-move-moves", "TRANSITION-REFUSED-INERT", "refuses an unknown workflowId and moves all the same",
        _refusing(lambda one: one.move(str(wanted(one))) if "workflowId" in given(one) else None)),
    row("refused-move-stores-its-body", "TRANSITION-REFUSED-INERT", "stores the fields of a refused transition",
        _refusing(_stores_the_rest)),
    row("refused-move-clears-arrays", "TRANSITION-REFUSED-INERT", "empties arrays before it refuses",
        _refusing(_empties_arrays)),
    row("refused-move-renews-the-workflow", "TRANSITION-REFUSED-INERT", "gives another lastWorkflowId with a refusal",
        every(_renewed)),
    row("refused-move-locks", "TRANSITION-REFUSED-INERT", "refuses every move after a refused one",
        remember(MOVE, _locked)),
    # ids that no case has
    row("move-of-nobody-answers-200", "TRANSITION-UNKNOWN", "answers 200 to a transition of an unknown id",
        _unknown(says(200, {"status": "ok"}))),
    row("move-of-nobody-answers-409", "TRANSITION-UNKNOWN", "answers 409 to a transition of an unknown id",
        _unknown(refusal(CONFLICT))),
    row("move-of-nobody-creates", "TRANSITION-UNKNOWN", "makes a case of an unknown id by a transition",
        every(_created)),
    row("move-of-nobody-moves-the-newest", "TRANSITION-UNKNOWN", "moves the newest case for an unknown id",
        every(_newest_moved)),
)  # fmt: skip
