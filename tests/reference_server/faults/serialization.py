"""Faults in serialisation: mappers, sanitisers and columns that change values.

A row: name, requirement, change, and the operations that apply it (all writes by default).
"""

from __future__ import annotations

import html
import json
import re
import struct
import unicodedata
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from reference_server.catalogue import FAULTS, Fault, fault
from reference_server.records import Call, Fields
from reference_server.service import CaseService
from reference_server.value_changes import (
    Change,
    arrays,
    at_top,
    deep,
    inside,
    names,
    numbers,
    objects,
    only,
    texts,
)

WRITES = ("create", "put", "patch")


class ChangesValues(CaseService):
    """Changes the payload of some operations."""

    def __init__(self, change: Change, operations: tuple[str, ...] = WRITES) -> None:
        super().__init__()
        self.change = change
        self.operations = operations

    def clean(self, call: Call, document: Fields) -> Fields:
        fields = super().clean(call, document)
        return self.change(fields) if call.operation in self.operations else fields


def cut_bytes(text: str, limit: int) -> str:
    """Truncate a text to a number of bytes."""
    return text.encode("utf-8", "surrogatepass")[:limit].decode("utf-8", "ignore")


def as_date(text: str) -> str:
    """Add midnight to a calendar day."""
    return f"{text}T00:00:00.000Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text


