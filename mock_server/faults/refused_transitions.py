"""Faults of transitions that must be refused: what passes for right, and what a refusal does all the same.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from mock_server.core.errors import FIRST_REFUSAL
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import skip_updates
from mock_server.faults.call import (
    CASES,
    CREATE,
    CREATED,
    GET,
    NOT_FOUND,
    OK,
    TRANSITION,
    Call,
    Memory,
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
from mock_server.faults.transitions import body_of, has_current_workflow, wanted_status
from mock_server.faults.value_changes import set_field

CONFLICT = 409
KNOWN = ("Close", "Reopen")
OF_A_MOVE = frozenset({"caseStatus", "workflowId", "reason"})
OF_EVERY_OBJECT = frozenset({"constructor", "toString", "hasOwnProperty", "__proto__"})


def _own(call: Call) -> str:
    return str(call.record().get("lastWorkflowId", ""))


def _taking(passes: Callable[[Any, Call, Memory], bool]) -> Fault:
    """A workflowId that is not the case's passes for it; the memory holds all that were shown."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        shown = record_of(response)
        if call.operation in CASES and response.status < FIRST_REFUSAL and "lastWorkflowId" in shown:
            memory.kept[shown["lastWorkflowId"]] = True
        if call.operation not in TRANSITION or response.status < FIRST_REFUSAL or call.payload is None:
            return response
        if not passes(call.payload.get("workflowId"), call, memory):
            return response
        return call.proceed_with(call.payload | {"workflowId": _own(call)})

    return on_every(step)


def _reading_status(read: Callable[[Any], Any]) -> Fault:
    """A caseStatus is read as what `read` makes of it, unless that is None."""

    def step(call: Call) -> Response:
        status = None if call.payload is None else read(call.payload.get("caseStatus"))
        return call.proceed() if status is None else call.proceed_with(body_of(call) | {"caseStatus": status})

    return on(TRANSITION, step)


def _ignoring_status(ignored: Callable[[Any], bool]) -> Fault:
    """Certain statuses are answered as if done."""
    return skip_updates(
        TRANSITION, lambda call, _: ignored(wanted_status(call)) and has_current_workflow(call)
    )


def _toggles(call: Call) -> Response:
    if "caseStatus" in body_of(call) or "workflowId" not in body_of(call):
        return call.proceed()
    status = "Reopen" if call.record().get("caseStatus") == "Close" else "Close"
    return call.proceed_with(body_of(call) | {"caseStatus": status})


def _any_text(call: Call, memory: Memory) -> Response:
    """Any text is a status, shown until the next move."""
    unknown = isinstance(wanted_status(call), str) and wanted_status(call) not in KNOWN
    if call.operation in TRANSITION and unknown and has_current_workflow(call):
        memory.kept[call.case_id] = wanted_status(call)
        return with_record(call.send("GET"), set_field("caseStatus", wanted_status(call)))
    response = call.proceed()
    if call.operation in TRANSITION and response.status == OK:
        memory.kept.pop(call.case_id, None)
    shown = call.case_id in memory.kept and call.operation in CASES and response.status == OK
    return with_record(response, set_field("caseStatus", memory.kept[call.case_id])) if shown else response


def _forced(move: Callable[[Call], Response]) -> Fault:
    """A move that the workflow does not have ends in `move`."""

    def step(call: Call) -> Response:
        response = call.proceed()
        illegal = response.status == CONFLICT and has_current_workflow(call)
        return move(call) if illegal else response

    return on(TRANSITION, step)


def _reopens_unclosed(call: Call) -> Response:
    if wanted_status(call) != "Reopen" or call.transition("Close").status != OK:
        return call.proceed()
    return call.transition("Reopen")


def _refusing(then: Callable[[Call], object]) -> Fault:
    """A refusal does something all the same."""

    def step(call: Call) -> Response:
        response = call.proceed()
        if response.status >= FIRST_REFUSAL and call.is_authenticated:
            then(call)
        return response

    return on(TRANSITION, step)


def _stores_the_rest(call: Call) -> None:
    call.send("PATCH", {name: value for name, value in body_of(call).items() if name not in OF_A_MOVE})


def _empties_arrays(call: Call) -> None:
    call.send(
        "PATCH",
        {name: [] for name, value in writable_fields(call.record()).items() if isinstance(value, list)},
    )


