"""Faults of PUT: what a handler keeps, drops, or does a second time.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import restatus, swallowed
from mock_server.faults.call import (
    OK,
    PATCH,
    PUT,
    Call,
    Memory,
    at,
    details,
    every,
    refusal,
    remember,
    stores,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import DROP, inside, known, merged, objects

Record = dict[str, Any]


def replaced(put: Callable[[Record, Record], Record]) -> Fault:
    """A PUT stores what `put` makes of the record's details and the payload."""

    def step(one: Call) -> Response:
        return one.on() if one.payload is None else one.storing(put(details(one.record()), one.payload))

    return at(PUT, step)


def _same_put(then: Callable[[Call], Response]) -> Fault:
    """A PUT equal to the one before has another effect."""

    def step(one: Call, memory: Memory) -> Response:
        before = memory.kept.get(one.case_id)
        memory.kept[one.case_id] = one.request.body
        return then(one) if before == one.request.body and one.payload is not None else one.on()

    return remember(PUT, step)


def _appends(one: Call) -> Response:
    old = details(one.record())
    payload = one.payload or {}
    return one.storing({n: [*old.get(n, []), *v] if isinstance(v, list) else v for n, v in payload.items()})


def _unless(same: Callable[[Any, Any], bool]) -> Fault:
    """A PUT leaves the values alone that a comparison takes for the old ones."""
    return replaced(
        lambda old, new: {n: old[n] if n in old and same(old[n], v) else v for n, v in new.items()}
    )


def _collated(text: Any) -> Any:
    """What a database's usual collation compares of a text."""
    return text.rstrip().casefold() if isinstance(text, str) else text


def _hidden(one: Call, memory: Memory) -> Response:
    """A PUT hides what it does not name; a PATCH writes all of it back."""
    before = details(one.record()) if one.operation in PUT | PATCH else {}
    answer = one.on()
    if answer.status != OK:
        return answer
    if one.operation in PUT:
        memory.kept[one.case_id] = memory.kept.get(one.case_id, {}) | before
    elif one.operation in PATCH and one.case_id in memory.kept:
        return one.ask("PATCH", memory.kept.pop(one.case_id) | details(one.record()))
    return answer


ROWS = (
    row("put-answers-201", "PUT-STATUS SCHEMA", "answers a PUT with 201", restatus(PUT, 201)),
    row("put-answers-204", "PUT-STATUS SCHEMA", "answers a PUT with 204 and no body", restatus(PUT, 204, b"")),
    row("put-answers-nothing", "PUT-STATUS SCHEMA", "answers a PUT with 200 and no body", restatus(PUT, 200, b"")),
    row("put-refuses-the-same-again", "PUT-STATUS PUT-IDEMPOTENT", "answers a repeated PUT with 409",
        _same_put(lambda one: refusal(409) if one.welcome else one.on())),
    row("put-merges", "PUT-REPLACES", "takes a PUT for a PATCH", at(PUT, lambda one: one.on(method="PATCH"))),
    row("put-merges-inside-objects", "PUT-REPLACES", "merges an object in a PUT with the old one",
        replaced(lambda old, new: {n: merged(old.get(n), v) for n, v in new.items()})),
    row("put-keeps-arrays", "PUT-REPLACES", "keeps arrays that a PUT does not name",
        replaced(lambda old, new: {n: v for n, v in old.items() if isinstance(v, list)} | new)),
    row("put-keeps-one-field", "PUT-REPLACES", "keeps one text that a PUT does not name",
        replaced(lambda old, new: dict([p for p in old.items() if isinstance(p[1], str) and p[0] not in new][:1]) | new)),
    row("put-blanks", "PUT-REPLACES", "stores an empty text for what a PUT does not name",
        replaced(lambda old, new: dict.fromkeys(old, "") | new)),
    row("put-ignores-new-fields", "PUT-REPLACES", "stores no field by PUT that the case never had",
        replaced(lambda old, new: known(new, old))),
    row("put-of-nothing-ignored", "PUT-REPLACES", "ignores a PUT with fewer than two fields",
        swallowed(PUT, lambda one, _: len(one.payload or {}) < 2)),
    row("put-ignores-falsy", "PUT-REPLACES", "ignores false, 0 and empty values in a PUT",
        stores(lambda p: {n: v for n, v in p.items() if v}, PUT)),
    row("put-keeps-types", "PUT-REPLACES", "stores a number as text where a text was",
        replaced(lambda old, new: {n: str(v) if isinstance(old.get(n), str) else v for n, v in new.items()})),
    row("put-compares-loosely", "PUT-REPLACES", "takes true for 1, and false for 0, when it looks for what a PUT changes",
        _unless(lambda old, new: bool(old == new))),
    row("put-compares-as-a-collation", "PUT-REPLACES", "takes texts for the same that differ in case or in spaces at the end",
        _unless(lambda old, new: bool(_collated(old) == _collated(new)))),
    row("put-compares-emptiness", "PUT-REPLACES", "leaves one empty value where another was",
        _unless(lambda old, new: not old and not new)),
    row("put-sorts-out-arrays", "PUT-REPLACES", "takes arrays for the same that hold the same items in another order",
        _unless(lambda old, new: isinstance(old, list) and isinstance(new, list) and sorted(map(str, old)) == sorted(map(str, new)))),
    row("put-hides-what-a-patch-shows", "PUT-REPLACES PATCH-PARTIAL", "shows with the next PATCH what a PUT has dropped",
        every(_hidden)),
    row("put-drops-depth", "PUT-REPLACES", "stores no objects inside objects by PUT",
        stores(inside(objects(lambda _: DROP)), PUT)),
    row("put-appends-when-repeated", "PUT-IDEMPOTENT", "appends arrays when the same PUT comes again",
        _same_put(_appends)),
    row("put-drops-falsy-when-repeated", "PUT-IDEMPOTENT", "drops false, 0 and empty values when the same PUT comes again",
        _same_put(lambda one: one.storing({n: v for n, v in (one.payload or {}).items() if v}))),
    row("put-empties-when-repeated", "PUT-IDEMPOTENT", "takes a repeated PUT for an undo",
        _same_put(lambda one: one.storing({}))),
    row("put-moves-when-repeated", "PUT-IDEMPOTENT", "moves the case when the same PUT comes again",
        _same_put(lambda one: one.move("Close") if one.on().status == OK else one.on())),
)  # fmt: skip
