"""The value that the engine compares: a JSON Schema 2020-12 with the definitions it refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Schema = dict[str, Any] | bool

DEFINITIONS: Final = "#/$defs/"

# Members that a reader does not expect in this direction. Validators ignore the keyword.
UNSENT: Final = "x-unsent"

# Keywords whose value is one schema for the same value, a list of them, or a mapping to them.
IN_PLACE: Final = ("not", "if", "then", "else")
IN_PLACE_LISTS: Final = ("allOf", "anyOf", "oneOf")
IN_PLACE_MAPPINGS: Final = ("dependentSchemas",)
# The same for schemas of values inside the value.
CHILD: Final = (
    "items",
    "contains",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "propertyNames",
)
CHILD_LISTS: Final = ("prefixItems",)
CHILD_MAPPINGS: Final = ("properties", "patternProperties")

SINGLE: Final = (*IN_PLACE, *CHILD)
LISTS: Final = (*IN_PLACE_LISTS, *CHILD_LISTS)
MAPPINGS: Final = (*IN_PLACE_MAPPINGS, *CHILD_MAPPINGS)
NESTING: Final = frozenset((*SINGLE, *LISTS, *MAPPINGS))


@dataclass(frozen=True, eq=False)
class JsonSchema:
    """A JSON Schema 2020-12. `root` refers to `definitions` by `#/$defs/NAME`.

    `definitions` may be shared by many schemas of one document. `references` maps the name of a definition to the
    `$ref` of the OpenAPI document that it was read from.
    """

    root: Schema
    definitions: Mapping[str, Schema] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    edges: dict[str, set[str]] = field(default_factory=dict)  # remembers what each definition refers to

    def document(self) -> Schema:
        """Return one self-contained schema with the definitions that the root can reach."""
        reached = reachable(self.root, self.definitions, self.edges)
        if not reached or isinstance(self.root, bool):
            return self.root
        return {**self.root, "$defs": {name: self.definitions[name] for name in reached}}


def from_document(schema: Schema) -> JsonSchema:
    """Read a plain JSON Schema that carries its own `$defs`."""
    if isinstance(schema, bool):
        return JsonSchema(schema)
    definitions = schema.get("$defs", {})
    return JsonSchema({key: value for key, value in schema.items() if key != "$defs"}, definitions)


def subschemas(schema: Schema) -> Iterator[Schema]:
    """Yield the direct subschemas of a schema."""
    if isinstance(schema, bool) or NESTING.isdisjoint(schema):
        return
    for keyword in SINGLE:
        if keyword in schema:
            yield schema[keyword]
    for keyword in LISTS:
        yield from schema.get(keyword, ())
    for keyword in MAPPINGS:
        yield from schema.get(keyword, {}).values()


def has_at_most(document: Schema, count: int) -> bool:
    """Return True if a self-contained schema consists of at most so many schemas."""
    pending, found = [document], 0
    while pending and found <= count:
        schema = pending.pop()
        found += 1
        pending.extend(subschemas(schema))
        if isinstance(schema, dict):
            pending.extend(schema.get("$defs", {}).values())
    return found <= count


def rebuild(
    schema: dict[str, Any], in_place: Callable[[str, Schema], Schema], child: Callable[[str, Schema], Schema]
) -> dict[str, Any]:
    """Return a copy of a schema whose subschemas are replaced.

    `in_place` receives the keyword and each subschema that applies to the same value, `child` those that apply to
    values inside it.
    """
    result = dict(schema)
    if NESTING.isdisjoint(schema):
        return result
    for single, many, mappings, replace in (
        (IN_PLACE, IN_PLACE_LISTS, IN_PLACE_MAPPINGS, in_place),
        (CHILD, CHILD_LISTS, CHILD_MAPPINGS, child),
    ):
        for keyword in single:
            if keyword in schema:
                result[keyword] = replace(keyword, schema[keyword])
        for keyword in many:
            if keyword in schema:
                result[keyword] = [replace(keyword, item) for item in schema[keyword]]
        for keyword in mappings:
            if keyword in schema:
                result[keyword] = {name: replace(keyword, item) for name, item in schema[keyword].items()}
    return result


def is_identical(first: Any, second: Any) -> bool:
    """Return True if two JSON values are equal, where true is not 1."""
    if first is second:
        return True
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(is_identical(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(is_identical, first, second))
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


def referenced(schema: Schema) -> set[str]:
    """Return the names of the definitions that a schema refers to directly."""
    names: set[str] = set()
    pending = [schema]
    while pending:
        current = pending.pop()
        if isinstance(current, bool):
            continue
        if "$ref" in current:
            names.add(current["$ref"].removeprefix(DEFINITIONS))
        if not NESTING.isdisjoint(current):
            pending.extend(subschemas(current))
    return names


class UnknownDefinition(KeyError):
    """A `$ref` that names no definition."""


def reachable(
    schema: Schema, definitions: Mapping[str, Schema], edges: dict[str, set[str]] | None = None
) -> list[str]:
    """Return the names of all definitions that a schema can reach, sorted."""
    known: dict[str, set[str]] = {} if edges is None else edges
    reached: set[str] = set()
    pending = sorted(referenced(schema))
    while pending:
        name = pending.pop()
        if name in reached:
            continue
        reached.add(name)
        if name not in known:
            if name not in definitions:
                raise UnknownDefinition(name)
            known[name] = referenced(definitions[name])
        pending.extend(known[name] - reached)
    return sorted(reached)
