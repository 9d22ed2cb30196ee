"""Comparison of JSON values: the fields that a record must show, and which values count as equal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from unicodedata import bidirectional, category, normalize

from contract_tests import json_text
from contract_tests.oracle.workflow import STATUS_FIELDS
from contract_tests.text import common_start, render, shorten

# Fields that only the server sets (Case APIs, sections 1 and 4).
OWNED: Final = ("id", "createdDate", "lastWorkflowId")

DEEP: Final = 32  # levels beyond which the place of a value is shortened
NOTICEABLE: Final = 1.0  # seconds by which a store may have rounded a date

# An escape of JSON: \\uXXXX, as a pair of surrogates, or a backslash with another character.
_ESCAPED: Final = re.compile(r"\\(?:(u(?:d[89ab]..\\ud[c-f]..|....))|.)")
_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|[+-]00:00)", re.ASCII)


# The place of a value: the place of the container, and the name or number in it. None at the top.
_Place: TypeAlias = "tuple[_Place, str] | None"
_Pair: TypeAlias = tuple[Any, Any, _Place]
_ABSENT: Final = object()


def find_difference(expected: Any, actual: Any, path: str = "") -> str | None:
    """Return the first difference between the values, as a sentence with a JSON pointer, or None.

    Equal: 1 and 1.0, and any two forms of the same float, such as 1e25 and its 26 digits; a null member and an
    absent one; objects with members in another order.
    Not equal: true and 1; arrays in another order; an object with an additional member that is not null.
    """
    return _find_in([(expected, actual, (None, path) if path else None)])


def find_field_difference(
    expected: Mapping[str, Any], record: Mapping[str, Any], path: str = ""
) -> str | None:
    """Return the first difference in the fields of `expected`; the record may have more fields."""
    pairs = _members(expected, record, (None, path) if path else None)
    return _find_in([pair for pair in pairs if not _is_written_alike(pair[0], pair[1])])


def _find_in(pending: list[_Pair]) -> str | None:
    """Return the first difference in the pairs, of which the last comes first.

    Does not recurse, because values may be nested more deeply than Python's stack.
    """
    while pending:
        expected, actual, place = pending.pop()
        if actual is _ABSENT:
            return f"{_pointer_to(place)} is absent instead of {show(expected)}"
        if isinstance(expected, dict) and isinstance(actual, dict):
            extra = [key for key in actual if key not in expected and actual[key] is not None]
            if extra:
                where = f"{_pointer_to(place)}/{pointer(extra[0])}"
                return f"{where} was not sent, but is {show(actual[extra[0]])}"
            pending += _members(expected, actual, place)
        elif isinstance(expected, list) and isinstance(actual, list):
            if len(expected) != len(actual):
                where = _pointer_to(place) or "/"
                return f"{where} has {len(actual)} items instead of {len(expected)}: {show(actual)}"
            pairs = [*enumerate(zip(expected, actual, strict=True))]
            pending += [(one, other, (place, f"/{at}")) for at, (one, other) in reversed(pairs)]
        elif _kind(expected) != _kind(actual) or not _same(expected, actual):
            return f"{_pointer_to(place) or '/'} {_describe(expected, actual)}"
    return None


def _members(expected: Mapping[str, Any], record: Mapping[str, Any], place: _Place) -> list[_Pair]:
    """Return the members that have to be compared, the first one last."""
    return [
        (value, record.get(key, _ABSENT), (place, f"/{pointer(key)}"))
        for key, value in reversed([*expected.items()])
        if not (value is None and record.get(key) is None)
    ]


def _is_written_alike(one: Any, other: Any) -> bool:
    """Return True if two values are identical, as in most cases: faster than a comparison of their members.

    Only for the fields of a record: on each level of a deep value it would take quadratic time.
    """
    try:
        return repr(one) == repr(other)
    except (RecursionError, ValueError):
        return False


def _pointer_to(place: _Place) -> str:
    tokens = []
    while place is not None:
        place, token = place
        tokens.append(token)
    path = "".join(reversed(tokens))
    return path if len(tokens) <= DEEP else shorten(path)


def first_difference(expected: Any, actual: Any) -> tuple[Any, Any]:
    """Return the innermost values that differ first; the objects or arrays themselves if their members do not fit."""
    while True:
        pairs: list[tuple[Any, Any]] = []
        if isinstance(expected, dict) and isinstance(actual, dict) and expected.keys() <= actual.keys():
            pairs = [(member, actual[name]) for name, member in expected.items()]
        elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
            reordered = sorted(map(repr, expected)) == sorted(map(repr, actual))
            pairs = [] if reordered else list(zip(expected, actual, strict=True))
        inner = next((pair for pair in pairs if find_difference(*pair)), None)
        if inner is None:
            return expected, actual
        expected, actual = inner


def _same(expected: Any, actual: Any) -> bool:
    if expected == actual:
        return True
    # A float may come back with all its digits, which Python reads as a slightly different integer.
    if isinstance(expected, float) and isinstance(actual, (int, Decimal)):
        try:
            return expected == float(actual)
        except OverflowError:
            return False
    return False


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float, Decimal)):
        return "number"
    return type(value).__name__


def pointer(key: str) -> str:
    """Return a key as a token of a JSON pointer (RFC 6901 section 3)."""
    return shorten(key.replace("~", "~0").replace("/", "~1"), 60)


def _describe(expected: Any, actual: Any) -> str:
    """Return how a value differs. Two texts may look the same: in the middle of long ones, or by lone surrogates."""
    shown, sent = show(actual), show(expected)
    if render(shown) != render(sent) or not isinstance(expected, str) or not isinstance(actual, str):
        return f"is {shown} instead of {sent}"
    place = common_start(
        actual, expected
    )  # before the end of both, since the shown texts state their lengths
    one, other = ord(actual[place]), ord(expected[place])
    return f"has U+{one:04X} instead of U+{other:04X} after {place:,} characters: {shown}"


def show(value: Any) -> str:
    """Return a JSON value on one short line.

    Characters that are invisible, look like others or change the direction of writing are escaped.
    """
    ascii_text = json_text.dumps(value).replace("\x7f", "\\u007f")
    return shorten(_ESCAPED.sub(_readable, ascii_text), 120)


def _readable(escape: re.Match[str]) -> str:
    if not escape[1]:
        return escape.group()
    character = json.loads(f'"{escape.group()}"')
    is_plain = (
        category(character)[0] in "LNPS"
        and normalize("NFKC", character) == character
        and bidirectional(character) not in ("R", "AL")
    )
    return character if is_plain else escape.group()


def show_body(body: bytes) -> str:
    """Return a body as a JSON string on one short line; bytes that are not UTF-8 are escaped."""
    return show(body.decode("utf-8", "backslashreplace"))


def find_remaining(fields: Iterable[str], record: Mapping[str, Any]) -> str | None:
    """Return the first of `fields` that the record still shows with a value, as a sentence, or None."""
    for key in fields:
        if record.get(key) is not None:
            return f"/{pointer(key)} is still {show(record[key])}"
    return None


def stored_fields(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a payload that the record must show: not the server's own fields, nor the status."""
    return {key: value for key, value in sent.items() if key not in OWNED and key not in STATUS_FIELDS}


