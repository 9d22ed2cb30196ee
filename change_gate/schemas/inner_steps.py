"""The steps from a pair of locations to the pairs of schemas for the values inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from change_gate.schemas import locations
from change_gate.schemas.locations import Location
from change_gate.schemas.schema import Schema, rebuild

IsStep = Callable[[Schema], bool]
Step = tuple[str | int, Location, Location]

# The keywords whose schemas apply to inner values one by one.
SPLIT: Final = frozenset(["properties", "patternProperties", "additionalProperties", "prefixItems", "items"])


def steps(source: Location, part: dict[str, Any], is_step: IsStep) -> Iterator[Step]:
    """Yield the pairs of inner locations whose schema in the target is a step, with a member name, an index or `*`."""
    yield from _members(source, part, is_step)
    yield from _elements(source, part, is_step)


def is_split(schema: Schema) -> bool:
    """Return True for a schema that says something about an inner value."""
    return isinstance(schema, dict)


def without(part: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without what `is_split` takes for a step."""

    def emptied(keyword: str, schema: Schema) -> Schema:
        return True if keyword in SPLIT and is_split(schema) else schema

    return rebuild(part, lambda _, schema: schema, emptied)


def without_any(part: Schema) -> Schema:
    """Return a schema without what it says about inner values; it allows more values."""
    return part if isinstance(part, bool) else without(part)


def _members(
    source: Location, part: dict[str, Any], is_step: IsStep
) -> Iterator[tuple[str, Location, Location]]:
    """Yield the pairs of schemas for the members whose schema in the target is a step."""
    if "object" not in locations.types(source):
        return
    for name in sorted(locations.declared(source) | locations.declared((part,))):
        read = tuple(filter(is_step, locations.applicable(part, name)))
        if read:
            yield name, locations.child(source, name), read
    others = (*part.get("patternProperties", {}).values(), part.get("additionalProperties", True))
    read = tuple(filter(is_step, others))
    if not read:
        return
    yield "*", locations.rest(source), read
    for own in source:
        for schema in own.get("patternProperties", {}).values() if isinstance(own, dict) else ():
            yield "*", (schema,), read


def _elements(
    source: Location, part: dict[str, Any], is_step: IsStep
) -> Iterator[tuple[int, Location, Location]]:
    """Yield the pairs of schemas for the elements whose schema in the target is a step."""
    if "array" not in locations.types(source):
        return
    prefix = part.get("prefixItems", ())
    for index, schema in enumerate(prefix):
        if is_step(schema):
            yield index, locations.element(source, index), (schema,)
    items = part.get("items", True)
    if is_step(items):
        last = max(len(prefix), locations.prefix_length(source))
        for index in range(len(prefix), last + 1):
            yield index, locations.element(source, index), (items,)
