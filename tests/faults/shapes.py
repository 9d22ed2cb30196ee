"""Faults of numbers, structures and names, as caused by database columns and mappers."""

import json
import re
import unicodedata
from functools import partial
from typing import Any

from mock_server.core.messages import Fault
from mock_server.faults.call import CREATE, PATCH, PUT, WRITES, Operations, change_shown, change_stored
from mock_server.faults.changed_values import change_values
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import (
    DROP,
    Change,
    Payload,
    arrays,
    depth,
    depth_limit,
    exactly,
    floats,
    in_arrays,
    inner_names,
    inside,
    integers,
    names,
    numbers,
    objects,
    texts,
    words,
)

INT32 = 2**31
EXACT = 2**52


def _inner(change: Change, operations: Operations = WRITES) -> Fault:
    return change_stored(inside(change), operations)


def _listed(change: Change, operations: Operations = WRITES) -> Fault:
    return change_stored(in_arrays(change), operations)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _unique(items: list[Any]) -> list[Any]:
    return list({_json(item): item for item in items}.values())


def _flat_object(value: Payload) -> Payload:
    flat: Payload = {}
    for name, call in value.items():
        flat |= (
            {f"{name}.{inner}": kept for inner, kept in call.items()}
            if isinstance(call, dict)
            else {name: call}
        )
    return flat


def _by_id(items: list[Any]) -> list[Any]:
    merged: dict[str, Any] = {}
    for index, item in enumerate(items):
        key = item.get("k", index) if isinstance(item, dict) else index
        merged[_json(key)] = item
    return list(merged.values())


def _texts_if_mixed(items: list[Any]) -> list[Any]:
    scalars = all(isinstance(item, str | int | float) for item in items)
    return [str(item) for item in items] if scalars and len({type(item) for item in items}) > 1 else items


def _pairs_to_object(items: list[Any]) -> Any:
    pairs = items and all(
        isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) for item in items
    )
    return dict(items) if pairs else items


def _numbered_to_array(value: Payload) -> Any:
    return list(value.values()) if value and all(map(str.isdigit, value)) else value


def _without(name: str) -> Change:
    return objects(lambda value: {key: call for key, call in value.items() if key != name})


def _snake(name: str) -> str:
    parts = words(name)
    return "_".join(part.lower() for part in parts) if name == "".join(parts) and len(parts) > 1 else name


def _one_case(payload: Payload) -> Payload:
    first: dict[str, str] = {}
    merged: Payload = {}
    for name, value in payload.items():
        merged[first.setdefault(name.casefold(), name)] = value
    return merged


METHODS = frozenset({"get", "keys", "items", "values"})

NUMBERS = "ROUND-TRIP-NUMBER"
SHAPE = "ROUND-TRIP-SHAPE"
NAMES = "ROUND-TRIP-NAMES"

