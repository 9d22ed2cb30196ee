"""Faults of parallel requests: one disturbs another."""

import time
from collections.abc import Callable

from mock_server.core.messages import Response
from mock_server.faults.call import (
    CREATE,
    CREATED,
    NOT_FOUND,
    OK,
    PATCH,
    PUT,
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

WINDOW = 0.004
"""Length of a sleep between a read and a write, in seconds."""


def lose_update(call: Call) -> Response:
    """Read the record, wait, and write all of it."""
    old = call.record()
    if call.payload is None or not old:
        return call.proceed()
    time.sleep(WINDOW)
    return call.send("PUT", writable_fields(old) | call.payload)


def _tear_put(pause: float) -> Callable[[Call], Response]:
    """Return a step that stores one half of a PUT, and later the other half."""

    def step(call: Call) -> Response:
        if call.payload is None or not call.record():
            return call.proceed()
        half = dict(list(call.payload.items())[: len(call.payload) // 2])
        call.proceed_with(half)
        time.sleep(pause)
        return call.send("PATCH", call.payload)

    return step


def _id_from_clock(call: Call, memory: Memory) -> Response:
    """Give all creates within one clock tick the same id."""
    response = call.proceed()
    if response.status != CREATED:
        return response
    tick = int(time.monotonic() / (5 * WINDOW))
    with memory.lock:
        case_id = memory.kept.setdefault(str(tick), record_of(response)["id"])
    return with_record(response, set_field("id", case_id))


def _lose_creates(call: Call, memory: Memory) -> Response:
    """Store only the first of several overlapping creates."""
    if call.operation in CREATE:
        with memory.lock:
            memory.kept["under way"] = memory.kept.get("under way", 0) + 1
            alone = memory.kept["under way"] == 1
        response = call.proceed()
        time.sleep(WINDOW)
        with memory.lock:
            memory.kept["under way"] -= 1
            if not alone:
                memory.kept[record_of(response).get("id", "")] = True
        return response
    return (
        refusal(NOT_FOUND)
        if call.case_id and call.case_id in memory.kept and call.is_authenticated
        else call.proceed()
    )


def _repeat_transition(call: Call) -> Response:
    """Check whether the transition is legal, wait, and perform it."""
    before = call.record()
    payload = call.payload or {}
    allowed = {"Open": "Close", "Close": "Reopen", "Reopen": "Close"}.get(before.get("caseStatus", ""))
    if payload.get("workflowId") != before.get("lastWorkflowId") or payload.get("caseStatus") != allowed:
        return call.proceed()
    time.sleep(WINDOW)
    response = call.transition(str(allowed))
    if response.status == OK:
        return response
    back = "Reopen" if allowed == "Close" else "Close"
    call.transition(back)
    return call.transition(str(allowed))


FAULTS = (
    fault("ids-from-clock", "CREATE-ID-UNIQUE PARALLEL-CREATE", "derives the id of a case from the time, so parallel creates get the same id", on_with_memory(CREATE, _id_from_clock)),
    fault("parallel-creates-lost", "PARALLEL-CREATE", "stores only one of several parallel creates", on_every(_lose_creates)),
    fault("patch-reads-then-writes", "PARALLEL-PATCH LINEARIZABLE", "loses fields of parallel PATCHes", on(PATCH, lose_update)),
    fault("put-torn", "PARALLEL-PUT LINEARIZABLE", "shows a half-written record during a PUT", on(PUT, _tear_put(WINDOW))),
    fault("parallel-transitions-all-accepted", "PARALLEL-TRANSITION", "accepts every one of several parallel transitions",
        on(TRANSITION, _repeat_transition)),
)  # fmt: skip
