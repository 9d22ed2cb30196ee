"""Faults of transitions that must be refused: wrongly accepted ones, and refusals with an effect."""

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
from mock_server.faults.wrong_transitions import body_of, has_current_workflow, wanted_status

CONFLICT = 409
STATUSES = ("Close", "Reopen")
OBJECT_PROPERTIES = frozenset({"constructor", "toString", "hasOwnProperty", "__proto__"})


def _current_workflow(call: Call) -> str:
    return str(call.record().get("lastWorkflowId", ""))


def _accept_workflow(accepts: Callable[[Any, Call, Memory], bool]) -> Fault:
    """Return a fault that accepts a wrong workflowId if `accepts` returns True.

    The memory holds all workflow ids that were shown.
    """

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        shown = record_of(response)
        if call.operation in CASES and response.status < FIRST_REFUSAL and "lastWorkflowId" in shown:
            memory.kept[shown["lastWorkflowId"]] = True
        if call.operation not in TRANSITION or response.status < FIRST_REFUSAL or call.payload is None:
            return response
        if not accepts(call.payload.get("workflowId"), call, memory):
            return response
        return call.proceed_with(call.payload | {"workflowId": _current_workflow(call)})

    return on_every(step)


def _read_status(read: Callable[[Any], Any]) -> Fault:
    """Return a fault that replaces caseStatus by the result of `read`, unless that is None."""

    def step(call: Call) -> Response:
        status = None if call.payload is None else read(call.payload.get("caseStatus"))
        return call.proceed() if status is None else call.proceed_with(body_of(call) | {"caseStatus": status})

    return on(TRANSITION, step)


def _ignore_status(ignored: Callable[[Any], bool]) -> Fault:
    """Return a fault that ignores certain statuses, but responds as if the transition had been performed."""
    return skip_updates(
        TRANSITION, lambda call, _: ignored(wanted_status(call)) and has_current_workflow(call)
    )


def _on_illegal(handle: Callable[[Call], Response]) -> Fault:
    """Return a fault that handles an illegal transition with `handle`."""

    def step(call: Call) -> Response:
        response = call.proceed()
        illegal = response.status == CONFLICT and has_current_workflow(call)
        return handle(call) if illegal else response

    return on(TRANSITION, step)


def _after_refusal(then: Callable[[Call], object]) -> Fault:
    """Return a fault by which a refusal has an effect."""

    def step(call: Call) -> Response:
        response = call.proceed()
        if response.status >= FIRST_REFUSAL and call.is_authenticated:
            then(call)
        return response

    return on(TRANSITION, step)


def _clear_arrays(call: Call) -> None:
    call.send(
        "PATCH",
        {name: [] for name, value in writable_fields(call.record()).items() if isinstance(value, list)},
    )


