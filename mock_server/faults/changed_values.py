"""Faults that change numbers, arrays and fields."""

import re

from mock_server.core.messages import Fault
from mock_server.faults.call import OWNED, WRITES, Operations, change_shown, change_stored, writable_fields
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import Change, arrays, everywhere, exactly, floats, integers, names

INT32 = 2**31
NUMBERS = "ROUND-TRIP-NUMBER"
SHAPE = "ROUND-TRIP-SHAPE"
NAMES = "ROUND-TRIP-NAMES"


def change_values(change: Change, operations: Operations = WRITES) -> Fault:
    return change_stored(everywhere(change), operations)


def _camel(name: str) -> str:
    return re.sub("(?<=[a-z])_([a-z])", lambda found: found[1].upper(), name)


FAULTS = (
    fault("number-two-decimals", NUMBERS, "rounds numbers to two decimals", change_values(floats(lambda n: round(n, 2)))),
    fault("number-int32-overflow", NUMBERS, "wraps integers to 32 bits",
        change_values(integers(lambda n: (n + INT32) % (2 * INT32) - INT32))),
    fault("array-sorted", SHAPE, "sorts arrays", change_values(arrays(lambda a: sorted(a, key=str)))),
    fault("array-of-one-unwrapped", SHAPE, "stores an array of one item as the item",
        change_values(arrays(lambda a: a[0] if len(a) == 1 else a))),
    fault("empty-text-to-null", SHAPE, "stores empty strings as null", change_values(exactly("", becomes=None))),
    fault("falsy-hidden-by-get", SHAPE, "omits empty, zero, false and null values in responses",
        change_shown(lambda r: {n: v for n, v in r.items() if n in OWNED or v})),
    fault("name-camel-cased", NAMES, "converts names from snake case to camel case", change_stored(names(_camel))),
    fault("fields-in-envelope", "CREATE-STORES", "wraps the client's fields in an object \"fields\"",
        change_shown(lambda r: {name: r[name] for name in OWNED if name in r} | {"fields": writable_fields(r)})),
)  # fmt: skip
