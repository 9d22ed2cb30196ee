"""Faults of typed columns and file formats: values that a store takes for another type, pads, clamps or rounds.

A row: name, requirement, change, and the operations that apply it (all writes by default).
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final

from reference_server.catalogue import FAULTS, Fault
from reference_server.faults.serialization import MARKUP, NUMBER, SHAPE, TEXT, WRITES, ChangesValues
from reference_server.value_changes import arrays, at_top, inside, numbers, texts

MISSING_VALUES: Final = {"NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A", "<NA>"}
YAML_FLAGS: Final = {"yes": True, "on": True, "no": False, "off": False}
LARGEST: Final = 2**31 - 1


def as_seconds(text: str) -> Any:
    """Return a text such as 12:30 as a number of base 60, as YAML 1.1 does."""
    if not re.fullmatch(r"[1-9]?\d(:[0-5]\d)+", text):
        return text
    value = 0
    for part in text.split(":"):
        value = value * 60 + int(part)
    return value


def as_spreadsheet_date(text: str) -> str:
    """Return a text such as 1-2 or 3/4 as a date, as a spreadsheet does."""
    match = re.fullmatch(r"(\d{1,2})[-/](\d{1,2})", text)
    return f"2026-{int(match[2]):02}-{int(match[1]):02}" if match else text


def one_character_at_least(items: list[Any]) -> list[Any]:
    """Return an array without empty texts, as joining and splitting does."""
    return [item for item in items if item != ""]


def rectangular(items: list[Any]) -> list[Any]:
    """Pad inner arrays with null to one length, as multidimensional columns demand."""
    lengths = [len(item) for item in items if isinstance(item, list)]
    if len(lengths) < 2:
        return items
    return [item + [None] * (max(lengths) - len(item)) if isinstance(item, list) else item for item in items]


def as_bit(number: Any) -> Any:
    """Return 0 and 1 as booleans, as a one-bit column does."""
    return bool(number) if number in (0, 1) else number


ROWS: tuple[tuple[Any, ...], ...] = (
    ("missing-values-are-null", TEXT, texts(lambda t: None if t in MISSING_VALUES else t)),
    ("yaml-flags", TEXT, texts(lambda t: YAML_FLAGS.get(t.lower(), t))),
    ("yaml-times-are-numbers", TEXT, texts(as_seconds)),
    ("spreadsheet-dates", TEXT, texts(as_spreadsheet_date)),
    ("plus-signs-vanish", TEXT, texts(lambda t: re.sub(r"\A\+(?=\d)", "", t))),
    ("adds-slashes", TEXT, texts(lambda t: re.sub(r"(['\"\\])", r"\\\1", t))),
    ("escapes-like-patterns", TEXT, texts(lambda t: re.sub(r"([%_])", r"\\\1", t))),
    ("fixed-length-texts", TEXT, texts(lambda t: t.ljust(8) if t else t)),
    ("fixed-length-texts-trimmed", TEXT, texts(lambda t: t.rstrip(" "))),
    ("times-lose-fractions", TEXT, texts(lambda t: re.sub(r"(T\d\d:\d\d:\d\d)\.\d+", r"\1", t))),
    ("sentence-case-on-patch", TEXT, texts(lambda t: t[:1].upper() + t[1:]), ("patch",)),
    ("comments-after-hash-vanish", TEXT, texts(lambda t: t.partition(" #")[0])),
    ("texts-end-at-a-tab", TEXT, texts(lambda t: t.partition("\t")[0])),
    ("ideographic-spaces-narrow", TEXT, texts(lambda t: t.replace("\u3000", " "))),
    ("text-cut-at-32767-characters", TEXT, texts(lambda t: t[:32_767])),
    ("script-tags-vanish", MARKUP, texts(lambda t: re.sub(r"</?script[^>]*>", "", t))),
    ("clamps-at-32-bits", NUMBER, numbers(lambda n: max(-LARGEST - 1, min(n, LARGEST)))),
    ("six-decimal-places", NUMBER, numbers(lambda n: round(n, 6) if isinstance(n, float) else n)),
    ("bits-are-flags", NUMBER, numbers(as_bit)),
    ("unsigned-columns", NUMBER, numbers(lambda n: max(n, 0))),
    ("nested-floats-are-integers-on-patch", NUMBER, inside(numbers(int)), ("patch",)),
    ("empty-text-is-null-on-put", SHAPE, at_top(lambda v: None if v == "" else v), ("put",)),
    ("empty-items-vanish", SHAPE, arrays(one_character_at_least)),
    ("rectangular-arrays", SHAPE, arrays(rectangular)),
    ("null-items-are-text", SHAPE, arrays(lambda a: ["null" if item is None else item for item in a])),
    ("empty-objects-are-null-on-patch", SHAPE, at_top(lambda v: None if v == {} else v), ("patch",)),
)  # fmt: skip

FAULTS.extend(
    Fault(name, partial(ChangesValues, change, *(operations or (WRITES,))), (requirement,))
    for name, requirement, change, *operations in ROWS
)
