"""Changes of JSON values, and ways to apply a small change all over a payload. Pure.

A change takes a value and returns another; DROP as the result leaves the value out of what held it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Change = Callable[[Any], Any]
Payload = dict[str, Any]
PayloadChange = Callable[[Payload], Payload]

DROP: Any = object()
"""Instead of a value: leave it out."""


def everywhere(change: Change) -> PayloadChange:
    """`change` on every value in a payload, the innermost first."""
    return lambda payload: _members(payload, lambda value: _deep(change, value))


def at_top(change: Change) -> PayloadChange:
    """`change` on the payload's own fields alone."""
    return lambda payload: _members(payload, change)


def inside(change: Change) -> PayloadChange:
    """`change` on the values inside objects and arrays alone."""
    return lambda payload: _members(payload, lambda value: _inner(change, value))


def in_arrays(change: Change) -> PayloadChange:
    """`change` on the items of arrays alone."""
    return everywhere(lambda value: _items(value, change) if isinstance(value, list) else value)


def field(name: str, change: Change) -> PayloadChange:
    """`change` on one field, where it is there."""
    return lambda payload: _members(payload, lambda value: value, {name: change})


def set_field(name: str, value: Any) -> PayloadChange:
    """The field with a certain value; DROP removes it."""
    return lambda payload: {
        **{key: kept for key, kept in payload.items() if key != name},
        **({} if value is DROP else {name: value}),
    }


def texts(change: Callable[[str], Any]) -> Change:
    """`change` on texts; other values stay."""
    return lambda value: change(value) if isinstance(value, str) else value


def numbers(change: Callable[[Any], Any]) -> Change:
    """`change` on numbers, which true and false are not."""
    return lambda value: change(value) if is_number(value) else value


def integers(change: Callable[[int], Any]) -> Change:
    """`change` on integers."""
    return lambda value: change(value) if is_number(value) and isinstance(value, int) else value


def floats(change: Callable[[float], Any]) -> Change:
    """`change` on numbers written with a fraction or an exponent."""
    return lambda value: change(value) if isinstance(value, float) else value


def arrays(change: Callable[[list[Any]], Any]) -> Change:
    """`change` on arrays."""
    return lambda value: change(value) if isinstance(value, list) else value


def objects(change: Callable[[dict[str, Any]], Any]) -> Change:
    """`change` on objects."""
    return lambda value: change(value) if isinstance(value, dict) else value


def exactly(*values: Any, becomes: Any) -> Change:
    """Another value in place of certain ones: 0 is not false, and 1 is not true."""
    return lambda value: becomes if any(_same(value, one) for one in values) else value


def names(change: Callable[[str], Any]) -> PayloadChange:
    """`change` on the name of every field and member; of names that become equal, the last wins."""
    return lambda payload: _renamed(change, payload)


def inner_names(change: Callable[[str], Any]) -> PayloadChange:
    """`change` on the names of members inside objects, not on those of fields."""
    return lambda payload: {name: _renamed(change, value) for name, value in payload.items()}


def depth_limit(levels: int, change: Change) -> PayloadChange:
    """`change` on what lies more than `levels` levels deep; a field lies on level 1."""
    return lambda payload: _members(payload, lambda value: _below(value, levels - 1, change))


def depth(value: Any) -> int:
    """Levels of objects and arrays inside each other."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, children), default=0) if isinstance(value, dict | list) else 0


def merged(old: Any, new: Any) -> Any:
    """JSON merge patch (RFC 7396 section 2), but for null, which is stored."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}


def known(new: Payload, old: Payload) -> Payload:
    """Of the new fields those whose names the old ones have."""
    return {name: value for name, value in new.items() if name in old}


def is_number(value: Any) -> bool:
    """Whether it is a number, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def words(name: str) -> list[str]:
    """The words that a name in snake, kebab or camel case is made of."""
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
