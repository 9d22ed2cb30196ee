"""Locations: the schemas that all apply to one value, and the schemas of the values inside it.

A location is a tuple of schemas, all of which the value has to satisfy. Its parts are the same schemas with every
`$ref` followed and every `allOf` opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from change_gate.schemas.characters import PatternError
from change_gate.schemas.patterns import compiled
from change_gate.schemas.schema import DEFINITIONS, Schema, is_identical, referenced

Location = tuple[Schema, ...]

TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")
OPENED: Final = ("$ref", "allOf", "$defs")
UNIONS: Final = ("anyOf", "oneOf")


class Definitions:
    """The definitions of one schema, with what follows from them. Keeps every schema it has seen alive."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self.definitions = definitions
        self.edges: dict[str, set[str]] = {}  # remembers what each definition refers to
        self._parts: dict[tuple[int, ...], Location] = {}
        self._kept: list[Any] = []
        self._heavy: dict[int, bool] = {}
        self._cyclic: frozenset[str] | None = None
        self._count = 0

    def parts(self, location: Location) -> Location:
        """Return the parts of a location: no `$ref`, no `allOf`, no `true`."""
        key = tuple(map(id, location))
        if key not in self._parts:
            self._kept.append(location)
            self._parts[key] = tuple(self._open(location))
        return self._parts[key]

    def _open(self, location: Location) -> Iterator[Schema]:
        pending, seen = list(reversed(location)), set[int]()
        while pending:
            schema = pending.pop()
            if schema is True or id(schema) in seen:
                continue
            if isinstance(schema, bool):
                yield schema
                continue
            seen.add(id(schema))
            if "$ref" in schema:
                pending.append(self.definitions[schema["$ref"].removeprefix(DEFINITIONS)])
            pending.extend(reversed(schema.get("allOf", ())))
            rest = self.own_keywords(schema)
            if rest:
                yield rest

    def own_keywords(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema without `$ref` and `allOf`; always the same object for the same schema."""
        if not any(keyword in schema for keyword in OPENED):
            return schema
        key = (id(schema), -1)
        if key not in self._parts:
            rest = {keyword: value for keyword, value in schema.items() if keyword not in OPENED}
            self._kept.append(schema)
            self._parts[key] = (rest,)
        found = self._parts[key][0]
        assert isinstance(found, dict)
        return found

    def is_cyclic(self, schema: Schema) -> bool:
        """Return True if a schema leads to a definition that leads to itself."""
        cyclic = self._cyclic_names()
        key = id(schema)
        if key not in self._heavy:
            self._kept.append(schema)
            self._heavy[key] = not cyclic.isdisjoint(referenced(schema))
        return self._heavy[key]

    def reaches_cycle(self, name: str) -> bool:
        """Return True if a definition leads to a definition that leads to itself."""
        return name in self._cyclic_names()

    def _cyclic_names(self) -> frozenset[str]:
        if self._cyclic is None or self._count != len(self.definitions):
            self._cyclic, self._count = frozenset(_cyclic(self.definitions)), len(self.definitions)
            self._heavy.clear()
        return self._cyclic


def _cyclic(definitions: Mapping[str, Schema]) -> set[str]:
    """Return the names of the definitions that can reach a cycle. Leaves are removed until none is left."""
    targets = {name: referenced(schema) & definitions.keys() for name, schema in definitions.items()}
    users: dict[str, set[str]] = {name: set() for name in targets}
    for name, used in targets.items():
        for other in used:
            users[other].add(name)
    leaves = [name for name, used in targets.items() if not used]
    while leaves:
        leaf = leaves.pop()
        for user in users[leaf]:
            targets[user].discard(leaf)
            if not targets[user]:
                leaves.append(user)
        del targets[leaf]
    return set(targets)


def matches(pattern: str, name: str) -> bool | None:
    """Return True if a member name matches a key of `patternProperties`, or None if the pattern cannot be read."""
    try:
        return compiled(pattern).search(name) is not None
    except PatternError:
        return None


def types(parts: Location) -> frozenset[str]:
    """Return the types that the `type`, `enum` and `const` keywords of all parts leave; integers are numbers."""
    left = set(TYPES)
    for part in parts:
        if part is False:
            return frozenset()
        if isinstance(part, dict) and "type" in part:
            allowed = {part["type"]} if isinstance(part["type"], str) else set(part["type"])
            if "number" in allowed:
                allowed.add("integer")
            left &= allowed
    return frozenset(left)


def child(parts: Location, name: str) -> Location:
    """Return the location of the member `name`; a schema that may not apply is left out."""
    return tuple(schema for part in parts if isinstance(part, dict) for schema in _child(part, name))


def _child(part: dict[str, Any], name: str) -> Iterator[Schema]:
    verdicts = {pattern: matches(pattern, name) for pattern in part.get("patternProperties", {})}
    if name in part.get("properties", {}):
        yield part["properties"][name]
    elif "additionalProperties" in part and all(verdict is False for verdict in verdicts.values()):
        yield part["additionalProperties"]
    yield from (part["patternProperties"][pattern] for pattern, verdict in verdicts.items() if verdict)


def applicable(part: dict[str, Any], name: str) -> Iterator[Schema]:
    """Yield every schema of the part that may apply to a member."""
    yield from child((part,), name)
    for pattern, schema in part.get("patternProperties", {}).items():
        if matches(pattern, name) is None:
            yield schema
            if name not in part.get("properties", {}):
                yield part.get("additionalProperties", True)


def rest(parts: Location) -> Location:
    """Return the location of a member that no part names."""
    return tuple(
        part["additionalProperties"]
        for part in parts
        if isinstance(part, dict) and "additionalProperties" in part
    )


def element(parts: Location, index: int) -> Location:
    """Return the location of the element at an index."""
    return tuple(schema for part in parts if isinstance(part, dict) for schema in _element(part, index))


def _element(part: dict[str, Any], index: int) -> Iterator[Schema]:
    prefix = part.get("prefixItems", ())
    if index < len(prefix):
        yield prefix[index]
    elif "items" in part:
        yield part["items"]


def prefix_length(parts: Location) -> int:
    """Return the number of elements that have a schema of their own."""
    return max((len(part.get("prefixItems", ())) for part in parts if isinstance(part, dict)), default=0)


def declared(parts: Location) -> set[str]:
    """Return the member names that the parts name in `properties`."""
    return {name for part in parts if isinstance(part, dict) for name in part.get("properties", {})}


def required(parts: Location) -> set[str]:
    """Return the member names that the parts require."""
    return {name for part in parts if isinstance(part, dict) for name in part.get("required", ())}


def equal_definitions(first: Mapping[str, Schema], second: Mapping[str, Schema]) -> frozenset[str]:
    """Return the names under which both sides hold the same schema, down to everything it refers to."""
    same = {name for name in first.keys() & second.keys() if is_identical(first[name], second[name])}
    users: dict[str, set[str]] = {}
    for name in same:
        for used in referenced(first[name]):
            users.setdefault(used, set()).add(name)
    different = [name for name in users if name not in same]
    while different:
        for user in users.get(different.pop(), ()):
            if user in same:
                same.discard(user)
                different.append(user)
    return frozenset(same)
