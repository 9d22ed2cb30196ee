"""Faults of transitions that are accepted: answers, the status afterwards, what a move takes along.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from typing import Any

from mock_server.core.errors import FIRST_REFUSAL
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import change_status, current_date, skip_updates
from mock_server.faults.call import (
    CASES,
    GET,
    OK,
    TRANSITION,
    Call,
    Memory,
    change_shown,
    json_response,
    on,
    on_every,
    on_with_memory,
    record_of,
    refusal,
    with_record,
    writable_fields,
)
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import at_top, floats, set_field

Details = dict[str, Any]


def body_of(call: Call) -> dict[str, Any]:
    """The body of a transition; empty where it is none."""
    return call.payload or {}


def wanted_status(call: Call) -> Any:
    """The status that a transition asks for."""
    return body_of(call).get("caseStatus")


def has_current_workflow(call: Call) -> bool:
    """Whether a transition names the present workflow of its case."""
    workflow = call.record().get("lastWorkflowId")
    return workflow is not None and body_of(call).get("workflowId") == workflow


def _shown_status(status: Callable[[int, Any], Any]) -> Fault:
    """What a case shows as status after so many moves; `status` gets their number and the true one."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in TRANSITION and response.status == OK:
            memory.kept[call.case_id] = memory.count(call.case_id)
        transitions = memory.kept.get(call.case_id, 0)
        if not transitions or call.operation not in CASES or response.status != OK:
            return response
        return with_record(
            response, lambda record: record | {"caseStatus": status(transitions, record.get("caseStatus"))}
        )

    return on_every(step)


def _old_status_answered(call: Call) -> Response:
    before, response = call.record(), call.proceed()
    return (
        with_record(response, set_field("caseStatus", before.get("caseStatus")))
        if response.status == OK
        else response
    )


def _first_workflow_shown(call: Call, memory: Memory) -> Response:
    """lastWorkflowId stays as it was shown first, while a transition needs the present one."""
    response = call.proceed()
    shown = record_of(response)
    if "lastWorkflowId" not in shown or call.operation not in CASES or response.status >= FIRST_REFUSAL:
        return response
    first = memory.kept.setdefault(shown.get("id", ""), shown["lastWorkflowId"])
    return with_record(response, set_field("lastWorkflowId", first))


def _works(times: int, status: str = "") -> Fault:
    """So many moves of a case are accepted, or so many to one status."""

    def step(call: Call, memory: Memory) -> Response:
        if status and wanted_status(call) != status:
            return call.proceed()
        if memory.kept.get(call.case_id, 0) >= times and call.is_authenticated:
            return refusal(409)
        response = call.proceed()
        if response.status == OK:
            memory.kept[call.case_id] = memory.kept.get(call.case_id, 0) + 1
        return response

    return on_with_memory(TRANSITION, step)


def _storing(change: Callable[[Details, Details], Details]) -> Fault:
    """A move changes details: `change` of what they were and of the transition's body."""

    def step(call: Call) -> Response:
        response = call.proceed()
        if response.status != OK:
            return response
        call.send("PUT", change(writable_fields(record_of(response)), body_of(call)))
        return call.send("GET")

    return on(TRANSITION, step)


