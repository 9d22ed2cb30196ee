"""Faults of concurrent requests: lost updates, torn writes, shared ids, stale reads.

Each sleeps shortly between a read and a write, so a handle with one of them blocks, and an adapter runs it in
threads.
"""

import time

from mock_server.core.messages import Response
from mock_server.faults.call import (
    CREATE,
    CREATED,
    PATCH,
    PUT,
    TRANSITION,
    UPDATES,
    Call,
    Memory,
    on,
    on_with_memory,
    record_of,
    with_record,
    writable_fields,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.outdated_reads import serve_replica
from mock_server.faults.parallel_requests import (
    lose_update,
)
from mock_server.faults.value_changes import set_field

WINDOW = 0.004
"""Length of a sleep between a read and a write, in seconds."""


def _lose_new_fields(call: Call) -> Response:
    """Set known fields one by one, but write the whole record for new fields."""
    old = call.record()
    new = old and call.payload and not set(call.payload) <= set(old)
    return lose_update(call) if new else call.proceed()


def _lose_arrays(call: Call) -> Response:
    """Write the whole record if the payload has an array, as if arrays shared a column."""
    arrays = any(isinstance(value, list) for value in (call.payload or {}).values())
    return lose_update(call) if arrays else call.proceed()


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


def _newest_id(call: Call, memory: Memory) -> Response:
    """Return the newest id, which may belong to another client's case."""
    response = call.proceed()
    if response.status != CREATED:
        return response
    with memory.lock:
        memory.kept["newest"] = record_of(response)["id"]
    time.sleep(WINDOW)
    return with_record(response, set_field("id", memory.kept["newest"]))


def _continue_transition(call: Call, memory: Memory) -> Response:
    """Treat the second of two equal transitions as the next transition."""
    response = call.proceed()
    known = (call.payload or {}).get("caseStatus") in ("Close", "Reopen")
    if response.status != 409 or not known or memory.kept.get(call.case_id) != call.request.body:
        memory.kept[call.case_id] = call.request.body
        return response
    return call.transition("Reopen" if call.record().get("caseStatus") == "Close" else "Close")


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
    fault("parallel-creates-share-id", "CREATE-ID-UNIQUE PARALLEL-CREATE", "responds to a create with the newest id, which may belong to another create", on_with_memory(CREATE, _newest_id)),
    fault("patch-of-new-fields-reads-then-writes", "PARALLEL-PATCH", "loses fields of parallel PATCHes that add new fields",
        on(PATCH, _lose_new_fields)),
    fault("patch-of-arrays-reads-then-writes", "PARALLEL-PATCH", "loses parallel changes while a PATCH writes an array",
        on(PATCH, _lose_arrays)),
    fault("put-field-by-field", "PARALLEL-PUT", "mixes the fields of parallel PUTs", on(PUT, _interleave_puts)),
    fault("put-clears-first", "PARALLEL-PUT LINEARIZABLE", "shows an empty case during a PUT", on(PUT, _clear_first)),
    fault("parallel-transitions-chain", "PARALLEL-TRANSITION", "treats the second of two equal transitions as the next transition",
        on_with_memory(TRANSITION, _continue_transition)),
    fault("reads-lag-behind-patches", "LINEARIZABLE", "serves old data from a replica during a PATCH", serve_replica(PATCH)),
    fault("parallel-updates-dropped", "PARALLEL-PATCH LINEARIZABLE", "ignores a PUT or PATCH while another is in progress",
        on_with_memory(UPDATES, _drop_concurrent)),
)  # fmt: skip
