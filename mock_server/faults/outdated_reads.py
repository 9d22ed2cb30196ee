"""Faults of reads: late or outdated responses."""

import time

from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CREATE,
    GET,
    NOT_FOUND,
    OK,
    PATCH,
    PUT,
    TRANSITION,
    UPDATES,
    Call,
    Memory,
    Operations,
    on,
    on_every,
    on_with_memory,
    record_of,
    refusal,
)
from mock_server.faults.named_fault import fault

DELAY = 0.08
WINDOW = 0.004
"""Length of a sleep between a read and a write, in seconds."""


def _show_late(call: Call, memory: Memory) -> Response:
    if call.operation in CREATE:
        response = call.proceed()
        memory.kept[record_of(response).get("id", "")] = time.monotonic()
        return response
    young = time.monotonic() - memory.kept.get(call.case_id, 0.0) < DELAY
    return refusal(NOT_FOUND) if young and call.operation in GET else call.proceed()


def _miss_first_read(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    return refusal(NOT_FOUND) if response.status == OK and memory.count(call.case_id) == 1 else response


def _respond_with_previous(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if response.status != OK:
        return response
    previous = memory.kept.get("previous", response)
    memory.kept["previous"] = response
    return previous if memory.count() % 3 == 0 else response


def cache_reads(fresh: Operations) -> Fault:
    """Return a fault that serves GETs from a cache, which only `fresh` operations renew."""

    def step(call: Call, memory: Memory) -> Response:
        if call.operation in GET and call.case_id in memory.kept:
            kept: Response = memory.kept[call.case_id]
            return kept if call.is_authenticated else call.proceed()
        response = call.proceed()
        if call.operation in GET and response.status == OK:
            memory.kept[call.case_id] = response
        if call.operation in fresh:
            memory.kept.pop(call.case_id, None)
        return response

    return on_every(step)


def _read_stale_once(call: Call, memory: Memory) -> Response:
    if call.operation in UPDATES:
        before, response = call.send("GET"), call.proceed()
        if response.status == OK:
            memory.kept[call.case_id] = before
        return response
    stale = memory.kept.pop(call.case_id, None) if call.operation in GET and call.is_authenticated else None
    return stale or call.proceed()


def _respond_with_old(call: Call) -> Response:
    before, response = call.send("GET"), call.proceed()
    return before if response.status == OK else response


def serve_replica(operations: frozenset[str]) -> Fault:
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


FAULTS = (
    fault("new-case-appears-late", "CREATE-READ-YOUR-WRITE GET-SAME", f"shows a new case only after {DELAY} s", on_every(_show_late)),
    fault("first-get-returns-404", "CREATE-READ-YOUR-WRITE GET-SAME", "responds with 404 to the first GET of a case",
        on_with_memory(GET, _miss_first_read)),
    fault("get-cached-after-patch", "UPDATE-VISIBLE", "serves an outdated case from a cache after a PATCH", cache_reads(PUT | TRANSITION)),
    fault("get-stale-once", "UPDATE-VISIBLE", "shows the old record once after an update", on_every(_read_stale_once)),
    fault("put-returns-old-record", "UPDATE-VISIBLE", "responds to a PUT with the old record", on(PUT, _respond_with_old)),
    fault("patch-returns-old-record", "UPDATE-VISIBLE", "responds to a PATCH with the old record",
        on(PATCH, _respond_with_old)),
    fault("reads-lag-behind-writes", "LINEARIZABLE", "serves old data from a replica during a PUT or PATCH", serve_replica(UPDATES)),
    fault("get-returns-another-case", "GET-SAME", "responds to every third GET with the case of the previous GET",
        on_with_memory(GET, _respond_with_previous)),
)  # fmt: skip
