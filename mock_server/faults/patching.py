"""Faults of PATCH: what a handler overlooks, ignores, or combines with what was there.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import now_shown, restatus, swallowed, touched
from mock_server.faults.call import (
    PATCH,
    Call,
    Memory,
    at,
    details,
    refusal,
    refusals,
    remember,
    stores,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import (
    DROP,
    at_top,
    depth,
    exactly,
    floats,
    inside,
    known,
    merged,
    numbers,
    objects,
    texts,
)

Record = dict[str, Any]


def patched(patch: Callable[[Record, Record], Record]) -> Fault:
    """A PATCH stores what `patch` makes of the record's details and the payload."""

    def step(one: Call) -> Response:
        payload, old = one.payload, details(one.record())
        return one.on() if payload is None or not old else one.ask("PUT", patch(old, payload))

    return at(PATCH, step)


def _arrays(merge: Callable[[list[Any], list[Any]], list[Any]]) -> Fault:
    """A PATCH combines an array with the one that was there."""

    def patch(old: Record, payload: Record) -> Record:
        both = {
            n: merge(old[n], v)
            for n, v in payload.items()
            if isinstance(v, list) and isinstance(old.get(n), list)
        }
        return old | payload | both

    return patched(patch)


def _by_index(old: list[Any], new: list[Any]) -> list[Any]:
    return [
        merged(was, now) if now is not DROP else was for was, now in zip_longest(old, new, fillvalue=DROP)
    ]


def _by_key(old: list[Any], new: list[Any]) -> list[Any]:
    if not all(isinstance(item, dict) and "id" in item for item in [*old, *new]):
        return new
    known = {item["id"]: item for item in old}
    return list((known | {item["id"]: known.get(item["id"], {}) | item for item in new}).values())


def _objects_in_turns(one: Call, memory: Memory) -> Response:
    payload, old = one.payload, details(one.record())
    if not payload or not any(isinstance(value, dict) for value in payload.values()):
        return one.on()
    return one.storing(
        payload if memory.count() % 2 else {n: merged(old.get(n), v) for n, v in payload.items()}
    )


def _objects(change: Callable[[Record, Record], Record]) -> Fault:
    """A PATCH combines an object with the one that was there."""

    def patch(old: Record, payload: Record) -> Record:
        both = {
            n: change(old[n], v)
            for n, v in payload.items()
            if isinstance(v, dict) and isinstance(old.get(n), dict)
        }
        return old | payload | both

    return patched(patch)


def _by_count(skip: Callable[[int], bool]) -> Callable[[Call, Memory], bool]:
    return lambda one, memory: skip(memory.count(one.case_id))


def _stores_the_rest(one: Call, answer: Response) -> Response:
    """Of a PATCH that is refused, each field that fits by itself is stored."""
    for name, value in (one.payload or {}).items():
        one.ask("PATCH", {name: value})
    return answer


