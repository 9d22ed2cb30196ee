"""Faults of numbers, structure and names: what columns, mappers and binders do to everything but text.

Rows only; how a change reaches a payload, values.py and calls.py know.
"""

import json
import re
import struct
import unicodedata
from functools import partial
from typing import Any

from mock_server.core.messages import Fault
from mock_server.faults.call import CREATE, OWNED, PATCH, PUT, WRITES, Operations, shows, stores
from mock_server.faults.fault import row
from mock_server.faults.value_changes import (
    DROP,
    Change,
    Payload,
    arrays,
    depth,
    depth_limit,
    everywhere,
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
MOST_FIELDS = 24
MOST_ITEMS = 100


def _value(change: Change, operations: Operations = WRITES) -> Fault:
    return stores(everywhere(change), operations)


def _inner(change: Change, operations: Operations = WRITES) -> Fault:
    return stores(inside(change), operations)


def _listed(change: Change, operations: Operations = WRITES) -> Fault:
    return stores(in_arrays(change), operations)


def _single(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _unique(items: list[Any]) -> list[Any]:
    return list({_json(item): item for item in items}.values())


def _flat(items: list[Any]) -> list[Any]:
    return [inner for item in items for inner in (item if isinstance(item, list) else [item])]


def _flat_object(value: Payload) -> Payload:
    flat: Payload = {}
    for name, one in value.items():
        flat |= (
            {f"{name}.{inner}": kept for inner, kept in one.items()} if isinstance(one, dict) else {name: one}
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
    return objects(lambda value: {key: one for key, one in value.items() if key != name})


def _first_fields(payload: Payload) -> Payload:
    return dict(list(payload.items())[:MOST_FIELDS])


def _split_dots(payload: Payload) -> Payload:
    split: Payload = {}
    for name, value in payload.items():
        first, dot, rest = name.partition(".")
        if dot and first and rest:
            split.setdefault(first, {})
            if isinstance(split[first], dict):
                split[first][rest] = value
        else:
            split[name] = value
    return split


def _camel(name: str) -> str:
    return re.sub("(?<=[a-z])_([a-z])", lambda found: found[1].upper(), name)


def _snake(name: str) -> str:
    parts = words(name)
    return "_".join(part.lower() for part in parts) if name == "".join(parts) and len(parts) > 1 else name


def _one_case(payload: Payload) -> Payload:
    first: dict[str, str] = {}
    merged: Payload = {}
    for name, value in payload.items():
        merged[first.setdefault(name.casefold(), name)] = value
    return merged


RESERVED = frozenset({"constructor", "prototype", "toString", "valueOf", "hasOwnProperty"})
METHODS = frozenset({"get", "keys", "items", "values"})

NUMBERS = "ROUND-TRIP-NUMBER"
SHAPE = "ROUND-TRIP-SHAPE"
NAMES = "ROUND-TRIP-NAMES"

ROWS = (
    # numbers
    row("number-int32-overflow", NUMBERS, "stores an integer in 32 bits",
        _value(integers(lambda n: (n + INT32) % (2 * INT32) - INT32))),
    row("number-int32-clamped-in-patch", NUMBERS, "keeps an integer within 32 bits, in a PATCH",
        _value(integers(lambda n: max(-INT32, min(n, INT32 - 1))), PATCH)),
    row("number-16-bits-in-objects", NUMBERS, "keeps an integer below 65536 inside objects",
        _inner(integers(lambda n: n % 2**16))),
    row("number-even-beyond-52-bits", NUMBERS, "rounds large integers to even ones",
        _value(integers(lambda n: n if abs(n) < EXACT else n & ~1))),
    row("number-single-precision", NUMBERS, "stores a float in 32 bits", _value(floats(_single))),
    row("number-two-decimals", NUMBERS, "rounds to cents", _value(floats(lambda n: round(n, 2)))),
    row("number-four-decimals-in-patch-objects", NUMBERS, "rounds to four decimals inside objects, in a PATCH",
        _inner(floats(lambda n: round(n, 4)), PATCH)),
    row("number-cut-to-integer-in-arrays", NUMBERS, "cuts the fraction off in arrays", _listed(floats(int))),
    row("number-six-digits", NUMBERS, "keeps six digits of a float", _value(floats(lambda n: float(f"{n:g}")))),
    row("number-tiny-to-zero", NUMBERS, "stores 0 for less than a millionth",
        _value(floats(lambda n: n if abs(n) >= 1e-6 else 0))),
    row("number-huge-to-null", NUMBERS, "stores null for more than 1e300",
        _value(floats(lambda n: n if abs(n) < 1e300 else None))),
    row("number-sign-lost-in-put", NUMBERS, "drops a minus, in a PUT", _value(numbers(abs), PUT)),
    row("number-exponent-to-text", NUMBERS, "stores a number with an exponent as text",
        _value(floats(lambda n: str(n) if "e" in str(n) else n))),
    row("number-to-text-in-arrays", NUMBERS, "stores numbers as texts in arrays", _listed(numbers(str))),
    row("number-to-boolean", NUMBERS, "stores 0 and 1 as booleans",
        _value(lambda v: exactly(0, becomes=False)(exactly(1, becomes=True)(v)))),
    row("number-int64-overflow", NUMBERS, "keeps a number within 64 bits",
        _value(numbers(lambda n: max(-(2**63), min(n, 2**63 - 1))))),
    # arrays
    row("array-sorted", SHAPE, "sorts arrays", _value(arrays(lambda a: sorted(a, key=str)))),
    row("array-deduplicated-in-patch", SHAPE, "drops repeated items, in a PATCH", _value(arrays(_unique), PATCH)),
    row("array-capped", SHAPE, f"keeps {MOST_ITEMS} items of an array", _value(arrays(lambda a: a[:MOST_ITEMS]))),
    row("array-of-one-unwrapped", SHAPE, "stores the item of a one-item array",
        _value(arrays(lambda a: a[0] if len(a) == 1 else a))),
    row("array-empty-dropped-in-put", SHAPE, "drops empty arrays, in a PUT", _value(exactly([], becomes=DROP), PUT)),
    row("array-nulls-dropped", SHAPE, "drops null from arrays", _listed(exactly(None, becomes=DROP))),
    row("array-nulls-blank", SHAPE, "stores null in arrays as an empty text", _listed(exactly(None, becomes=""))),
    row("array-flattened", SHAPE, "flattens arrays in arrays", _value(arrays(_flat))),
    row("array-joined", SHAPE, "stores an array of texts as one text",
        _value(arrays(lambda a: ",".join(a) if a and all(isinstance(i, str) for i in a) else a))),
    row("array-items-with-one-key-merged", SHAPE, "keeps the last of items with one key", _value(arrays(_by_id))),
    row("array-mixed-to-text", SHAPE, "stores an array of mixed types as texts", _value(arrays(_texts_if_mixed))),
    row("array-of-pairs-to-object", SHAPE, "stores an array of pairs as an object", _value(arrays(_pairs_to_object))),
    row("array-objects-cut-to-first", SHAPE, "keeps the first object of an array inside objects",
        _inner(arrays(lambda a: a[:1] if a and isinstance(a[0], dict) else a))),
    # objects
    row("object-flattened-in-objects", SHAPE, "flattens objects inside objects", _inner(objects(_flat_object))),
    row("object-empty-to-array", SHAPE, "stores {} as []", _value(exactly({}, becomes=[]))),
    row("object-empty-dropped", SHAPE, "drops {} inside objects", _inner(exactly({}, becomes=DROP))),
    row("object-numbered-to-array", SHAPE, "stores an object with numbered members as an array",
        _value(objects(_numbered_to_array))),
    row("object-deep-as-text", SHAPE, "stores objects with objects inside as text",
        _value(objects(lambda o: _json(o) if depth(o) > 3 else o))),
    row("object-cut-at-5-levels", SHAPE, "drops what lies deeper than five levels",
        stores(depth_limit(6, lambda v: DROP if isinstance(v, dict | list) else v))),
    row("object-type-dropped", SHAPE, "takes a member type for its own", _value(_without("type"))),
    row("object-inner-ids-dropped", SHAPE, "drops members named id", _value(_without("id"))),
    row("object-references-dropped", SHAPE, "drops members named $ref", _value(_without("$ref"))),
    row("object-value-unwrapped", SHAPE, "stores the value of an object that has nothing else",
        _value(objects(lambda o: o["value"] if set(o) == {"value"} else o))),
    row("object-of-40-cut", SHAPE, "keeps 32 members of an object", _value(objects(lambda o: dict(list(o.items())[:32])))),
    # falsy values
    row("false-to-null", SHAPE, "stores false as null", _value(exactly(False, becomes=None))),
    row("zero-dropped-in-objects", SHAPE, "drops 0 inside objects", _inner(exactly(0, becomes=DROP))),
    row("empty-text-to-null", SHAPE, "stores an empty text as null", _value(exactly("", becomes=None))),
    row("empty-text-dropped-in-arrays", SHAPE, "drops empty texts from arrays", _listed(exactly("", becomes=DROP))),
    row("null-to-empty-text", SHAPE, "stores null as an empty text", _value(exactly(None, becomes=""), CREATE)),
    row("boolean-to-number", SHAPE, "stores booleans as 0 and 1",
        _value(lambda v: int(v) if isinstance(v, bool) else v)),
    row("boolean-to-text-in-arrays", SHAPE, "stores booleans as texts in arrays",
        _listed(lambda v: str(v).lower() if isinstance(v, bool) else v)),
    row("fields-beyond-24-dropped", SHAPE, f"keeps {MOST_FIELDS} fields", stores(_first_fields)),
    row("falsy-hidden-by-get", SHAPE, "leaves falsy values out of what it shows",
        shows(lambda r: {n: v for n, v in r.items() if n in OWNED or v})),
    # names
    row("name-camel-cased", NAMES, "turns snake case into camel case", stores(names(_camel))),
    row("name-snake-cased-in-patch", NAMES, "turns camel case into snake case, in a PATCH", stores(names(_snake), PATCH)),
    row("name-lower-case-in-objects", NAMES, "stores names inside objects in lower case", stores(inner_names(str.lower))),
    row("name-dots-nested", NAMES, "takes a dot in a name as nesting", stores(_split_dots)),
    row("name-dots-replaced-in-objects", NAMES, "stores _ for a dot in names inside objects",
        stores(inner_names(lambda n: n.replace(".", "_")))),
    row("name-dollar-dropped", NAMES, "drops $ from names", stores(names(lambda n: n.replace("$", "") or n))),
    row("name-trimmed", NAMES, "drops white space around names", stores(names(str.strip))),
    row("name-spaces-to-underscores", NAMES, "stores _ for a space in names", stores(names(lambda n: n.replace(" ", "_")))),
    row("name-cut-at-64", NAMES, "keeps 64 characters of a name", stores(names(lambda n: n[:64]))),
    row("name-ascii-only", NAMES, "drops names in other scripts",
        stores(names(lambda n: n if n.isascii() else DROP))),
    row("name-composed-in-put", NAMES, "stores names in normal form C, in a PUT",
        stores(names(partial(unicodedata.normalize, "NFC")), PUT)),
    row("name-reserved-dropped", NAMES, "drops names that every object of its language has",
        stores(names(lambda n: DROP if n in RESERVED else n))),
    row("name-dunder-dropped", NAMES, "drops names between double underscores",
        stores(names(lambda n: DROP if re.fullmatch("__.+__", n) else n))),
    row("name-methods-dropped-in-objects", NAMES, "drops names of its map's methods inside objects",
        stores(inner_names(lambda n: DROP if n in METHODS else n))),
    row("name-private-hidden", NAMES, "hides names that begin with _",
        shows(names(lambda n: DROP if n[:1] == "_" else n))),
    row("name-case-ignored", NAMES, "takes names that differ in case as one", stores(_one_case)),
    row("name-brackets-cut", NAMES, "cuts a name at a bracket", stores(names(lambda n: n.partition("[")[0] or n))),
    row("name-is-dropped", NAMES, "drops is_ in front of a name", stores(names(lambda n: n.removeprefix("is_")))),
    row("name-slash-replaced-in-patch", NAMES, "stores . for / in names, in a PATCH",
        stores(names(lambda n: n.replace("/", ".")), PATCH)),
    row("name-null-dropped", NAMES, "drops the name null", stores(names(lambda n: DROP if n == "null" else n))),
    row("name-quotes-dropped", NAMES, "drops quotes from names",
        stores(names(lambda n: n.replace('"', "").replace("'", "")))),
    # ordinary values
    row("create-drops-false", "CREATE-STORES", "drops false, in a create", _value(exactly(False, becomes=DROP), CREATE)),
    row("create-sorts-arrays", "CREATE-STORES", "sorts arrays of texts, in a create",
        _value(arrays(lambda a: sorted(a) if all(isinstance(i, str) for i in a) else a), CREATE)),
    row("create-stores-numbers-as-text", "CREATE-STORES", "stores a field's number as text, in a create",
        _value(numbers(str), CREATE)),
    row("create-drops-inner-objects", "CREATE-STORES", "drops objects inside objects, in a create",
        _inner(objects(lambda _: DROP), CREATE)),
    row("create-cuts-text-at-20", "CREATE-STORES", "keeps 20 characters of a text, in a create",
        _value(texts(lambda t: t[:20]), CREATE)),
)  # fmt: skip
