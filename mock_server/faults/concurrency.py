"""Faults of concurrent requests: lost updates, torn writes, shared ids, stale reads.

Each sleeps shortly between a read and a write, so a handle with one of them blocks, and an adapter runs it in
threads.
"""

import time
from collections.abc import Callable

from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CREATE,
    CREATED,
    GET,
    NOT_FOUND,
    OK,
    PATCH,
    PUT,
    TRANSITION,
    UPDATES,
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
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import set_field

WINDOW = 0.004
"""Length of a sleep between a read and a write, in seconds."""


def _lose_update(call: Call) -> Response:
    """Read the record, wait, and write all of it."""
    old = call.record()
    if call.payload is None or not old:
        return call.proceed()
    time.sleep(WINDOW)
    return call.send("PUT", writable_fields(old) | call.payload)


def _lose_new_fields(call: Call) -> Response:
    """Set known fields one by one, but write the whole record for new fields."""
    old = call.record()
    new = old and call.payload and not set(call.payload) <= set(old)
    return _lose_update(call) if new else call.proceed()


def _lose_arrays(call: Call) -> Response:
    """Write the whole record if the payload has an array, as if arrays shared a column."""
    arrays = any(isinstance(value, list) for value in (call.payload or {}).values())
    return _lose_update(call) if arrays else call.proceed()


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


def _interleave_puts(call: Call) -> Response:
    """Store a PUT field by field, so that parallel PUTs are mixed."""
    if call.payload is None or not call.record():
        return call.proceed()
    for gone in set(writable_fields(call.record())) - set(call.payload):
        call.send("PATCH", {gone: None})
    for name, value in call.payload.items():
        call.send("PATCH", {name: value})
        time.sleep(WINDOW / 8)
    return call.send("GET")


def _clear_first(call: Call) -> Response:
    """Clear the case, wait, and store the new fields."""
    if call.payload is None or not call.record():
        return call.proceed()
    call.proceed_with({})
    time.sleep(WINDOW)
    return call.proceed()


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


def _newest_id(call: Call, memory: Memory) -> Response:
    """Return the newest id, which may belong to another client's case."""
    response = call.proceed()
    if response.status != CREATED:
        return response
    with memory.lock:
        memory.kept["newest"] = record_of(response)["id"]
    time.sleep(WINDOW)
    return with_record(response, set_field("id", memory.kept["newest"]))


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


def _continue_transition(call: Call, memory: Memory) -> Response:
    """Treat the second of two equal transitions as the next transition."""
    response = call.proceed()
    if response.status != 409 or memory.kept.get(call.case_id) != call.request.body:
        memory.kept[call.case_id] = call.request.body
        return response
    return call.transition("Reopen" if call.record().get("caseStatus") == "Close" else "Close")


def _serve_replica(operations: frozenset[str]) -> Fault:
    """Return a fault that serves reads from a replica, which is updated when no write is in progress."""

    def step(call: Call, memory: Memory) -> Response:
        if call.operation in GET:
            with memory.lock:
                busy, replica = memory.kept.get(f"{call.case_id} busy", 0), memory.kept.get(call.case_id)
            return replica if busy and replica and call.is_authenticated else call.proceed()
        if call.operation not in operations:
            return call.proceed()
        with memory.lock:
            busy = memory.kept[f"{call.case_id} busy"] = memory.kept.get(f"{call.case_id} busy", 0) + 1
            if busy == 1:
                memory.kept[call.case_id] = call.send("GET")
        response = call.proceed()
        time.sleep(2 * WINDOW)
        with memory.lock:
            memory.kept[f"{call.case_id} busy"] -= 1
        return response

    return on_every(step)


def _drop_concurrent(call: Call, memory: Memory) -> Response:
    """Drop a write during another write, and respond as if it had been performed."""
    with memory.lock:
        busy = memory.kept.get(call.case_id, 0)
        memory.kept[call.case_id] = busy + 1
    try:
        response = call.send("GET") if busy and call.payload is not None else call.proceed()
        time.sleep(WINDOW)
    finally:
        with memory.lock:
            memory.kept[call.case_id] -= 1
    return response


FAULTS = (
    fault("ids-from-clock", "PARALLEL-CREATE CREATE-ID-UNIQUE", "derives the id of a case from the time, so parallel creates get the same id", on_with_memory(CREATE, _id_from_clock)),
    fault("parallel-creates-share-id", "PARALLEL-CREATE", "responds to a create with the newest id, which may belong to another create", on_with_memory(CREATE, _newest_id)),
    fault("parallel-creates-lost", "PARALLEL-CREATE", "stores only one of several parallel creates", on_every(_lose_creates)),
    fault("patch-reads-then-writes", "PARALLEL-PATCH LINEARIZABLE", "loses fields of parallel PATCHes", on(PATCH, _lose_update)),
    fault("patch-of-new-fields-reads-then-writes", "PARALLEL-PATCH", "loses fields of parallel PATCHes that add new fields",
        on(PATCH, _lose_new_fields)),
    fault("patch-of-arrays-reads-then-writes", "PARALLEL-PATCH", "loses parallel changes while a PATCH writes an array",
        on(PATCH, _lose_arrays)),
    fault("parallel-patches-dropped", "PARALLEL-PATCH LINEARIZABLE", "ignores a PATCH while another is in progress",
        on_with_memory(PATCH, _drop_concurrent)),
    fault("put-torn", "PARALLEL-PUT LINEARIZABLE", "shows a half-written record during a PUT", on(PUT, _tear_put(WINDOW))),
    fault("put-field-by-field", "PARALLEL-PUT", "mixes the fields of parallel PUTs", on(PUT, _interleave_puts)),
    fault("put-clears-first", "PARALLEL-PUT LINEARIZABLE", "shows an empty case during a PUT", on(PUT, _clear_first)),
    fault("parallel-transitions-all-accepted", "PARALLEL-TRANSITION", "accepts every one of several parallel transitions",
        on(TRANSITION, _repeat_transition)),
    fault("parallel-transitions-chain", "PARALLEL-TRANSITION", "treats the second of two equal transitions as the next transition",
        on_with_memory(TRANSITION, _continue_transition)),
    fault("reads-lag-behind-writes", "LINEARIZABLE", "serves old data from a replica during a PUT or PATCH", _serve_replica(UPDATES)),
    fault("reads-lag-behind-patches", "LINEARIZABLE", "serves old data from a replica during a PATCH", _serve_replica(PATCH)),
    fault("parallel-updates-dropped", "LINEARIZABLE PARALLEL-PATCH", "ignores a PUT or PATCH while another is in progress",
        on_with_memory(UPDATES, _drop_concurrent)),
)  # fmt: skip