ROWS = (
    row("patch-answers-202", "PATCH-STATUS SCHEMA", "answers a PATCH with 202", restatus(PATCH, 202)),
    row("patch-answers-204", "PATCH-STATUS SCHEMA", "answers a PATCH with 204 and no body", restatus(PATCH, 204, b"")),
    row("patch-answers-a-text", "PATCH-STATUS SCHEMA", "answers a PATCH with a JSON text",
        restatus(PATCH, 200, b'"updated"')),
    row("patch-of-no-change-304", "PATCH-STATUS SCHEMA", "answers 304 to a PATCH that changes nothing",
        at(PATCH, lambda one: Response(304) if (old := one.record()) and old == old | (one.payload or {}) else one.on())),
    row("patch-replaces", "PATCH-PARTIAL", "takes a PATCH for a PUT", patched(lambda _, new: new)),
    row("patch-ignores-new-fields", "PATCH-PARTIAL", "stores no field by PATCH that the case lacks",
        patched(lambda old, new: old | known(new, old))),
    row("patch-ignores-false", "PATCH-PARTIAL", "ignores false in a PATCH", stores(at_top(exactly(False, becomes=DROP)), PATCH)),
    row("patch-ignores-zero", "PATCH-PARTIAL", "ignores 0 in a PATCH",
        stores(at_top(numbers(lambda n: n or DROP)), PATCH)),
    row("patch-ignores-empty-text", "PATCH-PARTIAL", "ignores an empty text in a PATCH",
        stores(at_top(exactly("", becomes=DROP)), PATCH)),
    row("patch-ignores-empty-arrays", "PATCH-PARTIAL PATCH-ARRAYS", "ignores [] in a PATCH",
        stores(at_top(exactly([], becomes=DROP)), PATCH)),
    row("patch-ignores-null", "PATCH-PARTIAL", "ignores null in a PATCH",
        stores(at_top(exactly(None, becomes=DROP)), PATCH)),
    row("patch-stores-falsy-new-as-null", "PATCH-PARTIAL", "stores null for a falsy value of a new field",
        patched(lambda old, new: old | {n: v if v or n in old else None for n, v in new.items()})),
    row("patch-ignores-other-types", "PATCH-PARTIAL", "ignores a value of another type than the old one",
        patched(lambda old, new: old | {n: v for n, v in new.items() if n not in old or type(v) is type(old[n])})),
    row("patch-takes-one-field", "PATCH-PARTIAL", "applies the first field of a PATCH",
        stores(lambda p: dict(list(p.items())[:1]), PATCH)),
    row("patch-takes-eight-fields", "PATCH-PARTIAL", "applies eight fields of a PATCH",
        stores(lambda p: dict(list(p.items())[:8]), PATCH)),
    row("patch-drops-other-false", "PATCH-PARTIAL", "drops false from the fields that a PATCH does not name",
        patched(lambda old, new: {n: v for n, v in old.items() if v is not False} | new)),
    row("patch-rounds-other-fields", "PATCH-PARTIAL", "rounds the fields that a PATCH does not name",
        patched(lambda old, new: at_top(floats(round))(old) | new)),
    row("patch-cuts-other-objects", "PATCH-PARTIAL", "loses depth in the fields that a PATCH does not name",
        patched(lambda old, new: inside(objects(lambda _: DROP))(old) | new)),
    row("patch-lowers-text", "PATCH-PARTIAL", "stores lower case by PATCH", stores(at_top(texts(str.lower)), PATCH)),
    row("patch-appends-arrays", "PATCH-ARRAYS", "appends an array to the old one", _arrays(lambda old, new: old + new)),
    row("patch-unites-arrays", "PATCH-ARRAYS", "adds the items that the old array lacks",
        _arrays(lambda old, new: old + [item for item in new if item not in old])),
    row("patch-merges-arrays-by-index", "PATCH-ARRAYS", "lays an array over the old one", _arrays(_by_index)),
    row("patch-merges-arrays-by-id", "PATCH-ARRAYS", "matches items by their id", _arrays(_by_key)),
    row("patch-keeps-longer-arrays", "PATCH-ARRAYS", "replaces as many items as the array has",
        _arrays(lambda old, new: new + old[len(new):])),
    row("patch-cuts-arrays", "PATCH-ARRAYS", "keeps the length of the old array",
        _arrays(lambda old, new: new[: len(old)] if old else new)),
    row("patch-ignores-shorter-arrays", "PATCH-ARRAYS", "ignores an array that is shorter than the old one",
        _arrays(lambda old, new: new if len(new) >= len(old) else old)),
    row("patch-objects-in-turns", "PATCH-OBJECTS", "merges every second object", remember(PATCH, _objects_in_turns)),
    row("patch-objects-by-depth", "PATCH-OBJECTS", "merges flat objects and replaces deep ones",
        _objects(lambda old, new: new if depth(old) > 1 else old | new)),
    row("patch-objects-keep-old", "PATCH-OBJECTS", "adds members to an object and changes none",
        _objects(lambda old, new: new | old)),
    row("patch-objects-ignored", "PATCH-OBJECTS", "ignores an object in a PATCH", _objects(lambda old, _: old)),
    row("patch-objects-known-members", "PATCH-OBJECTS", "stores no members that an object lacks",
        _objects(lambda old, new: old | known(new, old))),
    row("patch-of-nothing-clears", "PATCH-EMPTY", "clears the case by a PATCH of {}",
        at(PATCH, lambda one: one.ask("PUT", {}) if one.payload == {} else one.on())),
    row("patch-of-nothing-empties-arrays", "PATCH-EMPTY", "empties arrays by a PATCH of {}",
        patched(lambda old, new: old | new if new else {n: [] if isinstance(v, list) else v for n, v in old.items()})),
    row("patch-of-nothing-closes", "PATCH-EMPTY", "closes the case by a PATCH of {}",
        at(PATCH, lambda one: one.move("Close") if one.payload == {} else one.on())),
    row("patch-of-nothing-fails", "PATCH-EMPTY NO-SERVER-ERROR", "answers 500 to a PATCH of {}",
        at(PATCH, lambda one: refusal(500) if one.payload == {} else one.on())),
    row("patch-of-nothing-is-new", "PATCH-EMPTY", "sets createdDate by a PATCH of {}",
        touched(PATCH, lambda _: now_shown(), lambda one: one.payload == {})),
    row("patch-works-once", "PATCH-REPEATED", "ignores every PATCH after the first of a case",
        swallowed(PATCH, _by_count(lambda turn: turn > 1))),
    row("patch-second-ignored", "PATCH-REPEATED", "ignores every second PATCH of a case",
        swallowed(PATCH, _by_count(lambda turn: turn % 2 == 0))),
    row("patch-sixth-ignored", "PATCH-REPEATED", "ignores every sixth PATCH of a case",
        swallowed(PATCH, _by_count(lambda turn: turn % 6 == 0))),
    row("patch-known-payload-ignored", "PATCH-REPEATED", "ignores a PATCH that it has seen before",
        swallowed(PATCH, lambda one, memory: memory.count(f"{one.case_id} {one.request.body!r}") > 1)),
    row("patch-of-one-field-again-ignored", "PATCH-REPEATED", "ignores a PATCH of the fields that the last one named",
        swallowed(PATCH, lambda one, memory: memory.kept.get(one.case_id) == set(one.payload or {})
                  or bool(memory.kept.update({one.case_id: set(one.payload or {})})))),
    row("refused-patch-stores-the-rest", "UPDATE-REFUSED-INERT", "stores what fits of a PATCH that it refuses",
        refusals(_stores_the_rest, PATCH)),
)  # fmt: skip