def as_instant(text: str) -> str:
    """Convert a time with an offset to UTC."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", text):
        return text
    instant = datetime.fromisoformat(text)
    return (instant - (instant.utcoffset() or instant - instant)).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_scalar(text: str) -> Any:
    """Convert the texts that YAML reads as booleans or null."""
    return {"true": True, "false": False, "null": None, "yes": True, "no": False}.get(text.lower(), text)


def as_number(text: str) -> Any:
    """Convert a text of digits to an integer."""
    return int(text) if re.fullmatch(r"-?\d{1,15}", text) else text


def single(number: float) -> float:
    """Round a number to a 4-byte float."""
    if isinstance(number, int) or abs(number) > 3e38:
        return number
    return struct.unpack("f", struct.pack("f", number))[0]


def flat(items: list[Any]) -> list[Any]:
    return [leaf for item in items for leaf in (item if isinstance(item, list) else [item])]


def csv(items: list[Any]) -> list[Any]:
    """Join texts with commas and split them again."""
    return ",".join(items).split(",") if items and all(isinstance(item, str) for item in items) else items


def distinct(items: list[Any]) -> list[Any]:
    return [item for n, item in enumerate(items) if item not in items[:n]]


def sorted_texts(items: list[Any]) -> list[Any]:
    return sorted(items) if all(isinstance(item, str) for item in items) else items


def by_id(items: list[Any]) -> list[Any]:
    """Sort rows by their ids."""
    rows = items and all(isinstance(item, dict) and isinstance(item.get("id"), int | str) for item in items)
    return sorted(items, key=lambda item: str(item["id"])) if rows else items


def one_type(items: list[Any]) -> list[Any]:
    """Convert all items to text if one item is text."""
    mixed = any(isinstance(item, str) for item in items)
    return [str(item) if isinstance(item, int | float) else item for item in items] if mixed else items


def folded(value: Fields) -> Fields:
    """Merge names that differ only in case."""
    kept: dict[str, str] = {}
    for name in value:
        kept.setdefault(name.lower(), name)
    return {kept[name.lower()]: item for name, item in value.items()}


def dotted(value: Fields) -> Fields:
    """Convert a dot in a name to a nested object."""
    return {
        n.partition(".")[0]: {n.partition(".")[2]: v} if "." in n.strip(".") else v for n, v in value.items()
    }


def list_of(value: Fields) -> Any:
    """Convert an object with the names 0, 1, 2 … to an array, as PHP does."""
    return list(value.values()) if list(value) == [str(n) for n in range(len(value))] else value


def without(pattern: str) -> Change:
    return texts(partial(re.sub, pattern, ""))


def swap(pattern: str, replacement: str) -> Change:
    return texts(partial(re.sub, pattern, replacement))


def deeper(limit: int, value: Any) -> Any:
    """Replace values below a number of levels by null."""
    if isinstance(value, dict):
        return {name: deeper(limit - 1, item) for name, item in value.items()} if limit else None
    return [deeper(limit - 1, item) for item in value] if isinstance(value, list) and limit else value


def fewer(limit: int, fields: Fields) -> Fields:
    return dict(list(fields.items())[:limit])


def fifteen_digits(number: float) -> float:
    """Round an integer to fifteen digits."""
    return int(float(f"{number:.14e}")) if isinstance(number, int) and abs(number) < 2**53 else number


def present(keep: Change) -> Change:
    """Remove members unless `keep` accepts their value."""
    return objects(lambda value: {name: item for name, item in value.items() if keep(item)})


def named(keep: Change) -> Change:
    """Remove members unless `keep` accepts their name."""
    return objects(lambda value: {name: item for name, item in value.items() if keep(name)})


RESERVED = {"constructor", "toString", "hasOwnProperty", "prototype"}
KEYWORDS = {"class", "def", "from", "type", "select", "order"}

TEXT = "ROUND-TRIP-TEXT"
MARKUP = "ROUND-TRIP-MARKUP"
NUMBER = "ROUND-TRIP-NUMBER"
SHAPE = "ROUND-TRIP-SHAPE"
NAMES = "ROUND-TRIP-NAMES"

ROWS: tuple[tuple[Any, ...], ...] = (
    ("decomposes-accents", TEXT, texts(partial(unicodedata.normalize, "NFD"))),
    ("trims-nested-text", TEXT, inside(texts(str.strip))),
    ("trims-the-end-on-patch", TEXT, texts(str.rstrip), ("patch",)),
    ("windows-line-ends", TEXT, swap("(?<!\r)\n", "\r\n")),
    ("collapses-spaces", TEXT, swap("  +", " ")),
    ("tabs-to-spaces", TEXT, swap("\t", " ")),
    ("plain-space-for-nbsp", TEXT, swap("\u00a0", " ")),
    ("strips-zero-width", TEXT, without("[\u200b-\u200d\u2060\ufeff]")),
    ("strips-direction-marks", TEXT, without("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    ("strips-variation-selectors", TEXT, without("[\ufe00-\ufe0f]")),
    ("line-separators-to-newlines", TEXT, swap("[\u2028\u2029\u0085]", "\n")),
    ("three-byte-characters-in-put", TEXT, swap("[\U00010000-\U0010ffff]", "?"), ("put",)),
    ("straightens-quotes", TEXT, texts(lambda t: t.translate({0x201C: '"', 0x201D: '"', 0x2019: "'"}))),
    ("cut-at-4000-bytes", TEXT, texts(partial(cut_bytes, limit=4000))),
    ("items-cut-at-255", TEXT, arrays(lambda a: [i[:255] if isinstance(i, str) else i for i in a])),
    ("non-ascii-cut-at-90-bytes", TEXT, texts(lambda t: t if t.isascii() else cut_bytes(t, 90))),
    ("days-get-midnight", TEXT, texts(as_date)),
    ("instants-in-utc", TEXT, texts(as_instant)),
    ("guesses-booleans", TEXT, inside(texts(as_scalar))),
    ("guesses-numbers-on-patch", TEXT, texts(as_number), ("patch",)),
    ("lowercases-addresses", TEXT, texts(lambda t: t.lower() if re.fullmatch(r"\S+@\S+", t) else t)),
    ("decodes-forms", TEXT, texts(unquote_plus)),
    ("sharp-s-spelled-out", TEXT, swap("ß", "ss")),
    ("empty-text-is-null-inside", SHAPE, inside(deep(lambda v: None if v == "" else v))),
    ("escapes-spreadsheet-formulas", MARKUP, swap(r"\A(?=[=+@])", "'")),
    ("escapes-html-on-put", MARKUP, texts(html.escape), ("put",)),
    ("evaluates-templates", MARKUP, swap(r"\{\{.*?\}\}|\$\{.*?\}", "")),
    ("strips-sql-comments", MARKUP, without("--.*")),
    ("four-byte-floats", NUMBER, numbers(single)),
    ("money-has-two-places", NUMBER, numbers(lambda n: round(n, 2))),
    ("twelve-digits", NUMBER, numbers(lambda n: float(f"{n:.12g}") if isinstance(n, float) else n)),
    ("floats-for-big-integers", NUMBER, numbers(fifteen_digits)),
    ("tiny-is-zero", NUMBER, inside(numbers(lambda n: 0 if abs(n) < 1e-6 else n))),
    ("nested-numbers-as-text", NUMBER, inside(numbers(str))),
    ("removes-sign-on-patch", NUMBER, numbers(abs), ("patch",)),
    ("integers-only-in-put", NUMBER, numbers(int), ("put",)),
    ("large-is-capped", NUMBER, numbers(lambda n: min(n, 1e15))),
    ("joins-with-commas", SHAPE, arrays(csv)),
    ("empty-arrays-are-null", SHAPE, deep(lambda v: None if v == [] else v)),
    ("empty-objects-are-arrays", SHAPE, at_top(deep(only(dict, list_of)))),
    ("empty-objects-vanish-inside", SHAPE, inside(present(lambda v: v != {}))),
    ("flattens-arrays", SHAPE, arrays(flat)),
    ("distinct-objects-only", SHAPE, arrays(lambda a: distinct(a) if a and isinstance(a[0], dict) else a)),
    ("sorts-texts", SHAPE, arrays(sorted_texts)),
    ("sorts-rows-by-id", SHAPE, arrays(by_id)),
    ("arrays-of-one-type", SHAPE, arrays(one_type)),
    ("no-null-items", SHAPE, arrays(lambda a: [item for item in a if item is not None])),
    ("at-most-100-items", SHAPE, arrays(lambda a: a[:100])),
    ("at-most-25-fields", SHAPE, partial(fewer, 25)),
    ("six-levels", SHAPE, partial(deeper, 6)),
    ("false-vanishes-inside", SHAPE, inside(present(lambda v: v is not False))),
    ("zero-is-false", SHAPE, deep(only(bool, int))),
    ("lowercases-names", NAMES, names(str.lower)),
    ("names-of-any-case", NAMES, objects(folded)),
    ("underscores-for-spaces", NAMES, names(lambda n: n.replace(" ", "_"))),
    ("snake-case-inside", NAMES, inside(names(lambda n: re.sub(r"(?<=[a-z])([A-Z])", r"_\1", n).lower()))),
    ("trims-names", NAMES, names(str.strip)),
    ("dots-nest", NAMES, dotted),
    ("dollars-vanish", NAMES, named(lambda n: not n.startswith("$"))),
    ("names-cut-at-63", NAMES, names(lambda n: n[:63])),
    ("ascii-names", NAMES, names(lambda n: n.encode("ascii", "ignore").decode() or "field")),
    ("hyphens-vanish", NAMES, names(lambda n: n.replace("-", ""))),
    ("reserved-names-vanish", NAMES, named(lambda n: n not in RESERVED)),
    ("keywords-get-an-underscore", NAMES, names(lambda n: n + "_" if n in KEYWORDS else n)),
    ("no-digit-first", NAMES, names(lambda n: "_" + n if n[:1].isdigit() else n)),
    ("create-cuts-at-255", TEXT, texts(lambda t: t[:255]), ("create",)),
    ("create-nulls-what-is-falsy", "CREATE-STORES", at_top(lambda v: v or None), ("create",)),
)  # fmt: skip

FAULTS.extend(
    Fault(name, partial(ChangesValues, change, *operations), (requirement,))
    for name, requirement, change, *operations in ROWS
)


@fault("ROUND-TRIP-SHAPE")
class NullIsEmptyText(CaseService):
    """A field that is null is stored as an empty text."""

    def clean(self, call: Call, document: Fields) -> Fields:
        return {name: "" if value is None else value for name, value in super().clean(call, document).items()}


@fault("ROUND-TRIP-NAMES")
class InnerNamesAreLowerCase(CaseService):
    """The names inside of objects are stored in lower case."""

    def clean(self, call: Call, document: Fields) -> Fields:
        lower = names(str.lower)
        return {name: lower(value) for name, value in super().clean(call, document).items()}


@fault("JSON-ONLY")
class LengthCountsCharacters(CaseService):
    """The length of a text that is not ASCII is counted in characters, so its end is missing."""

    def encode(self, document: Any) -> bytes:
        text = json.dumps(document, ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass")[: len(text)]
