"""Schemas that are written alike, whatever their definitions are called and wherever a reference is written out."""

from __future__ import annotations

import json
from typing import Any, Final

from change_gate.schemas.schema import DEFINITIONS, JsonSchema

_SETS: Final = frozenset(["required", "enum", "type"])
MAX_DEPTH: Final = 200


def is_alike(left: JsonSchema, right: JsonSchema) -> bool:
    """Return True if both schemas have the same keywords with the same values, down to the last reference."""
    return _Walk(left, right).is_alike(left.root, right.root, 0)


class _Walk:
    """Compares two schemas step by step. A pair of references that is already under comparison counts as alike."""

    def __init__(self, left: JsonSchema, right: JsonSchema) -> None:
        self._left = left
        self._right = right
        self._assumed: set[tuple[int, int]] = set()

    def is_alike(self, left: Any, right: Any, depth: int) -> bool:
        """Return True if two values are alike. Values nested too deeply count as different."""
        left, right = _target(left, self._left), _target(right, self._right)
        if depth > MAX_DEPTH:
            return False
        if isinstance(left, dict) and isinstance(right, dict):
            pair = (id(left), id(right))
            if pair in self._assumed:
                return True
            self._assumed.add(pair)
            return left.keys() == right.keys() and all(
                self._has_alike(key, left[key], right[key], depth) for key in left
            )
        if isinstance(left, list) and isinstance(right, list):
            return len(left) == len(right) and all(
                self.is_alike(one, other, depth + 1) for one, other in zip(left, right, strict=True)
            )
        return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)

    def _has_alike(self, key: str, left: Any, right: Any, depth: int) -> bool:
        if key in _SETS and isinstance(left, list) and isinstance(right, list):
            return sorted(map(_text, left)) == sorted(map(_text, right))
        return self.is_alike(left, right, depth + 1)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


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
