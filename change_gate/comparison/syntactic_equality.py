"""Syntactic equality of schemas, independent of the names of definitions and of inlined references."""

from __future__ import annotations

import json
from typing import Any, Final

from change_gate.schemas.schema import DEFINITIONS, JsonSchema

_SETS: Final = frozenset(["required", "enum", "type"])
MAX_DEPTH: Final = 120


class SyntacticEquality:
    """Compares schemas step by step, and remembers the pairs of definitions that are equal or different."""

    def __init__(self) -> None:
        self._equal: set[tuple[int, int]] = set()
        self._different: set[tuple[int, int]] = set()
        self._kept: list[tuple[Any, Any]] = []  # schemas are known by identity, so they must live on

    def is_equal(self, left: JsonSchema, right: JsonSchema) -> bool:
        """Return True if both schemas have the same keywords with the same values, down to the last reference."""
        walk = _Walk(left, right, self._equal, self._different)
        result = walk.is_equal(left.root, right.root, 0)
        if result:
            self._equal |= walk.assumed.keys()
        else:
            self._different |= walk.different
        self._kept += walk.assumed.values()
        return result


class _Walk:
    """One comparison. A pair of schemas that is already under comparison counts as equal."""

    def __init__(
        self,
        left: JsonSchema,
        right: JsonSchema,
        equal: set[tuple[int, int]],
        different: set[tuple[int, int]],
    ) -> None:
        self._left = left
        self._right = right
        self._known = equal
        self._known_different = different
        self.assumed: dict[tuple[int, int], tuple[Any, Any]] = {}
        self.different: set[tuple[int, int]] = set()

    def is_equal(self, left: Any, right: Any, depth: int) -> bool:
        """Return True if two values are equal. Values nested too deeply count as different."""
        left, right = _target(left, self._left), _target(right, self._right)
        if isinstance(left, dict) and isinstance(right, dict):
            return self._has_equal_members(left, right, depth)
        if isinstance(left, list) and isinstance(right, list):
            return len(left) == len(right) and all(
                self.is_equal(one, other, depth + 1) for one, other in zip(left, right, strict=True)
            )
        return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)

    def _has_equal_members(self, left: dict[str, Any], right: dict[str, Any], depth: int) -> bool:
        pair = (id(left), id(right))
        if pair in self._known or pair in self.assumed:
            return True
        if pair in self._known_different or depth > MAX_DEPTH:
            return False
        self.assumed[pair] = (left, right)
        result = left.keys() == right.keys() and all(
            self._has_equal(key, left[key], right[key], depth) for key in left
        )
        if not result:
            self.different.add(pair)
        return result

    def _has_equal(self, key: str, left: Any, right: Any, depth: int) -> bool:
        if key in _SETS and isinstance(left, list) and isinstance(right, list):
            return sorted(map(_text, left)) == sorted(map(_text, right))
        if key == "$ref":  # with siblings, since a bare reference is followed before
            left, right = _definition(left, self._left), _definition(right, self._right)
        return self.is_equal(left, right, depth + 1)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _definition(reference: Any, schema: JsonSchema) -> Any:
    """Return the schema that a reference names. A value that names none stays as it is."""
    name = reference.removeprefix(DEFINITIONS) if isinstance(reference, str) else ""
    return schema.definitions.get(name, reference)


def _target(value: Any, schema: JsonSchema) -> Any:
    """Return the schema that a chain of bare references leads to."""
    seen = set()
    while isinstance(value, dict) and value.keys() == {"$ref"} and isinstance(value["$ref"], str):
        name = value["$ref"].removeprefix(DEFINITIONS)
        if name in seen or name not in schema.definitions:
            break
        seen.add(name)
        value = schema.definitions[name]
    return value