def replaced_or_merged(old: Any, new: Any, shown: Any) -> set[str]:
    """Return the interpretations of a patched object (RFC 7396 or replacement) that explain the shown value."""
    readings = {"replace": new, "deep merge": merge(old, new), "shallow merge": {**old, **new}}
    return {name for name, expected in readings.items() if find_difference(expected, shown) is None}


def merge(old: Any, new: Any) -> Any:
    """Return a JSON merge patch (RFC 7396 section 2) with nulls kept, since they equal absent members here."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: merge(old.get(key), value) for key, value in new.items()}}


def instant(text: Any) -> datetime | None:
    """Parse an RFC 3339 date-time in UTC (section 5.6). Return None for any other value."""
    match = _DATE_TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    date, hour, minute, second, fraction = match.groups()
    try:
        # A leap second is a legal :60 (section 5.7), which datetime does not support.
        moment = datetime.fromisoformat(f"{date}T{hour}:{minute}:{min(int(second), 59):02}+00:00")
    except ValueError:
        return None
    return moment.astimezone(UTC) + timedelta(seconds=float(f"0.{fraction or 0}"))


def moment(date: Any) -> Any:
    """Return the instant of a date, or the value itself if it is none; CREATE-DATE covers the format."""
    return instant(date) or date


def is_same_date(one: Any, other: Any) -> bool:
    """Return True for two dates with the same instant, or of which a store rounded one to a second.

    Values that are not dates must be equal; CREATE-DATE covers the format.
    """
    before, after = instant(one), instant(other)
    if before is None and after is None:
        return bool(one == other)
    return before is not None and after is not None and abs((after - before).total_seconds()) < NOTICEABLE


def status_name(record: Mapping[str, Any], status_field: str | None) -> str | None:
    """Return the field in which a record shows its status: the deployment's, or the first known one, or None."""
    if status_field is not None:
        return status_field
    return next((name for name in STATUS_FIELDS if record.get(name) is not None), None)


def status_of(record: Mapping[str, Any], status_field: str | None) -> Any:
    """Return the status that a record shows, or None."""
    name = status_name(record, status_field)
    return None if name is None else record.get(name)
