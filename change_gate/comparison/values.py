"""The containment of schemas at one place of the contract, remembered for each pair of places."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from change_gate.comparison.directions import Pair, sender_name
from change_gate.comparison.options import Options
from change_gate.comparison.syntactic_equality import SyntacticEquality
from change_gate.documents import Document, Node
from change_gate.findings import Direction
from change_gate.schemas import exclusions
from change_gate.schemas.containment import Comparer, Containment, Status
from change_gate.schemas.dialect import Dialect
from change_gate.schemas.schema import JsonSchema, Schema
from change_gate.schemas.witness import is_small

# Seconds of processor time, so that a busy machine decides the same.
BUDGET: Final = 4.0
LONGEST: Final = 20.0
Key = tuple[Direction, str, str]
EQUAL = Containment(Status.EQUAL)


class Values:
    """Compares the schemas of two documents. An absent schema allows every value."""

    def __init__(self, base: Document, head: Document, options: Options) -> None:
        self.base = base
        self.head = head
        self._dialects = {
            (direction, name): Dialect(document.version, direction, document.resolve)
            for direction in Direction
            for name, document in (("base", base), ("head", head))
        }
        self._comparers = {
            direction: Comparer(open_objects=options.open_objects, seconds=options.schema_seconds)
            for direction in Direction
        }
        self._results: dict[Key, Containment] = {}
        self._unchanged = Unchanged(base, head)
        self._equality = SyntacticEquality()
        self._loosened: dict[tuple[Any, ...], Mapping[str, Schema]] = {}
        self._kept: list[Mapping[str, Schema]] = []  # known by identity, so they must live on
        self._seconds = 0.0
        self._searched: set[tuple[Direction, str]] = set()
        self._open: dict[Direction, set[str]] = {direction: set() for direction in Direction}
        """The changed definitions behind the comparisons that did not hold."""

    def convert(self, direction: Direction, name: str, node: Node | None) -> JsonSchema:
        """Return a schema of the document `name` (base or head) as JSON Schema."""
        return self._dialects[(direction, name)].convert(node.value if node is not None else True)

    def contain(self, direction: Direction, pair: Pair) -> Containment:
        """Decide whether the sender's values are all allowed by the reader's schema."""
        if self.is_unchanged(pair):
            return EQUAL
        key = (direction, _name(pair.base), _name(pair.head))
        if key not in self._results:
            sender = sender_name(direction)
            reader = "head" if sender == "base" else "base"
            source = self.convert(direction, sender, pair.sender(direction))
            target = self.convert(direction, reader, pair.reader(direction))
            self._results[key] = self._decide(direction, pair, source, target)
        return self._results[key]

    def contain_further(
        self, direction: Direction, pair: Pair, found: Sequence[Containment]
    ) -> Containment | None:
        """Decide the containment without the keywords that breaks named already. None if one is not found."""
        sender = sender_name(direction)
        source = self.convert(direction, sender, pair.sender(direction))
        target = self.convert(direction, "head" if sender == "base" else "base", pair.reader(direction))
        for break_ in found:
            loosened = exclusions.without(target, break_)
            if loosened is None:
                return None
            if break_.reference:
                # One mapping of definitions for each set of breaks, so that proofs about them are remembered.
                self._kept.append(target.definitions)
                key = (id(target.definitions), *exclusions.key(break_))
                known = self._loosened.setdefault(key, loosened.definitions)
                loosened = JsonSchema(loosened.root, known, loosened.references)
            target = loosened
        return self._comparers[direction].compare(source, target)

    def _decide(
        self, direction: Direction, pair: Pair, source: JsonSchema, target: JsonSchema
    ) -> Containment:
        """Compare. If the time is spent, known witnesses are tried first for definitions that failed elsewhere."""
        is_spent = self._seconds > BUDGET
        changed = self._unchanged.changed(pair) if is_spent else frozenset()
        if changed and changed <= self._open[direction]:
            lifted = self._comparers[direction].compare(source, target, is_lifted_only=True)
            if lifted.status is not Status.UNPROVEN:
                return lifted
            names = ", ".join(sorted(changed))
            if self._seconds > LONGEST:
                return Containment(
                    Status.UNPROVEN, tried=(f"nothing, since {names} already fails elsewhere",)
                )
        start = time.process_time()
        if not is_small(source.document()):
            self._search_definitions(direction, changed or self._unchanged.changed(pair))
        result = self.compare(direction, source, target)
        self._seconds += time.process_time() - start
        if not result.holds:
            self._open[direction] |= changed or self._unchanged.changed(pair)
        return result

    def _search_definitions(self, direction: Direction, changed: frozenset[str]) -> None:
        """Compare each changed definition by itself, so that its witness is known to all places that lead to it."""
        sender = sender_name(direction)
        reader = "head" if sender == "base" else "base"
        for name in sorted(changed):
            if (direction, name) not in self._searched:
                self._searched.add((direction, name))
                if all(_find(document, name) for document in (self.base, self.head)):
                    source, target = (self._refer(direction, side, name) for side in (sender, reader))
                    self.compare(direction, source, target)

    def _refer(self, direction: Direction, side: str, name: str) -> JsonSchema:
        """Return a schema that only refers to a definition."""
        return self._dialects[(direction, side)].convert({"$ref": name})

    def changed(self, pair: Pair) -> Pair:
        """Return the first changed definition that equal schemas refer to, or the schemas themselves."""
        for name in sorted(self._unchanged.changed(pair)):
            sides = [_find(document, name) for document in (self.base, self.head)]
            return Pair(sides[0], sides[1])
        return pair

    def compare(self, direction: Direction, source: JsonSchema, target: JsonSchema) -> Containment:
        """Compare two converted schemas."""
        if self._equality.is_equal(source, target):
            return EQUAL
        return self._comparers[direction].compare(source, target)

    def is_unchanged(self, pair: Pair) -> bool:
        """Return True if both sides are written alike, with all that they refer to."""
        return self._unchanged.check(pair)


def _name(node: Node | None) -> str:
    """Return what a schema is known by: the definition that it refers to, or its own place."""
    if node is None:
        return "-"
    if isinstance(node.value, dict) and node.value.keys() == {"$ref"}:
        return str(node.value["$ref"]).removeprefix("#")
    return node.pointer


def _find(document: Document, reference: str) -> Node | None:
    try:
        return document.node(reference.removeprefix("#"))
    except (LookupError, ValueError):
        return None


class Unchanged:
    """Finds schemas that both documents write in the same way. It spares the engine most of a large document."""

    def __init__(self, base: Document, head: Document) -> None:
        self._base = base
        self._head = head
        self._clean: set[str] = set()
        self._dirty: set[str] = set()
        self._references: dict[str, frozenset[str]] = {}

    def check(self, pair: Pair) -> bool:
        """Return True if both sides, and everything that they refer to, are equal."""
        if self._base.version != self._head.version:
            return False
        if pair.base is None or pair.head is None:
            return pair.base is pair.head
        if not _says_same(pair.base.value, pair.head.value):
            return False
        return all(self._is_clean(reference) for reference in references(pair.base.value))

    def changed(self, pair: Pair) -> frozenset[str]:
        """Return the definitions that both sides can reach and that differ. Empty if the sides themselves differ."""
        if pair.base is None or pair.head is None or not _says_same(pair.base.value, pair.head.value):
            return frozenset()
        found, reached = set(), set()
        pending = list(references(pair.base.value))
        while pending:
            current = pending.pop()
            if current in reached:
                continue
            reached.add(current)
            if self._is_same(current):
                pending.extend(self._references[current])
            else:
                found.add(current)
        return frozenset(found)

    def _is_clean(self, reference: str) -> bool:
        """Return True if everything that a reference can reach is the same in both documents."""
        reached: set[str] = set()
        pending = [reference]
        while pending:
            current = pending.pop()
            if current in reached or current in self._clean:
                continue
            if current in self._dirty or not self._is_same(current):
                self._dirty |= {reference, current}
                return False
            reached.add(current)
            pending.extend(self._references[current])
        self._clean |= reached
        return True

    def _is_same(self, reference: str) -> bool:
        if reference in self._references:
            return True
        try:
            base, head = self._base.resolve(reference), self._head.resolve(reference)
        except (LookupError, ValueError):
            return False
        if not _says_same(base, head):
            return False
        self._references[reference] = references(base)
        return True


ANNOTATIONS: Final = frozenset(
    ["description", "title", "example", "examples", "externalDocs", "$comment", "deprecated"]
)
_DATA: Final = frozenset(["enum", "const", "default", "discriminator"])
_MAPS: Final = frozenset(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"])


def _says_same(left: Any, right: Any, *, are_names: bool = False) -> bool:
    """Return True if two schemas are equal but for annotations. `are_names` is True for a map of names."""
    if isinstance(left, dict) and isinstance(right, dict):
        if left == right:
            return _same_kinds(left, right)
        keys = {
            key for key in (*left, *right) if are_names or not (key in ANNOTATIONS or key.startswith("x-"))
        }
        return all(
            key in left and key in right and _has_same(key, left[key], right[key], are_names=are_names)
            for key in keys
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_says_same, left, right))
    return same(left, right)


def _has_same(key: str, left: Any, right: Any, *, are_names: bool) -> bool:
    if key in _DATA and not are_names:
        return same(left, right)
    return _says_same(left, right, are_names=key in _MAPS and not are_names)


def same(left: Any, right: Any) -> bool:
    """Return True if two JSON values are equal, with 1 and true kept apart."""
    return bool(left == right) and _same_kinds(left, right)


def _same_kinds(left: Any, right: Any) -> bool:
    """Return True if two equal values also contain booleans at the same places."""
    if isinstance(left, dict):
        return all(_same_kinds(value, right[key]) for key, value in left.items())
    if isinstance(left, list):
        return all(map(_same_kinds, left, right))
    return isinstance(left, bool) == isinstance(right, bool)


def references(value: Any) -> frozenset[str]:
    """Return all `$ref` strings and discriminator targets below a value."""
    found: set[str] = set()
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            reference = current.get("$ref")
            if isinstance(reference, str):
                found.add(reference)
            discriminator = current.get("discriminator")
            mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
            if isinstance(mapping, dict):
                found.update(
                    _mapping_target(target) for target in mapping.values() if isinstance(target, str)
                )
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
    return frozenset(found)


def _mapping_target(target: str) -> str:
    return target if target.startswith("#") else f"#/components/schemas/{target}"