FAULTS = (
    # numbers
    fault("number-int32-clamped-in-patch", NUMBERS, "limits integers to 32 bits in a PATCH",
        change_values(integers(lambda n: max(-INT32, min(n, INT32 - 1))), PATCH)),
    fault("number-16-bits-in-objects", NUMBERS, "wraps integers to 16 bits inside objects and arrays",
        _inner(integers(lambda n: n % 2**16))),
    fault("number-even-beyond-52-bits", NUMBERS, "rounds integers beyond 52 bits down to even ones",
        change_values(integers(lambda n: n if abs(n) < EXACT else n & ~1))),
    fault("number-four-decimals-in-patch-objects", NUMBERS, "rounds numbers to four decimals inside objects and arrays in a PATCH",
        _inner(floats(lambda n: round(n, 4)), PATCH)),
    fault("number-cut-to-integer-in-arrays", NUMBERS, "drops the decimals of numbers in arrays", _listed(floats(int))),
    fault("number-six-digits", NUMBERS, "rounds decimal numbers to six significant digits", change_values(floats(lambda n: float(f"{n:g}")))),
    fault("number-tiny-to-zero", NUMBERS, "stores 0 for numbers below a millionth",
        change_values(floats(lambda n: n if abs(n) >= 1e-6 else 0))),
    fault("number-huge-to-null", NUMBERS, "stores null for numbers above 1e300",
        change_values(floats(lambda n: n if abs(n) < 1e300 else None))),
    fault("number-sign-lost-in-put", NUMBERS, "drops the minus sign of numbers in a PUT", change_values(numbers(abs), PUT)),
    fault("number-exponent-to-text", NUMBERS, "stores numbers with an exponent as strings",
        change_values(floats(lambda n: str(n) if "e" in str(n) else n))),
    fault("number-to-text-in-arrays", NUMBERS, "stores numbers in arrays as strings", _listed(numbers(str))),
    fault("number-to-boolean", NUMBERS, "stores 0 and 1 as booleans",
        change_values(lambda v: exactly(0, becomes=False)(exactly(1, becomes=True)(v)))),
    fault("number-int64-overflow", NUMBERS, "limits numbers to 64 bits",
        change_values(numbers(lambda n: max(-(2**63), min(n, 2**63 - 1))))),
    # arrays
    fault("array-deduplicated-in-patch", SHAPE, "drops duplicate items of arrays in a PATCH", change_values(arrays(_unique), PATCH)),
    fault("array-empty-dropped-in-put", SHAPE, "drops empty arrays in a PUT", change_values(exactly([], becomes=DROP), PUT)),
    fault("array-nulls-blank", SHAPE, "stores null in arrays as an empty string", _listed(exactly(None, becomes=""))),
    fault("array-items-with-same-key-merged", SHAPE, "stores only the last of several items with the same key", change_values(arrays(_by_id))),
    fault("array-mixed-to-text", SHAPE, "stores all items of an array with mixed types as strings", change_values(arrays(_texts_if_mixed))),
    fault("array-of-pairs-to-object", SHAPE, "stores an array of pairs as an object", change_values(arrays(_pairs_to_object))),
    fault("array-objects-cut-to-first", SHAPE, "stores only the first item of nested arrays of objects",
        _inner(arrays(lambda a: a[:1] if a and isinstance(a[0], dict) else a))),
    # objects
    fault("object-flattened-in-objects", SHAPE, "flattens nested objects", _inner(objects(_flat_object))),
    fault("object-empty-dropped", SHAPE, "drops nested empty objects", _inner(exactly({}, becomes=DROP))),
    fault("object-numbered-to-array", SHAPE, "stores an object with numeric names as an array",
        change_values(objects(_numbered_to_array))),
    fault("object-deep-as-text", SHAPE, "stores objects of more than three levels as JSON text in a string",
        change_values(objects(lambda o: _json(o) if depth(o) > 3 else o))),
    fault("object-cut-at-5-levels", SHAPE, "drops objects and arrays below the fifth level",
        change_stored(depth_limit(6, lambda v: DROP if isinstance(v, dict | list) else v))),
    fault("object-type-dropped", NAMES, "drops members named type", change_values(_without("type"))),
    fault("object-inner-ids-dropped", NAMES, "drops members named id", change_values(_without("id"))),
    fault("object-references-dropped", NAMES, "drops members named $ref", change_values(_without("$ref"))),
    fault("object-value-unwrapped", SHAPE, "stores an object whose only member is value as that value",
        change_values(objects(lambda o: o["value"] if set(o) == {"value"} else o))),
    fault("object-of-40-cut", SHAPE, "stores only the first 32 members of an object", change_values(objects(lambda o: dict(list(o.items())[:32])))),
    # falsy values
    fault("false-to-null", SHAPE, "stores false as null", change_values(exactly(False, becomes=None))),
    fault("zero-dropped-in-objects", SHAPE, "drops 0 inside objects and arrays", _inner(exactly(0, becomes=DROP))),
    fault("empty-text-dropped-in-arrays", SHAPE, "drops empty strings from arrays", _listed(exactly("", becomes=DROP))),
    fault("null-to-empty-text", SHAPE, "stores null as an empty string in a create", change_values(exactly(None, becomes=""), CREATE)),
    fault("boolean-to-number", SHAPE, "stores booleans as 0 and 1",
        change_values(lambda v: int(v) if isinstance(v, bool) else v)),
    fault("boolean-to-text-in-arrays", SHAPE, "stores booleans in arrays as strings",
        _listed(lambda v: str(v).lower() if isinstance(v, bool) else v)),
    # names
    fault("name-snake-cased-in-patch", NAMES, "converts names from camel case to snake case in a PATCH", change_stored(names(_snake), PATCH)),
    fault("name-lower-case-in-objects", NAMES, "converts names inside objects to lower case", change_stored(inner_names(str.lower))),
    fault("name-dots-replaced-in-objects", NAMES, "replaces a dot by _ in names inside objects",
        change_stored(inner_names(lambda n: n.replace(".", "_")))),
    fault("name-dollar-dropped", NAMES, "drops $ from names", change_stored(names(lambda n: n.replace("$", "") or n))),
    fault("name-ascii-only", NAMES, "drops names with non-ASCII characters",
        change_stored(names(lambda n: n if n.isascii() else DROP))),
    fault("name-composed-in-put", NAMES, "converts names to Unicode normal form C in a PUT",
        change_stored(names(partial(unicodedata.normalize, "NFC")), PUT)),
    fault("name-dunder-dropped", NAMES, "drops names that begin and end with __",
        change_stored(names(lambda n: DROP if re.fullmatch("__.+__", n) else n))),
    fault("name-methods-dropped-in-objects", NAMES, "drops names such as get and keys inside objects",
        change_stored(inner_names(lambda n: DROP if n in METHODS else n))),
    fault("name-private-hidden", NAMES, "omits names that begin with _ in responses",
        change_shown(names(lambda n: DROP if n[:1] == "_" else n))),
    fault("name-case-ignored", NAMES, "merges fields whose names differ only in letter case", change_stored(_one_case)),
    fault("name-brackets-cut", NAMES, "cuts names at a bracket", change_stored(names(lambda n: n.partition("[")[0] or n))),
    fault("name-is-dropped", NAMES, "drops the prefix is_ from names", change_stored(names(lambda n: n.removeprefix("is_")))),
    fault("name-slash-replaced-in-patch", NAMES, "replaces / by . in names in a PATCH",
        change_stored(names(lambda n: n.replace("/", ".")), PATCH)),
    fault("name-null-dropped", NAMES, "drops fields named null", change_stored(names(lambda n: DROP if n == "null" else n))),
    fault("name-quotes-dropped", NAMES, "drops quotes from names",
        change_stored(names(lambda n: n.replace('"', "").replace("'", "")))),
    # ordinary values
    fault("create-drops-false", "CREATE-STORES", "drops false in a create", change_values(exactly(False, becomes=DROP), CREATE)),
    fault("create-sorts-arrays", "CREATE-STORES", "sorts arrays of strings in a create",
        change_values(arrays(lambda a: sorted(a) if all(isinstance(i, str) for i in a) else a), CREATE)),
    fault("create-stores-numbers-as-text", "CREATE-STORES", "stores numbers as strings in a create",
        change_values(numbers(str), CREATE)),
    fault("create-drops-inner-objects", "CREATE-STORES", "drops nested objects in a create",
        _inner(objects(lambda _: DROP), CREATE)),
    fault("create-cuts-text-at-20", "CREATE-STORES", "cuts strings to 20 characters in a create",
        change_values(texts(lambda t: t[:20]), CREATE)),
)  # fmt: skip