def _dated(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if call.operation in TRANSITION and response.status == OK:
        memory.kept[call.case_id] = current_date()
    dated = call.case_id in memory.kept and call.operation in CASES and response.status == OK
    return with_record(response, set_field("createdDate", memory.kept[call.case_id])) if dated else response


FAULTS = (
    # answers
    fault("move-answers-201", "TRANSITION-STATUS SCHEMA", "answers a transition with 201", change_status(TRANSITION, 201)),
    fault("move-answers-202", "TRANSITION-STATUS SCHEMA", "answers a transition with 202", change_status(TRANSITION, 202)),
    fault("move-answers-204", "TRANSITION-STATUS SCHEMA", "answers a transition with 204 and no body",
        change_status(TRANSITION, 204, b"")),
    fault("reopen-answers-an-array", "TRANSITION-STATUS SCHEMA", "answers Reopen with an array",
        on(TRANSITION, lambda call: json_response(200, []) if call.proceed().status == OK and wanted_status(call) == "Reopen" else call.proceed())),
    fault("move-refuses-a-reason", "TRANSITION-STATUS", "refuses a transition that gives a reason",
        on(TRANSITION, lambda call: refusal(422) if "reason" in body_of(call) and call.is_authenticated else call.proceed())),
    # the status afterwards
    fault("move-does-nothing", "TRANSITION-MOVES", "answers 200 and moves nothing",
        skip_updates(TRANSITION, lambda call, _: has_current_workflow(call))),
    fault("move-shows-in-its-answer-alone", "TRANSITION-MOVES", "shows the new status in the answer alone",
        change_shown(set_field("caseStatus", "Open"), GET)),
    fault("move-answers-the-old-status", "TRANSITION-MOVES", "answers a transition with the old status",
        on(TRANSITION, _old_status_answered)),
    fault("move-shows-the-other-status", "TRANSITION-MOVES", "shows Reopen for Close and Close for Reopen",
        _shown_status(lambda _, now: {"Close": "Reopen", "Reopen": "Close"}.get(now, now))),
    fault("move-shows-no-status", "TRANSITION-MOVES", "shows no status after a move", _shown_status(lambda *_: None)),
    fault("move-shows-the-first-status", "TRANSITION-MOVES TRANSITION-DISTINCT", "shows Close after every move",
        _shown_status(lambda *_: "Close")),
    fault("status-counts-moves", "TRANSITION-DISTINCT", "shows the number of moves modulo three as status",
        _shown_status(lambda transitions, _: f"Step {transitions % 3}")),
    fault("status-changes-with-every-second", "TRANSITION-DISTINCT TRANSITION-MOVES", "shows one status for two moves",
        _shown_status(lambda transitions, _: f"Phase {transitions // 2 % 2}")),
    # again and again
    fault("move-works-once", "TRANSITION-CYCLE TRANSITION-STATUS", "refuses the second move of a case", _works(1)),
    fault("move-works-thrice", "TRANSITION-CYCLE", "refuses the fourth move of a case", _works(3)),
    fault("reopen-refused", "TRANSITION-CYCLE TRANSITION-STATUS", "refuses Reopen", _works(0, "Reopen")),
    fault("second-close-refused", "TRANSITION-CYCLE", "refuses the second Close of a case", _works(1, "Close")),
    fault("workflow-stale", "TRANSITION-CYCLE", "shows the first lastWorkflowId for ever", on_every(_first_workflow_shown)),
    # all else stays
    fault("move-stores-its-body", "TRANSITION-ONLY-STATUS", "stores the body of a transition in the case",
        _storing(lambda old, body: old | body)),
    fault("move-stores-known-fields", "TRANSITION-ONLY-STATUS", "stores what a transition says of the case's fields",
        _storing(lambda old, body: old | {name: value for name, value in body.items() if name in old})),
    fault("move-clears-arrays", "TRANSITION-ONLY-STATUS", "drops arrays with a move",
        _storing(lambda old, _: {name: value for name, value in old.items() if not isinstance(value, list)})),
    fault("move-drops-falsy", "TRANSITION-ONLY-STATUS", "drops falsy values with a move",
        _storing(lambda old, _: {name: value for name, value in old.items() if value})),
    fault("move-casts-text", "TRANSITION-ONLY-STATUS", "stores digits as numbers with a move",
        _storing(lambda old, _: at_top(lambda v: int(v) if isinstance(v, str) and v.isdecimal() else v)(old))),
    fault("move-rounds", "TRANSITION-ONLY-STATUS", "rounds numbers with a move",
        _storing(lambda old, _: at_top(floats(round))(old))),
    fault("move-sets-the-date", "TRANSITION-ONLY-STATUS", "sets createdDate with a move", on_every(_dated)),
)  # fmt: skip
