"""Faults of PUT: kept or dropped fields, and different effects of a repeated PUT."""

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
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import DROP, inside, objects

Record = dict[str, Any]


def change_put(put: Callable[[Record, Record], Record]) -> Fault:
    """Return a fault by which a PUT stores the result of `put(old fields, payload)`."""

    def step(call: Call) -> Response:
        return (
            call.proceed()
            if call.payload is None
            else call.proceed_with(put(writable_fields(call.record()), call.payload))
        )

    return on(PUT, step)


def _on_repeated_put(then: Callable[[Call], Response]) -> Fault:
    """Return a fault that handles a PUT with the same body as the previous one by `then`."""

    def step(call: Call, memory: Memory) -> Response:
        before = memory.kept.get(call.case_id)
        memory.kept[call.case_id] = call.request.body
        return then(call) if before == call.request.body and call.payload is not None else call.proceed()

    return on_with_memory(PUT, step)


def _keep_if(same: Callable[[Any, Any], bool]) -> Fault:
    """Return a fault by which a PUT keeps old values that `same` treats as equal to the new ones."""
    return change_put(
        lambda old, new: {n: old[n] if n in old and same(old[n], v) else v for n, v in new.items()}
    )


def _collate(text: Any) -> Any:
    """Return the part of a string that a typical database collation compares."""
    return text.rstrip().casefold() if isinstance(text, str) else text


def _hide_fields(call: Call, memory: Memory) -> Response:
    """Hide fields that a PUT removes, and restore them with the next PATCH."""
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
    fault("put-returns-201", "PUT-STATUS SCHEMA", "responds to a PUT with 201", change_status(PUT, 201)),
    fault("put-returns-no-body", "PUT-STATUS SCHEMA", "responds to a PUT with 200 and no body", change_status(PUT, 200, b"")),
    fault("put-refuses-repetition", "PUT-STATUS PUT-IDEMPOTENT", "responds to a repeated PUT with 409",
        _on_repeated_put(lambda call: refusal(409) if call.is_authenticated else call.proceed())),
    fault("put-keeps-arrays", "PUT-REPLACES", "keeps arrays that are not in the PUT",
        change_put(lambda old, new: {n: v for n, v in old.items() if isinstance(v, list)} | new)),
    fault("put-keeps-one-field", "PUT-REPLACES", "keeps one string that is not in the PUT",
        change_put(lambda old, new: dict([p for p in old.items() if isinstance(p[1], str) and p[0] not in new][:1]) | new)),
    fault("put-blanks-missing-fields", "PUT-REPLACES", "stores an empty string for fields that are not in the PUT",
        change_put(lambda old, new: dict.fromkeys(old, "") | new)),
    fault("put-ignores-small-payload", "PUT-REPLACES", "ignores a PUT with fewer than two fields",
        skip_updates(PUT, lambda call, _: len(call.payload or {}) < 2)),
    fault("put-ignores-falsy", "PUT-REPLACES", "ignores empty, zero, false and null values in a PUT",
        change_stored(lambda p: {n: v for n, v in p.items() if v}, PUT)),
    fault("put-keeps-types", "PUT-REPLACES", "stores a number as a string if the old value was a string",
        change_put(lambda old, new: {n: str(v) if isinstance(old.get(n), str) else v for n, v in new.items()})),
    fault("put-compares-loosely", "PUT-REPLACES", "treats 1 and true, and 0 and false, as equal when it looks for changes in a PUT",
        _keep_if(lambda old, new: bool(old == new))),
    fault("put-compares-like-collation", "PUT-REPLACES", "treats strings as equal that differ in letter case or trailing spaces when it looks for changes in a PUT",
        _keep_if(lambda old, new: bool(_collate(old) == _collate(new)))),
    fault("put-compares-emptiness", "PUT-REPLACES", "keeps an empty value in a PUT if the new value is empty, too",
        _keep_if(lambda old, new: not old and not new)),
    fault("patch-restores-fields-removed-by-put", "PUT-REPLACES PATCH-PARTIAL", "restores fields that a PUT removed with the next PATCH",
        on_every(_hide_fields)),
    fault("put-drops-nested-objects", "PUT-REPLACES", "drops nested objects in a PUT",
        change_stored(inside(objects(lambda _: DROP)), PUT)),
    fault("put-drops-falsy-when-repeated", "PUT-IDEMPOTENT", "drops empty, zero, false and null values in a repeated PUT",
        _on_repeated_put(lambda call: call.proceed_with({n: v for n, v in (call.payload or {}).items() if v}))),
    fault("put-empties-when-repeated", "PUT-IDEMPOTENT", "clears the case in a repeated PUT",
        _on_repeated_put(lambda call: call.proceed_with({}))),
    fault("put-closes-when-repeated", "PUT-IDEMPOTENT", "closes the case in a repeated PUT",
        _on_repeated_put(lambda call: call.transition("Close") if call.proceed().status == OK else call.proceed())),
)  # fmt: skip
