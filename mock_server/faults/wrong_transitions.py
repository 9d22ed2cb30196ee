"""Faults of transitions, whose effect is then not the documented one."""

from collections.abc import Callable
from typing import Any

from mock_server.core.errors import FIRST_REFUSAL
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import change_status, skip_updates
from mock_server.faults.call import (
    CASES,
    OK,
    TRANSITION,
    Call,
    Memory,
    change_shown,
    on,
    on_every,
    on_with_memory,
    record_of,
    refusal,
    with_record,
    writable_fields,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import set_field

Fields = dict[str, Any]


def body_of(call: Call) -> dict[str, Any]:
    """Return the body of a transition; empty if it is not an object."""
    return call.payload or {}


def wanted_status(call: Call) -> Any:
    """Return the requested status of a transition."""
    return body_of(call).get("caseStatus")


def has_current_workflow(call: Call) -> bool:
    """Return True if a transition has the current workflow id of its case."""
    workflow = call.record().get("lastWorkflowId")
    return workflow is not None and body_of(call).get("workflowId") == workflow


def _show_old_status(call: Call) -> Response:
    before, response = call.record(), call.proceed()
    return (
        with_record(response, set_field("caseStatus", before.get("caseStatus")))
        if response.status == OK
        else response
    )


def _show_first_workflow(call: Call, memory: Memory) -> Response:
    """Always show the first lastWorkflowId, although a transition needs the current one."""
    response = call.proceed()
    shown = record_of(response)
    if "lastWorkflowId" not in shown or call.operation not in CASES or response.status >= FIRST_REFUSAL:
        return response
    first = memory.kept.setdefault(shown.get("id", ""), shown["lastWorkflowId"])
    return with_record(response, set_field("lastWorkflowId", first))


def limit_transitions(times: int, status: str = "") -> Fault:
    """Return a fault that accepts only some transitions of a case, or only some to one status."""

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


def change_fields(change: Callable[[Fields, Fields], Fields]) -> Fault:
    """Return a fault by which a transition changes fields: `change(old fields, body)`."""

    def step(call: Call) -> Response:
        response = call.proceed()
        if response.status != OK:
            return response
        call.send("PUT", change(writable_fields(record_of(response)), body_of(call)))
        return call.send("GET")

    return on(TRANSITION, step)


FAULTS = (
    fault("transition-returns-202", "TRANSITION-STATUS SCHEMA", "responds to a transition with 202", change_status(TRANSITION, 202)),
    fault("transition-returns-204", "TRANSITION-STATUS SCHEMA", "responds to a transition with 204 and no body",
        change_status(TRANSITION, 204, b"")),
    fault("transition-does-nothing", "TRANSITION-MOVES", "responds to a transition with 200, but does not change the status",
        skip_updates(TRANSITION, lambda call, _: has_current_workflow(call))),
    fault("transition-returns-old-status", "TRANSITION-MOVES", "shows the old status in the response to a transition",
        on(TRANSITION, _show_old_status)),
    fault("status-as-object", "SCHEMA", "shows caseStatus as an object",
        change_shown(lambda r: r | ({"caseStatus": {"name": r["caseStatus"]}} if "caseStatus" in r else {}))),
    fault("second-transition-refused", "TRANSITION-CYCLE TRANSITION-STATUS", "refuses the second transition of a case", limit_transitions(1)),
    fault("reopen-refused", "TRANSITION-CYCLE TRANSITION-STATUS", "refuses Reopen", limit_transitions(0, "Reopen")),
    fault("workflow-stale", "TRANSITION-CYCLE", "always shows the first lastWorkflowId", on_every(_show_first_workflow)),
    fault("transition-drops-arrays", "TRANSITION-ONLY-STATUS", "drops arrays in a transition",
        change_fields(lambda old, _: {name: value for name, value in old.items() if not isinstance(value, list)})),
)  # fmt: skip
