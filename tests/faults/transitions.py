"""Faults of legal transitions: responses, the resulting status, and side effects on fields."""

from collections.abc import Callable
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import change_status, current_date
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
    refusal,
    with_record,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import at_top, floats, set_field
from mock_server.faults.wrong_transitions import (
    body_of,
    change_fields,
    limit_transitions,
    wanted_status,
)


def _change_shown_status(status: Callable[[int, Any], Any]) -> Fault:
    """Return a fault that changes the shown status after the first transition.

    `status` gets the number of transitions and the real status.
    """

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


def _redate_case(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if call.operation in TRANSITION and response.status == OK:
        memory.kept[call.case_id] = current_date()
    dated = call.case_id in memory.kept and call.operation in CASES and response.status == OK
    return with_record(response, set_field("createdDate", memory.kept[call.case_id])) if dated else response


def _as_array(response: Response) -> Response:
    """Return a success with an empty array as its body."""
    return json_response(200, []) if response.status == OK else response


FAULTS = (
    # responses
    fault("transition-returns-201", "TRANSITION-STATUS SCHEMA", "responds to a transition with 201", change_status(TRANSITION, 201)),
    fault("reopen-returns-array", "SCHEMA TRANSITION-STATUS", "responds to Reopen with an array",
        on(TRANSITION, lambda call: _as_array(call.proceed()) if wanted_status(call) == "Reopen" else call.proceed())),
    fault("transition-refuses-reason", "TRANSITION-STATUS", "refuses a transition with a reason",
        on(TRANSITION, lambda call: refusal(422) if "reason" in body_of(call) and call.is_authenticated else call.proceed())),
    # the resulting status
    fault("transition-not-stored", "TRANSITION-MOVES", "shows the new status only in the response to the transition",
        change_shown(set_field("caseStatus", "Open"), GET)),
    fault("transition-shows-opposite-status", "TRANSITION-MOVES", "shows Reopen after Close, and Close after Reopen",
        _change_shown_status(lambda _, now: {"Close": "Reopen", "Reopen": "Close"}.get(now, now))),
    fault("transition-shows-null-status", "TRANSITION-MOVES", "shows null as status after a transition", _change_shown_status(lambda *_: None)),
    fault("transition-always-shows-close", "TRANSITION-MOVES TRANSITION-DISTINCT", "shows Close after every transition",
        _change_shown_status(lambda *_: "Close")),
    fault("status-counts-transitions", "TRANSITION-CYCLE TRANSITION-DISTINCT", "shows a counter of transitions modulo three as status",
        _change_shown_status(lambda transitions, _: f"Step {transitions % 3}")),
    fault("status-changes-every-second-time", "TRANSITION-DISTINCT TRANSITION-MOVES", "changes the shown status only with every second transition",
        _change_shown_status(lambda transitions, _: f"Phase {transitions // 2 % 2}")),
    # repeated transitions
    fault("fourth-transition-refused", "TRANSITION-CYCLE", "refuses the fourth transition of a case", limit_transitions(3)),
    fault("second-close-refused", "TRANSITION-CYCLE", "refuses the second Close of a case", limit_transitions(1, "Close")),
    # side effects on fields
    fault("transition-stores-known-fields", "TRANSITION-ONLY-STATUS", "stores members of a transition's body that are fields of the case",
        change_fields(lambda old, body: old | {name: value for name, value in body.items() if name in old})),
    fault("transition-converts-text", "TRANSITION-ONLY-STATUS", "stores strings of digits as numbers in a transition",
        change_fields(lambda old, _: at_top(lambda v: int(v) if isinstance(v, str) and v.isdecimal() else v)(old))),
    fault("transition-rounds-numbers", "TRANSITION-ONLY-STATUS", "rounds numbers in a transition",
        change_fields(lambda old, _: at_top(floats(round))(old))),
    fault("transition-changes-date", "TRANSITION-ONLY-STATUS", "changes createdDate in a transition", on_every(_redate_case)),
)  # fmt: skip
