"""Changing a JSON value all through: its texts, numbers, arrays, objects or names. Pure."""

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
    """Limit `change` to values of one kind; a boolean is no integer."""

    def limited(value: Any) -> Any:
        wanted = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        return change(value) if wanted else value

    return limited


def texts(change: Change) -> Change:
    """`change` for every text."""
    return deep(only(str, change))


def numbers(change: Change) -> Change:
    """`change` for every number."""
    return deep(only((int, float), change))


def arrays(change: Change) -> Change:
    """`change` for every array."""
    return deep(only(list, change))


def objects(change: Change) -> Change:
    """`change` for every object, the document itself included."""
    return deep(only(dict, change))


def names(change: Callable[[str], str]) -> Change:
    """`change` for the name of every member."""
    return objects(lambda value: {change(name): item for name, item in value.items()})


def inside(change: Change) -> Change:
    """Limit `change` to what lies within the fields' values: nested members and items."""

    def inner(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(item) for name, item in value.items()}
        return [change(item) for item in value] if isinstance(value, list) else value

    return lambda document: {name: inner(value) for name, value in document.items()}


def at_top(change: Change) -> Change:
    """Limit `change` to the fields' own values."""
    return lambda document: {name: change(value) for name, value in document.items()}
