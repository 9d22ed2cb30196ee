"""Faults of PUT: what a handler keeps, drops, or does a second time.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import change_status, skip_updates
from mock_server.faults.call import (
    OK,
    PATCH,
    PUT,
    Call,
    Memory,
    change_stored,
    on,
    on_every,
    on_with_memory,
    refusal,
    writable_fields,
)
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import DROP, inside, known, merged, objects

Record = dict[str, Any]


def change_put(put: Callable[[Record, Record], Record]) -> Fault:
    """A PUT stores what `put` makes of the record's details and the payload."""

    def step(call: Call) -> Response:
        return (
            call.proceed()
            if call.payload is None
            else call.proceed_with(put(writable_fields(call.record()), call.payload))
        )

    return on(PUT, step)


def _same_put(then: Callable[[Call], Response]) -> Fault:
    """A PUT equal to the one before has another effect."""

    def step(call: Call, memory: Memory) -> Response:
        before = memory.kept.get(call.case_id)
        memory.kept[call.case_id] = call.request.body
        return then(call) if before == call.request.body and call.payload is not None else call.proceed()

    return on_with_memory(PUT, step)


def _appends(call: Call) -> Response:
    old = writable_fields(call.record())
    payload = call.payload or {}
    return call.proceed_with(
        {n: [*old.get(n, []), *v] if isinstance(v, list) else v for n, v in payload.items()}
    )


def _unless(same: Callable[[Any, Any], bool]) -> Fault:
    """A PUT leaves the values alone that a comparison takes for the old ones."""
    return change_put(
        lambda old, new: {n: old[n] if n in old and same(old[n], v) else v for n, v in new.items()}
    )


def _collated(text: Any) -> Any:
    """What a database's usual collation compares of a text."""
    return text.rstrip().casefold() if isinstance(text, str) else text


def _hidden(call: Call, memory: Memory) -> Response:
    """A PUT hides what it does not name; a PATCH writes all of it back."""
    before = writable_fields(call.record()) if call.operation in PUT | PATCH else {}
    response = call.proceed()
    if response.status != OK:
        return response
    if call.operation in PUT:
        memory.kept[call.case_id] = memory.kept.get(call.case_id, {}) | before
    elif call.operation in PATCH and call.case_id in memory.kept:
        return call.send("PATCH", memory.kept.pop(call.case_id) | writable_fields(call.record()))
    return response


FAULTS = (
    fault("put-answers-201", "PUT-STATUS SCHEMA", "answers a PUT with 201", change_status(PUT, 201)),
    fault("put-answers-204", "PUT-STATUS SCHEMA", "answers a PUT with 204 and no body", change_status(PUT, 204, b"")),
    fault("put-answers-nothing", "PUT-STATUS SCHEMA", "answers a PUT with 200 and no body", change_status(PUT, 200, b"")),
    fault("put-refuses-the-same-again", "PUT-STATUS PUT-IDEMPOTENT", "answers a repeated PUT with 409",
        _same_put(lambda call: refusal(409) if call.is_authenticated else call.proceed())),
    fault("put-merges", "PUT-REPLACES", "takes a PUT for a PATCH", on(PUT, lambda call: call.proceed(method="PATCH"))),
    fault("put-merges-inside-objects", "PUT-REPLACES", "merges an object in a PUT with the old one",
        change_put(lambda old, new: {n: merged(old.get(n), v) for n, v in new.items()})),
    fault("put-keeps-arrays", "PUT-REPLACES", "keeps arrays that a PUT does not name",
        change_put(lambda old, new: {n: v for n, v in old.items() if isinstance(v, list)} | new)),
    fault("put-keeps-one-field", "PUT-REPLACES", "keeps one text that a PUT does not name",
        change_put(lambda old, new: dict([p for p in old.items() if isinstance(p[1], str) and p[0] not in new][:1]) | new)),
    fault("put-blanks", "PUT-REPLACES", "stores an empty text for what a PUT does not name",
        change_put(lambda old, new: dict.fromkeys(old, "") | new)),
    fault("put-ignores-new-fields", "PUT-REPLACES", "stores no field by PUT that the case never had",
        change_put(lambda old, new: known(new, old))),
    fault("put-of-nothing-ignored", "PUT-REPLACES", "ignores a PUT with fewer than two fields",
        skip_updates(PUT, lambda call, _: len(call.payload or {}) < 2)),
    fault("put-ignores-falsy", "PUT-REPLACES", "ignores false, 0 and empty values in a PUT",
        change_stored(lambda p: {n: v for n, v in p.items() if v}, PUT)),
    fault("put-keeps-types", "PUT-REPLACES", "stores a number as text where a text was",
        change_put(lambda old, new: {n: str(v) if isinstance(old.get(n), str) else v for n, v in new.items()})),
    fault("put-compares-loosely", "PUT-REPLACES", "takes true for 1, and false for 0, when it looks for what a PUT changes",
        _unless(lambda old, new: bool(old == new))),
    fault("put-compares-as-a-collation", "PUT-REPLACES", "takes texts for the same that differ in case or in spaces at the end",
        _unless(lambda old, new: bool(_collated(old) == _collated(new)))),
    fault("put-compares-emptiness", "PUT-REPLACES", "leaves one empty value where another was",
        _unless(lambda old, new: not old and not new)),
    fault("put-sorts-out-arrays", "PUT-REPLACES", "takes arrays for the same that hold the same items in another order",
        _unless(lambda old, new: isinstance(old, list) and isinstance(new, list) and sorted(map(str, old)) == sorted(map(str, new)))),
    fault("put-hides-what-a-patch-shows", "PUT-REPLACES PATCH-PARTIAL", "shows with the next PATCH what a PUT has dropped",
        on_every(_hidden)),
    fault("put-drops-depth", "PUT-REPLACES", "stores no objects inside objects by PUT",
        change_stored(inside(objects(lambda _: DROP)), PUT)),
    fault("put-appends-when-repeated", "PUT-IDEMPOTENT", "appends arrays when the same PUT comes again",
        _same_put(_appends)),
    fault("put-drops-falsy-when-repeated", "PUT-IDEMPOTENT", "drops false, 0 and empty values when the same PUT comes again",
        _same_put(lambda call: call.proceed_with({n: v for n, v in (call.payload or {}).items() if v}))),
    fault("put-empties-when-repeated", "PUT-IDEMPOTENT", "takes a repeated PUT for an undo",
        _same_put(lambda call: call.proceed_with({}))),
    fault("put-moves-when-repeated", "PUT-IDEMPOTENT", "moves the case when the same PUT comes again",
        _same_put(lambda call: call.transition("Close") if call.proceed().status == OK else call.proceed())),
)  # fmt: skip
