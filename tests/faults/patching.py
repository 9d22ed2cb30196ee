"""Faults of PATCH: ignored fields, and wrong merges with old values."""

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import change_status, current_date, redate, skip_updates
from mock_server.faults.call import (
    OK,
    PATCH,
    Call,
    Memory,
    change_stored,
    on,
    on_refusal,
    on_with_memory,
    refusal,
    writable_fields,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import (
    DROP,
    at_top,
    depth,
    inside,
    known,
    merged,
    numbers,
    objects,
    texts,
)
from mock_server.faults.wrong_updates import change_patch, merge_arrays, when_count

Record = dict[str, Any]


def _merge_by_index(old: list[Any], new: list[Any]) -> list[Any]:
    return [
        merged(was, now) if now is not DROP else was for was, now in zip_longest(old, new, fillvalue=DROP)
    ]


def _merge_by_id(old: list[Any], new: list[Any]) -> list[Any]:
    if not all(isinstance(item, dict) and "id" in item for item in [*old, *new]):
        return new
    known = {item["id"]: item for item in old}
    return list((known | {item["id"]: known.get(item["id"], {}) | item for item in new}).values())


def _merge_every_second(call: Call, memory: Memory) -> Response:
    payload, old = call.payload, writable_fields(call.record())
    if not payload or not any(isinstance(value, dict) for value in payload.values()):
        return call.proceed()
    return call.proceed_with(
        payload if memory.count() % 2 else {n: merged(old.get(n), v) for n, v in payload.items()}
    )


def _merge_objects(change: Callable[[Record, Record], Record]) -> Fault:
    """Return a fault by which a PATCH merges an object with the old one."""

    def patch(old: Record, payload: Record) -> Record:
        both = {
            n: change(old[n], v)
            for n, v in payload.items()
            if isinstance(v, dict) and isinstance(old.get(n), dict)
        }
        return old | payload | both

    return change_patch(patch)


def _store_valid_fields(call: Call, response: Response) -> Response:
    """Store each field of a refused PATCH that is valid alone."""
    for name, value in (call.payload or {}).items():
        call.send("PATCH", {name: value})
    return response


def _refuse_no_change(call: Call) -> Response:
    old = call.record()
    response = call.proceed()
    return Response(304) if response.status == OK and old == old | (call.payload or {}) else response


FAULTS = (
    fault("patch-returns-202", "PATCH-STATUS SCHEMA", "responds to a PATCH with 202", change_status(PATCH, 202)),
    fault("patch-returns-string", "SCHEMA PATCH-STATUS", "responds to a PATCH with a JSON string",
        change_status(PATCH, 200, b'"updated"')),
    fault("patch-without-change-returns-304", "PATCH-STATUS SCHEMA", "responds with 304 to a PATCH that changes nothing",
        on(PATCH, _refuse_no_change)),
    fault("patch-ignores-new-fields", "PATCH-PARTIAL", "ignores new fields in a PATCH",
        change_patch(lambda old, new: old | known(new, old))),
    fault("patch-ignores-zero", "PATCH-PARTIAL", "ignores 0 in a PATCH",
        change_stored(at_top(numbers(lambda n: n or DROP)), PATCH)),
    fault("patch-stores-new-falsy-as-null", "PATCH-PARTIAL", "stores null for new fields with an empty, zero or false value in a PATCH",
        change_patch(lambda old, new: old | {n: v if v or n in old else None for n, v in new.items()})),
    fault("patch-ignores-other-types", "PATCH-PARTIAL", "ignores a value in a PATCH if the old value has another type",
        change_patch(lambda old, new: old | {n: v for n, v in new.items() if n not in old or type(v) is type(old[n])})),
    fault("patch-applies-first-field", "PATCH-PARTIAL", "applies only the first field of a PATCH",
        change_stored(lambda p: dict(list(p.items())[:1]), PATCH)),
    fault("patch-applies-eight-fields", "PATCH-PARTIAL", "applies only the first eight fields of a PATCH",
        change_stored(lambda p: dict(list(p.items())[:8]), PATCH)),
    fault("patch-drops-other-false", "PATCH-PARTIAL", "drops fields with the value false that are not in the PATCH",
        change_patch(lambda old, new: {n: v for n, v in old.items() if v is not False} | new)),
    fault("patch-drops-other-nested-objects", "PATCH-PARTIAL", "drops nested objects in fields that are not in the PATCH",
        change_patch(lambda old, new: inside(objects(lambda _: DROP))(old) | new)),
    fault("patch-lowercases-text", "ROUND-TRIP-TEXT", "stores strings in lower case in a PATCH", change_stored(at_top(texts(str.lower)), PATCH)),
    fault("patch-adds-array-items", "PATCH-ARRAYS", "adds items of an array in a PATCH to the old array, without duplicates",
        merge_arrays(lambda old, new: old + [item for item in new if item not in old])),
    fault("patch-merges-arrays-by-index", "PATCH-ARRAYS", "merges an array in a PATCH with the old one by index", merge_arrays(_merge_by_index)),
    fault("patch-merges-arrays-by-id", "PATCH-ARRAYS", "merges an array in a PATCH with the old one by the ids of items", merge_arrays(_merge_by_id)),
    fault("patch-cuts-arrays", "PATCH-ARRAYS", "cuts an array in a PATCH to the length of the old one",
        merge_arrays(lambda old, new: new[: len(old)] if old else new)),
    fault("patch-ignores-shorter-arrays", "PATCH-ARRAYS", "ignores an array in a PATCH that is shorter than the old one",
        merge_arrays(lambda old, new: new if len(new) >= len(old) else old)),
    fault("patch-objects-alternate", "PATCH-OBJECTS", "merges objects in every second PATCH, and replaces them in the others", on_with_memory(PATCH, _merge_every_second)),
    fault("patch-objects-by-depth", "PATCH-OBJECTS", "merges flat objects in a PATCH, but replaces nested ones",
        _merge_objects(lambda old, new: new if depth(old) > 1 else old | new)),
    fault("patch-objects-keep-old", "PATCH-PARTIAL PATCH-OBJECTS", "adds members to an object in a PATCH, but changes no existing member",
        _merge_objects(lambda old, new: new | old)),
    fault("patch-objects-ignored", "PATCH-PARTIAL PATCH-OBJECTS", "ignores an object in a PATCH if the field already has one", _merge_objects(lambda old, _: old)),
    fault("patch-objects-known-members", "PATCH-OBJECTS", "ignores new members of an object in a PATCH",
        _merge_objects(lambda old, new: old | known(new, old))),
    fault("empty-patch-clears-arrays", "PATCH-EMPTY", "clears arrays when a PATCH is empty",
        change_patch(lambda old, new: old | new if new else {n: [] if isinstance(v, list) else v for n, v in old.items()})),
    fault("empty-patch-closes", "PATCH-EMPTY", "closes the case when a PATCH is empty",
        on(PATCH, lambda call: call.transition("Close") if call.payload == {} else call.proceed())),
    fault("empty-patch-returns-500", "NO-SERVER-ERROR PATCH-EMPTY", "responds with 500 to an empty PATCH",
        on(PATCH, lambda call: refusal(500) if call.payload == {} else call.proceed())),
    fault("empty-patch-changes-date", "UPDATE-IDENTITY PATCH-EMPTY", "changes createdDate when a PATCH is empty",
        redate(PATCH, lambda _: current_date(), lambda call: call.payload == {})),
    fault("patch-second-ignored", "PATCH-REPEATED", "ignores every second PATCH of a case",
        skip_updates(PATCH, when_count(lambda turn: turn % 2 == 0))),
    fault("patch-sixth-ignored", "PATCH-REPEATED", "ignores every sixth PATCH of a case",
        skip_updates(PATCH, when_count(lambda turn: turn % 6 == 0))),
    fault("patch-repeated-payload-ignored", "PATCH-REPEATED", "ignores a PATCH with the payload of an earlier one",
        skip_updates(PATCH, lambda call, memory: memory.count(f"{call.case_id} {call.request.body!r}") > 1)),
    fault("patch-same-fields-ignored", "PATCH-REPEATED", "ignores a PATCH of the same fields as the previous one",
        skip_updates(PATCH, lambda call, memory: memory.kept.get(call.case_id) == set(call.payload or {})
                  or bool(memory.kept.update({call.case_id: set(call.payload or {})})))),
    fault("refused-patch-stores-valid-fields", "UPDATE-REFUSED-INERT", "stores the valid fields of a PATCH that it refuses",
        on_refusal(_store_valid_fields, PATCH)),
)  # fmt: skip
