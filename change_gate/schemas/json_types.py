"""Types and numbers of JSON values."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any


def type_of(value: Any) -> str:
    """Return the JSON type of a value."""
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "boolean"
    kinds = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "")


def is_number(value: Any) -> bool:
    """Return True for a JSON number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def least_common_multiple(units: list[Fraction]) -> Fraction:
    """Return the smallest number that is a multiple of all units, or 0 where there is none."""
    result = Fraction(0)
    for unit in units:
        if not result:
            result = unit
        else:
            result = Fraction(
                math.lcm(result.numerator * unit.denominator, unit.numerator * result.denominator),
                result.denominator * unit.denominator,
            )
    return result
