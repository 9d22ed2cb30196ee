"""A page of cases: search, sort and cut. Records are parsed only if the page is sorted by one of their fields."""

import heapq
from collections.abc import Callable, Iterable
from typing import Any

from mock_server.core import json_codec
from mock_server.core.creation_date import creation_key
from mock_server.core.store import BY_DATE, BY_STATE, Page, Store, Stored

Item = tuple[str, Stored]


def page_of(
    store: Store, *, search: str = "", sort: str = f"-{BY_DATE}", limit: int = 50, offset: int = 0
) -> Page:
    """Return the page of a store's cases that `page` would return, if possible without reading all of them."""
    field = sort.removeprefix("-")
    if not search and field in (BY_DATE, BY_STATE):
        found = store.page(field, descending=sort.startswith("-"), limit=limit, offset=offset)
        if found is not None:
            return found
    return page(store.items(), search=search, sort=sort, limit=limit, offset=offset)


def page(
    items: Iterable[Item], *, search: str = "", sort: str = f"-{BY_DATE}", limit: int = 50, offset: int = 0
) -> Page:
    """Return the number of cases that contain the text `search`, and `limit` of them from `offset`.

    The search ignores letter case. `sort` is the name of a field or "state"; a "-" in front sorts in descending
    order. Cases with equal values are in the order of creation, or in its reverse.
    """
    found = list(_found(items, search))
    descending, field = sort.startswith("-"), sort.removeprefix("-")
    key = _KEYS.get(field) or (lambda item: _sort_key(json_codec.load(item[1].text).get(field)))
    if descending:
        found.reverse()
    select = heapq.nlargest if descending else heapq.nsmallest
    return len(found), select(offset + limit, found, key=key)[offset:]


def _found(items: Iterable[Item], search: str) -> Iterable[Item]:
    if not search:
        return items
    # Encoded as JSON, so that quotes and line ends are found as well.
    wanted = json_codec.encode(search).decode()[1:-1].casefold()
    return (item for item in items if wanted in item[1].text.decode().casefold())


def _date(item: Item) -> bytes:
    return creation_key(item[1].text)


_KEYS: dict[str, Callable[[Item], Any]] = {BY_DATE: _date, BY_STATE: lambda item: item[1].state}


def _sort_key(value: Any) -> tuple[int, Any]:
    """Return a sort key for any value: null, booleans, numbers, strings, then other values by their JSON text."""
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
