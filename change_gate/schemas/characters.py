"""Sets of characters as sorted, disjoint ranges of code points, with the classes of ECMA-262."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from typing import Final

Ranges = tuple[tuple[int, int], ...]

LAST: Final = sys.maxunicode
# JSON text holds no lone surrogates, so two gaps-free halves make up all characters.
ANY: Final[Ranges] = ((0, 0xD7FF), (0xE000, LAST))
DIGIT: Final[Ranges] = ((0x30, 0x39),)
WORD: Final[Ranges] = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
SPACE: Final[Ranges] = (
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
LINE_END: Final[Ranges] = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
GENERAL_CATEGORIES: Final = {
    "Letter": "L",
    "Lowercase_Letter": "Ll",
    "Uppercase_Letter": "Lu",
    "Mark": "M",
    "Number": "N",
    "Decimal_Number": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
    "Other": "C",
}


class PatternError(ValueError):
    """A pattern that is invalid, or uses syntax that this module does not support."""


def normalize(ranges: list[tuple[int, int]]) -> Ranges:
    """Return ranges sorted and merged."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """Return every character that is not in the ranges."""
    gaps, start = [], 0
    for low, high in normalize([*ranges, (0xD800, 0xDFFF)]):
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        gaps.append((start, LAST))
    return tuple(gaps)


@functools.cache
def category(name: str) -> Ranges:
    """Return the characters of a Unicode general category, such as `L` or `Nd`."""
    short = GENERAL_CATEGORIES.get(name, name)
    if not re.fullmatch("[LMNPSZC][a-z]?", short):
        raise PatternError(f"the property {name} is not known")
    return normalize([(n, n) for n in range(LAST + 1) if unicodedata.category(chr(n))[: len(short)] == short])
