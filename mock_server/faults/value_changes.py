"""Changes of JSON values, and functions that apply a change throughout a payload.

A change takes a value and returns another. If it returns DROP, the value is removed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Change = Callable[[Any], Any]
Payload = dict[str, Any]
PayloadChange = Callable[[Payload], Payload]

DROP: Any = object()
"""The result of a change that removes a value."""


def everywhere(change: Change) -> PayloadChange:
    """Apply `change` to every value in a payload, innermost first."""
    return lambda payload: _members(payload, lambda value: _deep(change, value))


def at_top(change: Change) -> PayloadChange:
    """Apply `change` to the top-level fields only."""
    return lambda payload: _members(payload, change)


def inside(change: Change) -> PayloadChange:
    """Apply `change` only to values inside objects and arrays."""
    return lambda payload: _members(payload, lambda value: _inner(change, value))


def in_arrays(change: Change) -> PayloadChange:
    """Apply `change` only to items of arrays."""
    return everywhere(lambda value: _items(value, change) if isinstance(value, list) else value)


def field(name: str, change: Change) -> PayloadChange:
    """Apply `change` to one field, if it exists."""
    return lambda payload: _members(payload, lambda value: value, {name: change})


def set_field(name: str, value: Any) -> PayloadChange:
    """Set a field to a value; DROP removes it."""
    return lambda payload: {
        **{key: kept for key, kept in payload.items() if key != name},
        **({} if value is DROP else {name: value}),
    }


def texts(change: Callable[[str], Any]) -> Change:
    """Apply `change` to strings."""
    return lambda value: change(value) if isinstance(value, str) else value


def numbers(change: Callable[[Any], Any]) -> Change:
    """Apply `change` to numbers, but not to true and false."""
    return lambda value: change(value) if is_number(value) else value


def integers(change: Callable[[int], Any]) -> Change:
    """Apply `change` to integers."""
    return lambda value: change(value) if is_number(value) and isinstance(value, int) else value


def floats(change: Callable[[float], Any]) -> Change:
    """Apply `change` to numbers with a fraction or an exponent."""
    return lambda value: change(value) if isinstance(value, float) else value


def arrays(change: Callable[[list[Any]], Any]) -> Change:
    """Apply `change` to arrays."""
    return lambda value: change(value) if isinstance(value, list) else value


def objects(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Apply `change` to objects."""
    return lambda value: change(value) if isinstance(value, dict) else value


def exactly(*values: Any, becomes: Any) -> Change:
    """Replace certain values by another. Unlike in Python, 0 is not false, and 1 is not true."""
    return lambda value: becomes if any(_same(value, one) for one in values) else value


def names(change: Callable[[str], Any]) -> PayloadChange:
    """Apply `change` to the name of every field and member. If names become equal, the last value wins."""
    return lambda payload: _renamed(change, payload)


def inner_names(change: Callable[[str], Any]) -> PayloadChange:
    """Apply `change` to the names of members inside objects, but not to those of fields."""
    return lambda payload: {name: _renamed(change, value) for name, value in payload.items()}


def depth_limit(levels: int, change: Change) -> PayloadChange:
    """Apply `change` to values more than `levels` levels deep; a field is at level 1."""
    return lambda payload: _members(payload, lambda value: _below(value, levels - 1, change))


def depth(value: Any) -> int:
    """Return the number of levels of nested objects and arrays."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, children), default=0) if isinstance(value, dict | list) else 0


def merged(old: Any, new: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396 section 2), except that null is stored."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}


def known(new: Payload, old: Payload) -> Payload:
    """Return the new fields whose names also exist among the old ones."""
    return {name: value for name, value in new.items() if name in old}


def is_number(value: Any) -> bool:
    """Return True for a number. In JSON, true and false are not numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def words(name: str) -> list[str]:
    """Return the words of a name in snake, kebab or camel case."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _members(value: Payload, change: Change, special: Mapping[str, Change] | None = None) -> Payload:
    changed = {name: (special or {}).get(name, change)(one) for name, one in value.items()}
    return {name: one for name, one in changed.items() if one is not DROP}


def _items(value: list[Any], change: Change) -> list[Any]:
    return [one for one in map(change, value) if one is not DROP]


def _inner(change: Change, value: Any) -> Any:
    if isinstance(value, dict):
        return _members(value, lambda one: _deep(change, one))
    return _items(value, lambda one: _deep(change, one)) if isinstance(value, list) else value


def _deep(change: Change, value: Any) -> Any:
    return change(_inner(change, value))


def _renamed(change: Callable[[str], Any], value: Any) -> Any:
    if isinstance(value, dict):
        renamed = {change(name): _renamed(change, one) for name, one in value.items()}
        return {name: one for name, one in renamed.items() if name is not DROP}
    return [_renamed(change, one) for one in value] if isinstance(value, list) else value


def _below(value: Any, levels: int, change: Change) -> Any:
    if levels <= 0:
        return change(value)
    if isinstance(value, dict):
        return _members(value, lambda one: _below(one, levels - 1, change))
    return _items(value, lambda one: _below(one, levels - 1, change)) if isinstance(value, list) else value
