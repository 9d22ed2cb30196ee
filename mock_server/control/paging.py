"""A page out of all cases: searched, sorted, cut. It parses no record unless a page is sorted by a field in it."""

import heapq
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from mock_server.core import json_codec
from mock_server.core.store import Stored

Item = tuple[str, Stored]

BY_STATE = "state"
BY_DATE = "createdDate"

_DATE = b'","createdDate":"'
"""Stands behind the id of every record that a mock wrote; within a text, it would have backslashes."""
_OWN = len("2025-03-04T09:15:30.250")
"""Characters of a date as the mock writes it; a Z follows."""


def page(
    items: Iterable[Item], *, search: str = "", sort: str = f"-{BY_DATE}", limit: int = 50, offset: int = 0
) -> tuple[int, list[Item]]:
    """How many cases hold the text `search`, in any case, and `limit` of them from `offset` on.

    `sort` is the name of a field, or "state", with "-" in front for the largest first. Among equals the order is
    that of creation, or its reverse.
    """
    found = list(_found(items, search))
    falling, field = sort.startswith("-"), sort.removeprefix("-")
    key = _KEYS.get(field) or (lambda item: _rank(json_codec.load(item[1].text).get(field)))
    if falling:
        found.reverse()
    select = heapq.nlargest if falling else heapq.nsmallest
    return len(found), select(offset + limit, found, key=key)[offset:]


def _found(items: Iterable[Item], search: str) -> Iterable[Item]:
    if not search:
        return items
    # As JSON has it, so that quotes and line ends are found, too.
    wanted = json_codec.encode(search).decode()[1:-1].casefold()
    return (item for item in items if wanted in item[1].text.decode().casefold())


def _date(item: Item) -> bytes:
    """The time of creation as a text to sort by; most are cut out of the record, since to parse it takes longer."""
    record = item[1].text
    begin = record.find(_DATE) + len(_DATE)
    end = begin + _OWN
    if begin >= len(_DATE) and record[end : end + 2] == b'Z"':
        return record[begin:end]
    try:
        date = datetime.fromisoformat(json_codec.load(record)[BY_DATE])
    except ValueError:
        return b""
    return date.astimezone(UTC).isoformat(timespec="microseconds").encode()


_KEYS: dict[str, Callable[[Item], Any]] = {BY_DATE: _date, BY_STATE: lambda item: item[1].state}


def _rank(value: Any) -> tuple[int, Any]:
    """Values of all kinds in one order: nothing, booleans, numbers, texts, and the rest by its JSON text."""
    match value:
        case None:
            return 0, 0
        case bool():
            return 1, value
        case int() | float():
            return 2, value
        case str():
            return 3, value.casefold()
        case _:
            return 4, json_codec.encode(value)
