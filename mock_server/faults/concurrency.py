"""Faults that show when requests meet: lost updates, torn writes, shared ids, reads that lag.

Each opens a window with a short sleep between a read and a write, so a handle with one of these blocks: an
adapter runs it in threads.
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
"""Seconds."""


def _lost_update(call: Call) -> Response:
    """Read, wait, write all of it."""
    old = call.record()
    if call.payload is None or not old:
        return call.proceed()
    time.sleep(WINDOW)
    return call.send("PUT", writable_fields(old) | call.payload)


def _lost_new_fields(call: Call) -> Response:
    """Known fields are set one by one, new ones by writing all of the record."""
    old = call.record()
    new = old and call.payload and not set(call.payload) <= set(old)
    return _lost_update(call) if new else call.proceed()


def _lost_arrays(call: Call) -> Response:
    """Arrays live in a column of their own, which is written as a whole."""
    arrays = any(isinstance(value, list) for value in (call.payload or {}).values())
    return _lost_update(call) if arrays else call.proceed()


def _torn(pause: float) -> Callable[[Call], Response]:
    """Half of a PUT, then the other half."""

    def step(call: Call) -> Response:
        if call.payload is None or not call.record():
            return call.proceed()
        half = dict(list(call.payload.items())[: len(call.payload) // 2])
        call.proceed_with(half)
        time.sleep(pause)
        return call.send("PATCH", call.payload)

    return step


def _interleaved(call: Call) -> Response:
    """Field by field: whoever is last wins each."""
    if call.payload is None or not call.record():
        return call.proceed()
    for gone in set(writable_fields(call.record())) - set(call.payload):
        call.send("PATCH", {gone: None})
    for name, value in call.payload.items():
        call.send("PATCH", {name: value})
        time.sleep(WINDOW / 8)
    return call.send("GET")


def _emptied_first(call: Call) -> Response:
    """Delete, wait, insert."""
    if call.payload is None or not call.record():
        return call.proceed()
    call.proceed_with({})
    time.sleep(WINDOW)
    return call.proceed()


def _ids_by_the_clock(call: Call, memory: Memory) -> Response:
    """Creates within one tick of the clock get one id."""
    response = call.proceed()
    if response.status != CREATED:
        return response
    tick = int(time.monotonic() / (5 * WINDOW))
    with memory.lock:
        case_id = memory.kept.setdefault(str(tick), record_of(response)["id"])
    return with_record(response, set_field("id", case_id))


def _lost_creates(call: Call, memory: Memory) -> Response:
    """Of creates that overlap, the first is kept."""
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


def _ids_of_the_last(call: Call, memory: Memory) -> Response:
    """The id is read back as the newest one, which may be another client's."""
    response = call.proceed()
    if response.status != CREATED:
        return response
    with memory.lock:
        memory.kept["newest"] = record_of(response)["id"]
    time.sleep(WINDOW)
    return with_record(response, set_field("id", memory.kept["newest"]))


def _moves_twice(call: Call) -> Response:
    """Look whether the move is allowed, wait, move."""
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


def _moves_on(call: Call, memory: Memory) -> Response:
    """The second of two equal moves is taken for the next one."""
    response = call.proceed()
    if response.status != 409 or memory.kept.get(call.case_id) != call.request.body:
        memory.kept[call.case_id] = call.request.body
        return response
    return call.transition("Reopen" if call.record().get("caseStatus") == "Close" else "Close")


def _lagging(operations: frozenset[str]) -> Fault:
    """A replica answers reads while writes are under way, and catches up when none is."""

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


def _answered_early(call: Call, memory: Memory) -> Response:
    """A write that comes while another is under way is dropped, and answered as if done."""
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
    fault("ids-by-the-clock", "PARALLEL-CREATE CREATE-ID-UNIQUE", "makes ids of the time", on_with_memory(CREATE, _ids_by_the_clock)),
    fault("ids-of-the-last", "PARALLEL-CREATE", "answers a create with the newest id", on_with_memory(CREATE, _ids_of_the_last)),
    fault("parallel-creates-lost", "PARALLEL-CREATE", "loses all but one of several creates", on_every(_lost_creates)),
    fault("patch-reads-then-writes", "PARALLEL-PATCH LINEARIZABLE", "loses parallel PATCHes", on(PATCH, _lost_update)),
    fault("patch-of-new-fields-reads-then-writes", "PARALLEL-PATCH", "loses parallel PATCHes of new fields",
        on(PATCH, _lost_new_fields)),
    fault("patch-of-arrays-reads-then-writes", "PARALLEL-PATCH", "loses what is patched beside a PATCH of an array",
        on(PATCH, _lost_arrays)),
    fault("parallel-patches-dropped", "PARALLEL-PATCH LINEARIZABLE", "drops a PATCH that meets another",
        on_with_memory(PATCH, _answered_early)),
    fault("put-torn", "PARALLEL-PUT LINEARIZABLE", "shows half of a PUT", on(PUT, _torn(WINDOW))),
    fault("put-field-by-field", "PARALLEL-PUT", "mixes parallel PUTs", on(PUT, _interleaved)),
    fault("put-empties-first", "PARALLEL-PUT LINEARIZABLE", "shows an empty case during a PUT", on(PUT, _emptied_first)),
    fault("parallel-moves-all-count", "PARALLEL-TRANSITION", "makes a move once for every parallel request",
        on(TRANSITION, _moves_twice)),
    fault("parallel-moves-go-on", "PARALLEL-TRANSITION", "takes the second of two equal moves for the next",
        on_with_memory(TRANSITION, _moves_on)),
    fault("reads-lag-behind-writes", "LINEARIZABLE", "reads from a replica while writes are under way", _lagging(UPDATES)),
    fault("reads-lag-behind-patches", "LINEARIZABLE", "reads from a replica while a PATCH is under way", _lagging(PATCH)),
    fault("parallel-updates-dropped", "LINEARIZABLE PARALLEL-PATCH", "drops an update that meets another",
        on_with_memory(UPDATES, _answered_early)),
)  # fmt: skip