def _renewed(call: Call, memory: Memory) -> Response:
    """A refused transition gives the case another lastWorkflowId, which works."""
    renewed = memory.kept.get(call.case_id)
    if call.operation in TRANSITION and renewed is not None:
        workflow = body_of(call).get("workflowId")
        response = (
            call.proceed_with(body_of(call) | {"workflowId": _own(call)})
            if workflow == renewed
            else refusal(CONFLICT)
        )
    else:
        response = call.proceed()
    if call.operation in TRANSITION and response.status == OK:
        memory.kept.pop(call.case_id, None)
    elif call.operation in TRANSITION and call.record():
        memory.kept[call.case_id] = str(uuid4())
    shown = call.case_id in memory.kept and call.operation in CASES and response.status == OK
    return (
        with_record(response, set_field("lastWorkflowId", memory.kept[call.case_id])) if shown else response
    )


def _locked(call: Call, memory: Memory) -> Response:
    if call.case_id in memory.kept and call.is_authenticated:
        return refusal(423)
    response = call.proceed()
    if response.status >= FIRST_REFUSAL and call.record():
        memory.kept[call.case_id] = True
    return response


def _unknown(response: Response) -> Fault:
    """What a transition of an id that no case has is answered with."""
    return on(
        TRANSITION,
        lambda call: (
            response if call.is_authenticated and call.proceed().status == NOT_FOUND else call.proceed()
        ),
    )


def _created(call: Call, memory: Memory) -> Response:
    """A transition of an unknown id is answered 404, and makes the case."""
    if call.operation in GET and call.case_id in memory.kept:
        return with_record(call.send("GET", case_id=memory.kept[call.case_id]), set_field("id", call.case_id))
    response = call.proceed()
    if call.operation in TRANSITION and response.status == NOT_FOUND:
        made = call.handle(replace(call.request, method="POST", path=f"{call.root}/case", body=b"{}"))
        memory.kept[call.case_id] = record_of(made).get("id", "")
    return response


