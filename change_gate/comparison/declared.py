"""Changes of declared members that containment does not see: removed properties and changed defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from change_gate.comparison.directions import Pair
from change_gate.comparison.flattening import (
    Alternative,
    alternatives,
    children,
    indexed,
    parts,
    properties,
)
from change_gate.comparison.reasons import ABSENT
from change_gate.comparison.values import same
from change_gate.documents import Node, pointers
from change_gate.findings import Direction

MAX_DEPTH: Final = 60
_COMPONENT: Final = re.compile(r"/components/schemas/[^/]+")


@dataclass(frozen=True)
class Change:
    """A change at a member. `rule` is `property-removed`, `property-added`, `default-changed`, `xml-changed` or
    `discriminator`."""

    rule: str
    member: str  # pointer with `*` for array indexes and map keys
    pair: Pair
    base_value: Any = None
    head_value: Any = None
    parent: Node | None = None  # for a removed property: the schema in HEAD that lacks it


class DeclaredChanges:
    """Walks two schemas together. Each alternative of the sender is compared with the closest one of the reader.

    The changes below a pair of schemas are remembered, so a component that many places share is walked once.
    """

    def __init__(
        self, direction: Direction, is_unchanged: Callable[[Pair], bool], *, is_strict: bool = False
    ) -> None:
        self.direction = direction
        self._is_strict = is_strict and direction is Direction.SERVER_TO_CLIENT
        self._is_unchanged = is_unchanged
        self._results: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Change]] = {}
        self._properties: dict[tuple[tuple[int, str], ...], dict[str, list[Node]]] = {}
        self._depth = 0

    def find(self, pair: Pair) -> list[Change]:
        """Return the changes, without duplicates."""
        if pair.base is None or pair.head is None:
            return []
        return self._compare([pair.base], [pair.head], "")

    def _compare(self, base: list[Node], head: list[Node], member: str) -> list[Change]:
        if _is_same_leaf(base, head):
            return []
        key = (tuple(node.pointer for node in base), tuple(node.pointer for node in head))
        if key not in self._results:
            if self._depth > MAX_DEPTH:
                return []
            self._results[key] = []  # a recursive schema ends here
            self._depth += 1
            self._results[key] = self._fresh(base, head)
            self._depth -= 1
        return [replace(change, member=member + change.member) for change in self._results[key]]

    def _fresh(self, base: list[Node], head: list[Node]) -> list[Change]:
        if len(base) == len(head) == 1 and self._is_unchanged(Pair(base[0], head[0])):
            return []
        changes = self._default(base, head) + self._discriminators(base, head) + self._xml(base, head)
        sides = alternatives(base), alternatives(head)
        by_client = self.direction is Direction.CLIENT_TO_SERVER
        sent, read = sides if by_client else sides[::-1]
        for sender in sent:
            closest = self._closest(sender, read, by_client=by_client)
            if closest is not None:
                changes += self._alternative(closest.removed, closest.base, closest.head)
        unique: dict[tuple[str, str], Change] = {}
        for change in changes:
            unique.setdefault((change.rule, change.member), change)
        return list(unique.values())

    def _closest(
        self, sender: Alternative, readers: list[Alternative], *, by_client: bool
    ) -> _Candidate | None:
        """Return the pair of a sender's alternative and the reader's closest one."""
        # A component that kept its name and its tags is the closest one. The others need not be compared.
        same = [reader for reader in readers if _have_same_name(sender, reader)]
        for few in (same, readers):
            candidates = [
                self._candidate(*((sender, reader) if by_client else (reader, sender))) for reader in few
            ]
            closest = min(candidates, key=lambda candidate: candidate.distance, default=None)
            if closest is not None and not closest.is_other_class:
                return closest
        return None

    def _candidate(self, base: Alternative, head: Alternative) -> _Candidate:
        old, new = self._members(base), self._members(head)
        added = len(new.keys() - old.keys())
        return _Candidate(base, head, self._removed(base, head), added, _has_other_tag(old, new))

    def _members(self, alternative: Alternative) -> dict[str, list[Node]]:
        """Return the members that an alternative declares."""
        key = tuple((id(part.document), part.pointer) for part in alternative)
        if key not in self._properties:
            self._properties[key] = properties(alternative, self.direction)
        return self._properties[key]

    def _removed(self, base: Alternative, head: Alternative) -> list[str]:
        """Return the names that BASE declares and HEAD does not, unless HEAD allows any member by a schema."""
        if not any(isinstance(part.value, dict) and part.value for part in head):
            return []
        if children(head, "additionalProperties") or children(head, "patternProperties"):
            return []
        declared = self._members(head)
        return [name for name in self._members(base) if name not in declared]

    def _alternative(self, removed: list[str], base: Alternative, head: Alternative) -> list[Change]:
        old, new = self._members(base), self._members(head)
        parent = head[0] if head else None
        changes = [
            Change("property-removed", pointers.join("", name), Pair(old[name][0], None), parent=parent)
            for name in removed
        ]
        for name in old:
            if name in new:
                changes += self._compare(old[name], new[name], pointers.join("", name))
        for name in new if self._is_strict else ():
            if name not in old and not children(base, "additionalProperties"):
                changes.append(Change("property-added", pointers.join("", name), Pair(None, new[name][0])))
        members = [(keyword, "/*") for keyword in ("items", "additionalProperties")]
        for keyword, suffix in (*members, *indexed(base)):
            old_children, new_children = children(base, keyword), children(head, keyword)
            if old_children and new_children:
                changes += self._compare(old_children, new_children, suffix)
        return changes

    @staticmethod
    def _default(base: list[Node], head: list[Node]) -> list[Change]:
        old, new = _default_of(base), _default_of(head)
        if same(old, new):
            return []
        return [Change("default-changed", "", Pair(base[0], head[0]), old, new)]

    @staticmethod
    def _xml(base: list[Node], head: list[Node]) -> list[Change]:
        return [] if _xml_of(base) == _xml_of(head) else [Change("xml-changed", "", Pair(base[0], head[0]))]

    @staticmethod
    def _discriminators(base: list[Node], head: list[Node]) -> list[Change]:
        pair = Pair(_discriminator_of(base), _discriminator_of(head))
        return [Change("discriminator", "", pair)] if pair.base or pair.head else []


@dataclass(frozen=True)
class _Candidate:
    """Two alternatives that may describe the same values. Values with other tags are of another class."""

    base: Alternative
    head: Alternative
    removed: list[str]
    added: int
    is_other_class: bool

    @property
    def distance(self) -> tuple[bool, int, int]:
        """A key that sorts the closest candidate first."""
        return self.is_other_class, len(self.removed), self.added


def _have_same_name(base: Alternative, head: Alternative) -> bool:
    names = [{part.pointer for part in side if _COMPONENT.fullmatch(part.pointer)} for side in (base, head)]
    return bool(names[0]) and names[0] == names[1]


def _has_other_tag(old: dict[str, list[Node]], new: dict[str, list[Node]]) -> bool:
    """Return True if a member that both sides declare has fixed values, none of which both sides have."""
    for name in old.keys() & new.keys():
        values = _constants(old[name])
        if values is not None and values.isdisjoint(_constants(new[name]) or values):
            return True
    return False


def _constants(nodes: list[Node]) -> set[str] | None:
    """Return the fixed values of a member as JSON, or None if it has none."""
    for node in nodes:
        for part in parts(node):
            values = [part.value["const"]] if "const" in part.value else part.value.get("enum")
            if isinstance(values, list):
                return {json.dumps(value) for value in values}
    return None


def _is_same_leaf(base: list[Node], head: list[Node]) -> bool:
    """Return True if both sides are one equal schema without members, the usual case."""
    if len(base) != 1 or len(head) != 1 or not same(base[0].value, head[0].value):
        return False
    schema = base[0].value
    return isinstance(schema, bool) or not (
        "$ref" in schema or any(isinstance(value, (dict, list)) for value in schema.values())
    )


def _default_of(nodes: list[Node]) -> Any:
    for node in nodes:
        for part in parts(node):
            if "default" in part.value:
                return part.value["default"]
    return ABSENT


def _xml_of(nodes: list[Node]) -> dict[str, Any]:
    """Return the form that a value takes in XML, without the entries that say nothing."""
    for node in nodes:
        for part in parts(node):
            if isinstance(part.value.get("xml"), dict):
                return {key: value for key, value in part.value["xml"].items() if value not in (False, None)}
    return {}


def _discriminator_of(nodes: list[Node]) -> Node | None:
    """Return the schema that carries the discriminator."""
    for node in nodes:
        for part in parts(node):
            if isinstance(part.value.get("discriminator"), dict):
                return part
    return None
