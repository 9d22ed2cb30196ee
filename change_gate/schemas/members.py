"""Members that the sender does not declare.

An open object allows any member, but a sender sends only what its document declares. If the reader newly
declares a member, no sender has sent that name so far. The source is therefore restricted: at each object, a name that
the reader newly declares is absent unless the sender's own schema evaluates it. A map, which is an object without
declared members and with an explicit `additionalProperties`, may still send every name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from change_gate.schemas import locations
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.schema import LISTS, MAPPINGS, SINGLE, UNSENT, JsonSchema, Schema, rebuild

MOST_PAIRS: Final = 20_000
APPLICATORS: Final = frozenset([*SINGLE, *LISTS, *MAPPINGS, "$ref"])
BRANCHES: Final = ("anyOf", "oneOf")
CONDITIONS: Final = ("if", "then", "else")

PairKey = tuple[tuple[int, ...], tuple[int, ...]]


def branches(part: Schema) -> Iterator[Schema]:
    """Yield the schemas that may apply to the same value as the part, depending on the value."""
    if isinstance(part, bool):
        return
    for keyword in BRANCHES:
        yield from part.get(keyword, ())
    for keyword in CONDITIONS:
        if keyword in part:
            yield part[keyword]
    yield from part.get("dependentSchemas", {}).values()


def all_parts(location: Location, definitions: Definitions) -> Location:
    """Return the parts of a location with those of all its branches."""
    pending, found = [location], dict[int, Schema]()
    while pending:
        for part in definitions.parts(pending.pop()):
            if id(part) not in found:
                found[id(part)] = part
                pending.extend((branch,) for branch in branches(part))
    return tuple(found.values())


def declared_members(schema: JsonSchema) -> dict[str, tuple[str, ...]]:
    """Return the members that a schema declares, over all branches, by the place of their object.

    A place is a pointer of member names, with `*` for elements and for members of a map. A place inside a recursive
    schema occurs once, where it is reached first.
    """
    definitions = Definitions(schema.definitions)
    found: dict[str, tuple[str, ...]] = {}
    seen: set[tuple[int, ...]] = set()
    pending: list[tuple[str, Location]] = [("", (schema.root,))]
    while pending:
        place, location = pending.pop(0)
        parts = all_parts(location, definitions)
        key = tuple(map(id, parts))
        if not parts or key in seen:
            continue
        seen.add(key)
        names = locations.declared(parts)
        if names:
            found[place] = tuple(sorted(names))
        for step, inner in _children(parts, names):
            pending.append((f"{place}/{step}", inner))
    return found


def _children(parts: Location, names: set[str]) -> Iterator[tuple[str, Location]]:
    """Yield each member's place and location, then those of all other members and elements together."""
    for name in sorted(names):
        yield name.replace("~", "~0").replace("/", "~1"), locations.child(parts, name)
    yield "*", (*locations.rest(parts), *_patterned(parts), *_elements(parts))


def _patterned(parts: Location) -> Iterator[Schema]:
    for part in parts:
        if isinstance(part, dict):
            yield from part.get("patternProperties", {}).values()


def _elements(parts: Location) -> Iterator[Schema]:
    for part in parts:
        if isinstance(part, dict):
            yield from part.get("prefixItems", ())
            for keyword in ("items", "contains"):
                if keyword in part:
                    yield part[keyword]


class Declarations:
    """Finds the names that a target newly declares. Remembers the pairs of locations it has walked."""

    def __init__(self, senders: Definitions, readers: Definitions) -> None:
        self.senders = senders
        self.readers = readers
        self._known: dict[PairKey, frozenset[str]] = {}

    def newly_declared(self, source: Schema, target: Schema) -> frozenset[str]:
        """Return the names that the target declares at a place where the source does not surely declare them.

        Of a name that some branches of the source declare, more branches of the target have to declare it.

        A walk that meets an earlier one takes over all its names. More names than necessary do no harm, because a
        name that neither side declares at a place is like any other name there.
        """
        found: set[str] = set()
        seen: set[PairKey] = set()
        pending: list[tuple[Location, Location]] = [((source,), (target,))]
        while pending and len(seen) < MOST_PAIRS:
            sent, read = pending.pop()
            sent_parts, read_parts = all_parts(sent, self.senders), all_parts(read, self.readers)
            key = tuple(map(id, sent_parts)), tuple(map(id, read_parts))
            if key in self._known:
                found |= self._known[key]
            if key in seen or key in self._known or not read_parts:
                continue
            seen.add(key)
            names = locations.declared(read_parts)
            sure = self.senders.parts(sent)
            unsure = names - locations.declared(sure) - locations.required(sure)
            found |= {name for name in unsure if _count(sent_parts, name) < _count(read_parts, name)}
            inner = dict(_children(read_parts, names))
            for place, location in _children(sent_parts, names):
                if any(
                    isinstance(schema, dict) and not APPLICATORS.isdisjoint(schema) for schema in inner[place]
                ):
                    pending.append((location, inner[place]))
        self._known.update(dict.fromkeys(seen, frozenset(found)))
        return frozenset(found)


