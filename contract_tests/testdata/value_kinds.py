"""Kinds of values that a tenant may refuse in every field, such as objects, with samples to find out.

A server may refuse a value (CREATE-STORES), so a tenant without objects is tested with the other kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT

PROBES: Final[tuple[tuple[str, Any], ...]] = tuple(
    (field, payload[field])
    for payload, field in (
        (ORDINARY, "testLocation"),
        (REPLACEMENT, "testLocation"),
        (REPLACEMENT, "testClosing"),
        (ORDINARY, "testWitnesses"),
        (ORDINARY, "testTags"),
        (ORDINARY, "testAmount"),
        (ORDINARY, "testHeadcount"),
        (ORDINARY, "testConfirmed"),
    )
)
"""One field of each kind except text."""


def kind_of(value: Any) -> str:
    """Return the name of the value's kind, in the plural."""
    if isinstance(value, dict):
        inside = {type(member) for member in value.values()}
        return "objects with arrays" if list in inside else "nested objects" if dict in inside else "objects"
    if isinstance(value, list):
        return "arrays of objects or arrays" if {type(item) for item in value} & {dict, list} else "arrays"
    return _SCALARS.get(type(value), "nulls")


_SCALARS: Final[Mapping[type, str]] = {str: "texts", bool: "booleans", int: "integers", float: "fractions"}
