"""Faults of transitions that are accepted: answers, the status afterwards, what a move takes along.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import now_shown, restatus, swallowed
from mock_server.faults.call import (
    CASES,
    FIRST_REFUSAL,
    GET,
    MOVE,
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
    shows,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import at_top, floats, set_field

Details = dict[str, Any]


def given(one: Call) -> dict[str, Any]:
    """The body of a transition; empty where it is none."""
    return one.payload or {}


def wanted(one: Call) -> Any:
    """The status that a transition asks for."""
    return given(one).get("caseStatus")


def names_its_workflow(one: Call) -> bool:
    """Whether a transition names the present workflow of its case."""
    workflow = one.record().get("lastWorkflowId")
    return workflow is not None and given(one).get("workflowId") == workflow


def _shown_status(status: Callable[[int, Any], Any]) -> Fault:
    """What a case shows as status after so many moves; `status` gets their number and the true one."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation in MOVE and answer.status == OK:
            memory.kept[one.case_id] = memory.count(one.case_id)
        moves = memory.kept.get(one.case_id, 0)
        if not moves or one.operation not in CASES or answer.status != OK:
            return answer
        return showing(
            answer, lambda record: record | {"caseStatus": status(moves, record.get("caseStatus"))}
        )

    return every(step)


def _old_status_answered(one: Call) -> Response:
    before, answer = one.record(), one.on()
    return (
        showing(answer, set_field("caseStatus", before.get("caseStatus"))) if answer.status == OK else answer
    )


def _first_workflow_shown(one: Call, memory: Memory) -> Response:
    """lastWorkflowId stays as it was shown first, while a transition needs the present one."""
    answer = one.on()
    shown = record_of(answer)
    if "lastWorkflowId" not in shown or one.operation not in CASES or answer.status >= FIRST_REFUSAL:
        return answer
    first = memory.kept.setdefault(shown.get("id", ""), shown["lastWorkflowId"])
    return showing(answer, set_field("lastWorkflowId", first))


def _works(times: int, status: str = "") -> Fault:
    """So many moves of a case are accepted, or so many to one status."""

    def step(one: Call, memory: Memory) -> Response:
        if status and wanted(one) != status:
            return one.on()
        if memory.kept.get(one.case_id, 0) >= times and one.welcome:
            return refusal(409)
        answer = one.on()
        if answer.status == OK:
            memory.kept[one.case_id] = memory.kept.get(one.case_id, 0) + 1
        return answer

    return remember(MOVE, step)


def _storing(change: Callable[[Details, Details], Details]) -> Fault:
    """A move changes details: `change` of what they were and of the transition's body."""

    def step(one: Call) -> Response:
        answer = one.on()
        if answer.status != OK:
            return answer
        one.ask("PUT", change(details(record_of(answer)), given(one)))
        return one.ask("GET")

    return at(MOVE, step)


def _dated(one: Call, memory: Memory) -> Response:
    answer = one.on()
    if one.operation in MOVE and answer.status == OK:
        memory.kept[one.case_id] = now_shown()
    dated = one.case_id in memory.kept and one.operation in CASES and answer.status == OK
    return showing(answer, set_field("createdDate", memory.kept[one.case_id])) if dated else answer


ROWS = (
    # answers
    row("move-answers-201", "TRANSITION-STATUS SCHEMA", "answers a transition with 201", restatus(MOVE, 201)),
    row("move-answers-202", "TRANSITION-STATUS SCHEMA", "answers a transition with 202", restatus(MOVE, 202)),
    row("move-answers-204", "TRANSITION-STATUS SCHEMA", "answers a transition with 204 and no body",
        restatus(MOVE, 204, b"")),
    row("reopen-answers-an-array", "TRANSITION-STATUS SCHEMA", "answers Reopen with an array",
        at(MOVE, lambda one: says(200, []) if one.on().status == OK and wanted(one) == "Reopen" else one.on())),
    row("move-refuses-a-reason", "TRANSITION-STATUS", "refuses a transition that gives a reason",
        at(MOVE, lambda one: refusal(422) if "reason" in given(one) and one.welcome else one.on())),
    # the status afterwards
    row("move-does-nothing", "TRANSITION-MOVES", "answers 200 and moves nothing",
        swallowed(MOVE, lambda one, _: names_its_workflow(one))),
    row("move-shows-in-its-answer-alone", "TRANSITION-MOVES", "shows the new status in the answer alone",
        shows(set_field("caseStatus", "Open"), GET)),
    row("move-answers-the-old-status", "TRANSITION-MOVES", "answers a transition with the old status",
        at(MOVE, _old_status_answered)),
    row("move-shows-the-other-status", "TRANSITION-MOVES", "shows Reopen for Close and Close for Reopen",
        _shown_status(lambda _, now: {"Close": "Reopen", "Reopen": "Close"}.get(now, now))),
    row("move-shows-no-status", "TRANSITION-MOVES", "shows no status after a move", _shown_status(lambda *_: None)),
    row("move-shows-the-first-status", "TRANSITION-MOVES TRANSITION-DISTINCT", "shows Close after every move",
        _shown_status(lambda *_: "Close")),
    row("status-counts-moves", "TRANSITION-DISTINCT", "shows the number of moves modulo three as status",
        _shown_status(lambda moves, _: f"Step {moves % 3}")),
    row("status-changes-with-every-second", "TRANSITION-DISTINCT TRANSITION-MOVES", "shows one status for two moves",
        _shown_status(lambda moves, _: f"Phase {moves // 2 % 2}")),
    # again and again
    row("move-works-once", "TRANSITION-CYCLE TRANSITION-STATUS", "refuses the second move of a case", _works(1)),
    row("move-works-thrice", "TRANSITION-CYCLE", "refuses the fourth move of a case", _works(3)),
    row("reopen-refused", "TRANSITION-CYCLE TRANSITION-STATUS", "refuses Reopen", _works(0, "Reopen")),
    row("second-close-refused", "TRANSITION-CYCLE", "refuses the second Close of a case", _works(1, "Close")),
    row("workflow-stale", "TRANSITION-CYCLE", "shows the first lastWorkflowId for ever", every(_first_workflow_shown)),
    # all else stays
    row("move-stores-its-body", "TRANSITION-ONLY-STATUS", "stores the body of a transition in the case",
        _storing(lambda old, body: old | body)),
    row("move-stores-known-fields", "TRANSITION-ONLY-STATUS", "stores what a transition says of the case's fields",
        _storing(lambda old, body: old | {name: value for name, value in body.items() if name in old})),
    row("move-clears-arrays", "TRANSITION-ONLY-STATUS", "drops arrays with a move",
        _storing(lambda old, _: {name: value for name, value in old.items() if not isinstance(value, list)})),
    row("move-drops-falsy", "TRANSITION-ONLY-STATUS", "drops falsy values with a move",
        _storing(lambda old, _: {name: value for name, value in old.items() if value})),
    row("move-casts-text", "TRANSITION-ONLY-STATUS", "stores digits as numbers with a move",
        _storing(lambda old, _: at_top(lambda v: int(v) if isinstance(v, str) and v.isdecimal() else v)(old))),
    row("move-rounds", "TRANSITION-ONLY-STATUS", "rounds numbers with a move",
        _storing(lambda old, _: at_top(floats(round))(old))),
    row("move-sets-the-date", "TRANSITION-ONLY-STATUS", "sets createdDate with a move", every(_dated)),
)  # fmt: skip