def _newest_moved(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if call.operation in CREATE and response.status == CREATED:
        memory.kept["newest"] = record_of(response)["id"]
    lost = call.operation in TRANSITION and response.status == NOT_FOUND and "newest" in memory.kept
    return call.transition(str(wanted_status(call)), memory.kept["newest"]) if lost else response


FAULTS = (
    # the workflow's id
    fault("workflow-ignored", "TRANSITION-WORKFLOW", "moves whatever the workflowId", _taking(lambda *_: True)),
    fault("workflow-missing-accepted", "TRANSITION-WORKFLOW", "moves without a workflowId",
        _taking(lambda _, call, __: "workflowId" not in body_of(call))),
    fault("workflow-null-accepted", "TRANSITION-WORKFLOW", "takes null for the present workflowId",
        _taking(lambda workflow, call, _: workflow is None and "workflowId" in body_of(call))),
    fault("workflow-of-another-case", "TRANSITION-WORKFLOW", "takes any workflowId that some case has",
        _taking(lambda workflow, _, memory: isinstance(workflow, str) and workflow in memory.kept)),
    fault("workflow-prefix-accepted", "TRANSITION-WORKFLOW", "compares the beginning of a workflowId",
        _taking(lambda workflow, call, _: isinstance(workflow, str) and len(workflow) > 8
                and _own(call).startswith(workflow))),
    fault("workflow-tail-ignored", "TRANSITION-WORKFLOW", "reads 36 characters of a workflowId",
        _taking(lambda workflow, call, _: isinstance(workflow, str) and workflow.startswith(_own(call)))),
    fault("workflow-end-ignored", "TRANSITION-WORKFLOW", "leaves the last character of a workflowId unread",
        _taking(lambda workflow, call, _: isinstance(workflow, str) and len(workflow) == len(_own(call))
                and workflow[:-1] == _own(call)[:-1])),
    fault("workflow-empty-accepted", "TRANSITION-WORKFLOW", "takes an empty workflowId for the present one",
        _taking(lambda workflow, *_: workflow == "")),
    fault("workflow-in-an-array", "TRANSITION-WORKFLOW", "takes a workflowId in an array",
        _taking(lambda workflow, call, _: workflow == [_own(call)])),
    fault("workflow-is-the-case-id", "TRANSITION-WORKFLOW", "takes the case's id for a workflowId",
        _taking(lambda workflow, call, _: workflow == call.case_id)),
    fault("workflow-wildcard", "TRANSITION-WORKFLOW", "takes * for any workflowId",
        _taking(lambda workflow, *_: workflow == "*")),
    fault("workflow-ignored-on-reopen", "TRANSITION-WORKFLOW", "reopens whatever the workflowId",
        _taking(lambda _, call, __: wanted_status(call) == "Reopen")),
    # statuses that are none
    fault("status-unknown-ignored", "TRANSITION-STATUS-KNOWN", "answers 200 to an unknown caseStatus",
        _ignoring_status(lambda s: isinstance(s, str) and s not in KNOWN)),
    fault("status-unknown-stored", "TRANSITION-STATUS-KNOWN", "takes any text as a status", on_every(_any_text)),
    fault("status-in-an-array", "TRANSITION-STATUS-KNOWN", "takes a caseStatus in an array",
        _reading_status(lambda s: s[0] if isinstance(s, list) and s else None)),
    fault("status-in-an-object", "TRANSITION-STATUS-KNOWN", "takes the name of a caseStatus object",
        _reading_status(lambda s: s.get("name") if isinstance(s, dict) else None)),
    fault("status-prefix-accepted", "TRANSITION-STATUS-KNOWN", "takes a caseStatus by its beginning",
        _reading_status(lambda s: "Close" if isinstance(s, str) and len(s) > 3 and "Close".startswith(s) else None)),
    fault("status-tail-ignored", "TRANSITION-STATUS-KNOWN", "reads five letters of a caseStatus",
        _reading_status(lambda s: "Close" if isinstance(s, str) and s.startswith("Close") else None)),
    fault("status-missing-toggles", "TRANSITION-STATUS-KNOWN", "toggles the status where none is given",
        on(TRANSITION, _toggles)),
    fault("status-null-ignored", "TRANSITION-STATUS-KNOWN", "answers 200 to a caseStatus of null",
        _ignoring_status(lambda s: s is None)),
    fault("status-of-every-object", "TRANSITION-STATUS-KNOWN", "looks a caseStatus up among what every object has",
        _ignoring_status(lambda s: isinstance(s, str) and s in OF_EVERY_OBJECT)),
    fault("status-empty-ignored", "TRANSITION-STATUS-KNOWN", "answers 200 to an empty caseStatus",
        _ignoring_status(lambda s: s == "")),
    # moves that the workflow does not have
    fault("reopen-of-an-open-case", "TRANSITION-ILLEGAL", "reopens a case that was never closed",
        _forced(_reopens_unclosed)),
    fault("close-twice-reopens", "TRANSITION-ILLEGAL", "reopens a closed case by Close",
        _forced(lambda call: call.transition("Reopen") if wanted_status(call) == "Close" else call.proceed())),
    fault("illegal-move-redirected", "TRANSITION-ILLEGAL SCHEMA", "answers 303 to a move that is not allowed",
        _forced(lambda _: Response(303, {"location": "/"}))),
    # refusals that do something
    fault("refused-move-moves", "TRANSITION-REFUSED-INERT", "refuses an unknown workflowId and moves all the same",
        _refusing(lambda call: call.transition(str(wanted_status(call))) if "workflowId" in body_of(call) else None)),
    fault("refused-move-stores-its-body", "TRANSITION-REFUSED-INERT", "stores the fields of a refused transition",
        _refusing(_stores_the_rest)),
    fault("refused-move-clears-arrays", "TRANSITION-REFUSED-INERT", "empties arrays before it refuses",
        _refusing(_empties_arrays)),
    fault("refused-move-renews-the-workflow", "TRANSITION-REFUSED-INERT", "gives another lastWorkflowId with a refusal",
        on_every(_renewed)),
    fault("refused-move-locks", "TRANSITION-REFUSED-INERT", "refuses every move after a refused one",
        on_with_memory(TRANSITION, _locked)),
    # ids that no case has
    fault("move-of-nobody-answers-200", "TRANSITION-UNKNOWN", "answers 200 to a transition of an unknown id",
        _unknown(json_response(200, {"status": "ok"}))),
    fault("move-of-nobody-answers-409", "TRANSITION-UNKNOWN", "answers 409 to a transition of an unknown id",
        _unknown(refusal(CONFLICT))),
    fault("move-of-nobody-creates", "TRANSITION-UNKNOWN", "makes a case of an unknown id by a transition",
        on_every(_created)),
    fault("move-of-nobody-moves-the-newest", "TRANSITION-UNKNOWN", "moves the newest case for an unknown id",
        on_every(_newest_moved)),
)  # fmt: skip
