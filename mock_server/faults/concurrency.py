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
    MOVE,
    NOT_FOUND,
    OK,
    PATCH,
    PUT,
    UPDATES,
    Call,
    Memory,
    at,
    details,
    every,
    record_of,
    refusal,
    remember,
    showing,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import set_field

WINDOW = 0.004
"""Seconds."""


def _lost_update(one: Call) -> Response:
    """Read, wait, write all of it."""
    old = one.record()
    if one.payload is None or not old:
        return one.on()
    time.sleep(WINDOW)
    return one.ask("PUT", details(old) | one.payload)


def _lost_new_fields(one: Call) -> Response:
    """Known fields are set one by one, new ones by writing all of the record."""
    old = one.record()
    new = old and one.payload and not set(one.payload) <= set(old)
    return _lost_update(one) if new else one.on()


def _lost_arrays(one: Call) -> Response:
    """Arrays live in a column of their own, which is written as a whole."""
    arrays = any(isinstance(value, list) for value in (one.payload or {}).values())
    return _lost_update(one) if arrays else one.on()


def _torn(pause: float) -> Callable[[Call], Response]:
    """Half of a PUT, then the other half."""

    def step(one: Call) -> Response:
        if one.payload is None or not one.record():
            return one.on()
        half = dict(list(one.payload.items())[: len(one.payload) // 2])
        one.storing(half)
        time.sleep(pause)
        return one.ask("PATCH", one.payload)

    return step


def _interleaved(one: Call) -> Response:
    """Field by field: whoever is last wins each."""
    if one.payload is None or not one.record():
        return one.on()
    for gone in set(details(one.record())) - set(one.payload):
        one.ask("PATCH", {gone: None})
    for name, value in one.payload.items():
        one.ask("PATCH", {name: value})
        time.sleep(WINDOW / 8)
    return one.ask("GET")


def _emptied_first(one: Call) -> Response:
    """Delete, wait, insert."""
    if one.payload is None or not one.record():
        return one.on()
    one.storing({})
    time.sleep(WINDOW)
    return one.on()


def _ids_by_the_clock(one: Call, memory: Memory) -> Response:
    """Creates within one tick of the clock get one id."""
    answer = one.on()
    if answer.status != CREATED:
        return answer
    tick = int(time.monotonic() / (5 * WINDOW))
    with memory.lock:
        case_id = memory.kept.setdefault(str(tick), record_of(answer)["id"])
    return showing(answer, set_field("id", case_id))


def _lost_creates(one: Call, memory: Memory) -> Response:
    """Of creates that overlap, the first is kept."""
    if one.operation in CREATE:
        with memory.lock:
            memory.kept["under way"] = memory.kept.get("under way", 0) + 1
            alone = memory.kept["under way"] == 1
        answer = one.on()
        time.sleep(WINDOW)
        with memory.lock:
            memory.kept["under way"] -= 1
            if not alone:
                memory.kept[record_of(answer).get("id", "")] = True
        return answer
    return refusal(NOT_FOUND) if one.case_id and one.case_id in memory.kept and one.welcome else one.on()


def _ids_of_the_last(one: Call, memory: Memory) -> Response:
    """The id is read back as the newest one, which may be another client's."""
    answer = one.on()
    if answer.status != CREATED:
        return answer
    with memory.lock:
        memory.kept["newest"] = record_of(answer)["id"]
    time.sleep(WINDOW)
    return showing(answer, set_field("id", memory.kept["newest"]))


def _moves_twice(one: Call) -> Response:
    """Look whether the move is allowed, wait, move."""
    before = one.record()
    payload = one.payload or {}
    allowed = {"Open": "Close", "Close": "Reopen", "Reopen": "Close"}.get(before.get("caseStatus", ""))
    if payload.get("workflowId") != before.get("lastWorkflowId") or payload.get("caseStatus") != allowed:
        return one.on()
    time.sleep(WINDOW)
    answer = one.move(str(allowed))
    if answer.status == OK:
        return answer
    back = "Reopen" if allowed == "Close" else "Close"
    one.move(back)
    return one.move(str(allowed))


def _moves_on(one: Call, memory: Memory) -> Response:
    """The second of two equal moves is taken for the next one."""
    answer = one.on()
    if answer.status != 409 or memory.kept.get(one.case_id) != one.request.body:
        memory.kept[one.case_id] = one.request.body
        return answer
    return one.move("Reopen" if one.record().get("caseStatus") == "Close" else "Close")


def _lagging(operations: frozenset[str]) -> Fault:
    """A replica answers reads while writes are under way, and catches up when none is."""

    def step(one: Call, memory: Memory) -> Response:
        if one.operation in GET:
            with memory.lock:
                busy, replica = memory.kept.get(f"{one.case_id} busy", 0), memory.kept.get(one.case_id)
            return replica if busy and replica and one.welcome else one.on()
        if one.operation not in operations:
            return one.on()
        with memory.lock:
            busy = memory.kept[f"{one.case_id} busy"] = memory.kept.get(f"{one.case_id} busy", 0) + 1
            if busy == 1:
                memory.kept[one.case_id] = one.ask("GET")
        answer = one.on()
        time.sleep(2 * WINDOW)
        with memory.lock:
            memory.kept[f"{one.case_id} busy"] -= 1
        return answer

    return every(step)


def _answered_early(one: Call, memory: Memory) -> Response:
    """A write that comes while another is under way is dropped, and answered as if done."""
    with memory.lock:
        busy = memory.kept.get(one.case_id, 0)
        memory.kept[one.case_id] = busy + 1
    try:
        answer = one.ask("GET") if busy and one.payload is not None else one.on()
        time.sleep(WINDOW)
    finally:
        with memory.lock:
            memory.kept[one.case_id] -= 1
    return answer


ROWS = (
    row("ids-by-the-clock", "PARALLEL-CREATE CREATE-ID-UNIQUE", "makes ids of the time", remember(CREATE, _ids_by_the_clock)),
    row("ids-of-the-last", "PARALLEL-CREATE", "answers a create with the newest id", remember(CREATE, _ids_of_the_last)),
    row("parallel-creates-lost", "PARALLEL-CREATE", "loses all but one of several creates", every(_lost_creates)),
    row("patch-reads-then-writes", "PARALLEL-PATCH LINEARIZABLE", "loses parallel PATCHes", at(PATCH, _lost_update)),
    row("patch-of-new-fields-reads-then-writes", "PARALLEL-PATCH", "loses parallel PATCHes of new fields",
        at(PATCH, _lost_new_fields)),
    row("patch-of-arrays-reads-then-writes", "PARALLEL-PATCH", "loses what is patched beside a PATCH of an array",
        at(PATCH, _lost_arrays)),
    row("parallel-patches-dropped", "PARALLEL-PATCH LINEARIZABLE", "drops a PATCH that meets another",
        remember(PATCH, _answered_early)),
    row("put-torn", "PARALLEL-PUT LINEARIZABLE", "shows half of a PUT", at(PUT, _torn(WINDOW))),
    row("put-field-by-field", "PARALLEL-PUT", "mixes parallel PUTs", at(PUT, _interleaved)),
    row("put-empties-first", "PARALLEL-PUT LINEARIZABLE", "shows an empty case during a PUT", at(PUT, _emptied_first)),
    row("parallel-moves-all-count", "PARALLEL-TRANSITION", "makes a move once for every parallel request",
        at(MOVE, _moves_twice)),
    row("parallel-moves-go-on", "PARALLEL-TRANSITION", "takes the second of two equal moves for the next",
        remember(MOVE, _moves_on)),
    row("reads-lag-behind-writes", "LINEARIZABLE", "reads from a replica while writes are under way", _lagging(UPDATES)),
    row("reads-lag-behind-patches", "LINEARIZABLE", "reads from a replica while a PATCH is under way", _lagging(PATCH)),
    row("parallel-updates-dropped", "LINEARIZABLE PARALLEL-PATCH", "drops an update that meets another",
        remember(UPDATES, _answered_early)),
)  # fmt: skip