def _count(parts: Location, name: str) -> int:
    """Return the number of parts that declare a member: a branch that begins to declare it raises the number."""
    return sum(1 for part in parts if isinstance(part, dict) and name in part.get("properties", {}))


class Restriction:
    """A source whose undeclared members do not have certain names.

    `exact` restricts by what the sender's schema evaluates, for validators. `simple` forbids a name where no branch
    declares it. It allows more values than `exact`, and suits a proof by parts.
    """

    def __init__(self, definitions: Mapping[str, Schema], names: frozenset[str]) -> None:
        self.names = sorted(names)
        self._senders = Definitions(definitions)
        self._converted: dict[tuple[str, bool], Schema] = {}
        others = "|".join(re.escape(name) for name in self.names)
        self._others = {f"^(?!(?:{others})$)": True}
        self._names: dict[bool, dict[str, Schema]] = {True: {}, False: {}}
        self._edges: dict[str, set[str]] = {}  # a restriction refers to the same definitions

    def exact(self, root: Schema) -> JsonSchema:
        """Return the restricted schema in terms of `unevaluatedProperties`."""
        return self._restrict(root, exact=True)

    def simple(self, root: Schema) -> JsonSchema:
        """Return the restricted schema in terms of `properties`."""
        return self._restrict(root, exact=False)

    def _restrict(self, root: Schema, *, exact: bool) -> JsonSchema:
        definitions = self._names[exact]
        for name, schema in self._senders.definitions.items():
            if name not in definitions:
                definitions[name] = self._in_place(schema, exact)
        return JsonSchema(self._location(root, exact), definitions, edges=self._edges)

    def _location(self, schema: Schema, exact: bool) -> Schema:
        """Restrict a schema that applies to a value as a whole."""
        parts = all_parts((schema,), self._senders)
        inner = self._in_place(schema, exact)
        if isinstance(inner, bool) and not inner:
            return inner
        if "object" not in locations.types(self._senders.parts((schema,))) or is_map(parts):
            return inner
        if schema is True:
            return True
        undeclared = [name for name in self.names if not _names_member(parts, name)]
        # A required member is sent, whether or not it has a schema.
        required = locations.required(parts)
        undeclared = [name for name in undeclared if name not in required]
        if not exact:
            forbidden = {"properties": dict.fromkeys(undeclared, False)}
            return {"allOf": [inner, forbidden]} if undeclared else inner
        evaluated = {"properties": dict.fromkeys(sorted(required), True), "patternProperties": self._others}
        return {"allOf": [inner], **evaluated, "unevaluatedProperties": False}

    def _in_place(self, schema: Schema, exact: bool) -> Schema:
        """Restrict the members and elements of a schema."""
        if isinstance(schema, bool):
            return schema

        def in_place(keyword: str, inner: Schema) -> Schema:
            # The restriction of a negated schema would allow more than the source does.
            return inner if keyword in ("not", "if") else self._in_place(inner, exact)

        def child(keyword: str, inner: Schema) -> Schema:
            return inner if keyword in ("contains", "propertyNames") else self._location(inner, exact)

        result = rebuild(schema, in_place, child)
        if exact and result.get("additionalProperties") is True and "properties" in result:
            del result["additionalProperties"]
        return result


def is_map(parts: Location) -> bool:
    """Return True for an object without declared members that explicitly allows further members."""
    explicit = any(
        isinstance(part, dict) and part.get("additionalProperties", False) is not False for part in parts
    )
    return explicit and not locations.declared(parts)


def _names_member(parts: Location, name: str) -> bool:
    """Return True if a part declares a member, by name or pattern, or has a schema for every other member."""
    for part in parts:
        if not isinstance(part, dict):
            continue
        if name in part.get("properties", {}) or not isinstance(part.get("additionalProperties", True), bool):
            return True
        if not isinstance(part.get("unevaluatedProperties", True), bool):
            return True
        if any(
            locations.matches(pattern, name) is not False for pattern in part.get("patternProperties", {})
        ):
            return True
    return False


def allow_unsent(schema: Any) -> Any:
    """Let the closed objects of a reader accept the members that it does not expect in this direction.

    A schema without such members is returned as it is.
    """
    if isinstance(schema, list):
        items = [allow_unsent(item) for item in schema]
        return schema if all(new is old for new, old in zip(items, schema, strict=True)) else items
    if not isinstance(schema, dict) or not any(isinstance(value, (dict, list)) for value in schema.values()):
        return schema
    result = {key: allow_unsent(item) for key, item in schema.items() if key != UNSENT}
    if isinstance(schema.get(UNSENT), list):
        result["properties"] = {**dict.fromkeys(schema[UNSENT], True), **result.get("properties", {})}
        return result
    return schema if all(result[key] is schema[key] for key in result) else result