def _renew_workflow(call: Call, memory: Memory) -> Response:
    """Give the case a new valid lastWorkflowId when a transition is refused."""
    renewed = memory.kept.get(call.case_id)
    if call.operation in TRANSITION and renewed is not None:
        workflow = body_of(call).get("workflowId")
        response = (
            call.proceed_with(body_of(call) | {"workflowId": _current_workflow(call)})
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


def _lock(call: Call, memory: Memory) -> Response:
    if call.case_id in memory.kept and call.is_authenticated:
        return refusal(423)
    response = call.proceed()
    if response.status >= FIRST_REFUSAL and call.record():
        memory.kept[call.case_id] = True
    return response


def _respond_to_unknown(response: Response) -> Fault:
    """Return a fault with this response to a transition of an unknown id."""
    return on(
        TRANSITION,
        lambda call: (
            response if call.is_authenticated and call.proceed().status == NOT_FOUND else call.proceed()
        ),
    )


def _create_unknown(call: Call, memory: Memory) -> Response:
    """Respond with 404 to a transition of an unknown id, but create the case."""
    if call.operation in GET and call.case_id in memory.kept:
        return with_record(call.send("GET", case_id=memory.kept[call.case_id]), set_field("id", call.case_id))
    response = call.proceed()
    if call.operation in TRANSITION and response.status == NOT_FOUND:
        made = call.handle(replace(call.request, method="POST", path=f"{call.root}/case", body=b"{}"))
        memory.kept[call.case_id] = record_of(made).get("id", "")
    return response


def _transition_newest(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if call.operation in CREATE and response.status == CREATED:
        memory.kept["newest"] = record_of(response)["id"]
    lost = call.operation in TRANSITION and response.status == NOT_FOUND and "newest" in memory.kept
    return call.transition(str(wanted_status(call)), memory.kept["newest"]) if lost else response


FAULTS = (
    # workflowId
    fault("workflow-ignored", "TRANSITION-WORKFLOW", "accepts any workflowId in a transition", _accept_workflow(lambda *_: True)),
    fault("workflow-null-accepted", "TRANSITION-WORKFLOW", "accepts null as workflowId",
        _accept_workflow(lambda workflow, call, _: workflow is None and "workflowId" in body_of(call))),
    fault("workflow-prefix-accepted", "TRANSITION-WORKFLOW", "accepts the beginning of the current workflowId",
        _accept_workflow(lambda workflow, call, _: isinstance(workflow, str) and len(workflow) > 8
                and _current_workflow(call).startswith(workflow))),
    fault("workflow-tail-ignored", "TRANSITION-WORKFLOW", "accepts the current workflowId followed by more characters",
        _accept_workflow(lambda workflow, call, _: isinstance(workflow, str) and workflow.startswith(_current_workflow(call)))),
    fault("workflow-end-ignored", "TRANSITION-WORKFLOW", "ignores the last character of workflowId",
        _accept_workflow(lambda workflow, call, _: isinstance(workflow, str) and len(workflow) == len(_current_workflow(call))
                and workflow[:-1] == _current_workflow(call)[:-1])),
    fault("workflow-in-object", "TRANSITION-WORKFLOW", "accepts an object that contains the current workflowId",
        _accept_workflow(lambda workflow, call, _: workflow == {"id": _current_workflow(call)})),
    fault("workflow-wildcard", "TRANSITION-WORKFLOW", "accepts * as workflowId",
        _accept_workflow(lambda workflow, *_: workflow == "*")),
    # invalid statuses
    fault("status-unknown-ignored", "TRANSITION-STATUS-KNOWN", "responds with 200 to an unknown caseStatus",
        _ignore_status(lambda s: isinstance(s, str) and s not in STATUSES)),
    fault("status-in-array", "TRANSITION-STATUS-KNOWN", "accepts an array that contains a caseStatus",
        _read_status(lambda s: s[0] if isinstance(s, list) and s else None)),
    fault("status-in-object", "TRANSITION-STATUS-KNOWN", "accepts an object with the name of a caseStatus",
        _read_status(lambda s: s.get("name") if isinstance(s, dict) else None)),
    fault("status-prefix-accepted", "TRANSITION-STATUS-KNOWN", 'accepts the beginning of a caseStatus, such as "Clos"',
        _read_status(lambda s: "Close" if isinstance(s, str) and len(s) > 3 and "Close".startswith(s) else None)),
    fault("status-null-ignored", "TRANSITION-STATUS-KNOWN", "responds with 200 to a caseStatus of null",
        _ignore_status(lambda s: s is None)),
    fault("status-constructor-accepted", "TRANSITION-STATUS-KNOWN", 'responds with 200 to a caseStatus such as "constructor" or "toString"',
        _ignore_status(lambda s: isinstance(s, str) and s in OBJECT_PROPERTIES)),
    fault("status-empty-ignored", "TRANSITION-STATUS-KNOWN", "responds with 200 to an empty caseStatus",
        _ignore_status(lambda s: s == "")),
    # illegal transitions
    fault("illegal-transition-redirected", "TRANSITION-ILLEGAL SCHEMA", "responds with 303 to an illegal transition",
        _on_illegal(lambda _: Response(303, {"location": "/"}))),
    # refusals with an effect
    fault("refused-transition-clears-arrays", "TRANSITION-REFUSED-INERT", "clears arrays of the case when it refuses a transition",
        _after_refusal(_clear_arrays)),
    fault("refused-transition-renews-workflow", "TRANSITION-REFUSED-INERT", "changes lastWorkflowId when it refuses a transition",
        on_every(_renew_workflow)),
    fault("refused-transition-locks-case", "TRANSITION-REFUSED-INERT", "refuses all transitions of a case after a refused one",
        on_with_memory(TRANSITION, _lock)),
    # unknown ids
    fault("transition-of-unknown-case-returns-409", "TRANSITION-UNKNOWN", "responds with 409 to a transition of an unknown id",
        _respond_to_unknown(refusal(CONFLICT))),
    fault("transition-of-unknown-case-creates", "TRANSITION-UNKNOWN", "creates a case when an unknown id gets a transition",
        on_every(_create_unknown)),
    fault("transition-of-unknown-case-moves-newest", "TRANSITION-UNKNOWN", "applies a transition of an unknown id to the newest case",
        on_every(_transition_newest)),
)  # fmt: skip
