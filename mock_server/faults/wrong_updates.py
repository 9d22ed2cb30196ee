"""Faults of updates, whose effect is then not the documented one."""

from collections.abc import Callable
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import change_status, skip_updates
from mock_server.faults.call import (
    CASES,
    OK,
    PATCH,
    PUT,
    UPDATES,
    Call,
    Memory,
    Operations,
    change_stored,
    on,
    on_every,
    record_of,
    with_record,
    writable_fields,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import DROP, at_top, exactly, set_field

Record = dict[str, Any]


def change_patch(patch: Callable[[Record, Record], Record]) -> Fault:
    """Return a fault by which a PATCH stores the result of `patch(old fields, payload)`."""

    def step(call: Call) -> Response:
        payload, old = call.payload, writable_fields(call.record())
        return call.proceed() if payload is None or not old else call.send("PUT", patch(old, payload))

    return on(PATCH, step)


def merge_arrays(merge: Callable[[list[Any], list[Any]], list[Any]]) -> Fault:
    """Return a fault by which a PATCH merges an array with the old one."""

    def patch(old: Record, payload: Record) -> Record:
        both = {
            n: merge(old[n], v)
            for n, v in payload.items()
            if isinstance(v, list) and isinstance(old.get(n), list)
        }
        return old | payload | both

    return change_patch(patch)


def when_count(skip: Callable[[int], bool]) -> Callable[[Call, Memory], bool]:
    return lambda call, memory: skip(memory.count(call.case_id))


def accept_field(name: str, operations: Operations = UPDATES) -> Fault:
    """Return a fault that accepts a read-only field in an update's payload."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in operations and response.status == OK and call.payload and name in call.payload:
            memory.kept[call.case_id] = call.payload[name]
        known = call.case_id in memory.kept and call.operation in CASES and response.status == OK
        return with_record(response, set_field(name, memory.kept[call.case_id])) if known else response

    return on_every(step)


def _reopen(call: Call) -> Response:
    response = call.proceed()
    closed = response.status == OK and record_of(response).get("caseStatus") == "Close"
    return call.transition("Reopen") if closed else response


FAULTS = (
    fault("put-returns-204", "PUT-STATUS SCHEMA", "responds to a PUT with 204 and no body", change_status(PUT, 204, b"")),
    fault("patch-returns-204", "PATCH-STATUS SCHEMA", "responds to a PATCH with 204 and no body", change_status(PATCH, 204, b"")),
    fault("put-merges", "PUT-REPLACES", "handles a PUT like a PATCH", on(PUT, lambda call: call.proceed(method="PATCH"))),
    fault("put-changes-id", "UPDATE-IDENTITY", "accepts the id in a PUT", accept_field("id", PUT)),
    fault("patch-replaces", "PATCH-PARTIAL", "handles a PATCH like a PUT", change_patch(lambda _, new: new)),
    fault("patch-ignores-false", "PATCH-PARTIAL", "ignores false in a PATCH", change_stored(at_top(exactly(False, becomes=DROP)), PATCH)),
    fault("patch-ignores-null", "PATCH-PARTIAL", "ignores null in a PATCH",
        change_stored(at_top(exactly(None, becomes=DROP)), PATCH)),
    fault("patch-appends-arrays", "PATCH-ARRAYS", "appends an array in a PATCH to the old one", merge_arrays(lambda old, new: old + new)),
    fault("patch-works-once", "PATCH-REPEATED", "ignores every PATCH of a case after the first",
        skip_updates(PATCH, when_count(lambda turn: turn > 1))),
    fault("patch-reopens", "UPDATE-WORKFLOW-KEPT", "reopens a closed case in a PATCH", on(PATCH, _reopen)),
)  # fmt: skip
