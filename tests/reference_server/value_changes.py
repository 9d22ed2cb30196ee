"""Functions that change the texts, numbers, arrays, objects or names of a JSON value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Change = Callable[[Any], Any]


def deep(change: Change) -> Change:
    """Apply `change` to every value in a document, the inner ones first."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            value = {name: changed(item) for name, item in value.items()}
        elif isinstance(value, list):
            value = [changed(item) for item in value]
        return change(value)

    return changed


def only(kind: type | tuple[type, ...], change: Change) -> Change:
    """Limit `change` to values of one type; a boolean does not count as an integer."""

    def limited(value: Any) -> Any:
        wanted = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        return change(value) if wanted else value

    return limited


def texts(change: Change) -> Change:
    """Apply `change` to every text."""
    return deep(only(str, change))


def numbers(change: Change) -> Change:
    """Apply `change` to every number."""
    return deep(only((int, float), change))


def arrays(change: Change) -> Change:
    """Apply `change` to every array."""
    return deep(only(list, change))


def objects(change: Change) -> Change:
    """Apply `change` to every object, including the document."""
    return deep(only(dict, change))


def names(change: Callable[[str], str]) -> Change:
    """Apply `change` to the name of every member."""
    return objects(lambda value: {change(name): item for name, item in value.items()})


def inside(change: Change) -> Change:
    """Limit `change` to nested members and items."""

    def inner(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(item) for name, item in value.items()}
        return [change(item) for item in value] if isinstance(value, list) else value

    return lambda document: {name: inner(value) for name, value in document.items()}


def at_top(change: Change) -> Change:
    """Limit `change` to the values of top-level fields."""
    return lambda document: {name: change(value) for name, value in document.items()}
