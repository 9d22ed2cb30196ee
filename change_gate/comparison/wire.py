"""Containment of parameter values as text.

On the wire every parameter is text, so an integer is also a string. A value escapes only if no reading of its text
is allowed by the reader: as a string, a number or a boolean.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, Final

from change_gate.comparison.nulls import dereferenced, without_null
from change_gate.comparison.readings import MAX_READINGS, count, is_read, readings
from change_gate.comparison.samples import is_valid
from change_gate.comparison.serialisation import scalar_text
from change_gate.comparison.values import Values
from change_gate.findings import Direction
from change_gate.schemas.containment import Containment, Status
from change_gate.schemas.schema import DEFINITIONS, UNSENT, JsonSchema, Schema

INTEGER: Final = "^-?(0|[1-9][0-9]*)$"
NUMBER: Final = "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?$"
MAX_ENUMERATED: Final = 500
MAX_DEPTH: Final = 10
_STRING_KEYWORDS: Final = ("minLength", "maxLength", "pattern", "format")
_OBJECT_KEYWORDS: Final = ("required", "minProperties", "maxProperties", UNSENT)
_ARRAY_KEYWORDS: Final = ("minItems", "maxItems", "uniqueItems")
_NUMBER_KEYWORDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_PROBES: Final = ("", "x", "a b", "0", "-1", "1", "1.5", "true", "null", "2025-01-31", "1e3", "x" * 300)


def contain(values: Values, direction: Direction, source: JsonSchema, target: JsonSchema) -> Containment:
    """Decide whether the reader allows each text that the sender may send."""
    source = _as_text(without_null(source))
    plain = values.compare(direction, source, target)
    if plain.holds or (plain.status is Status.ESCAPES and not is_read(plain.witness, target)):
        return plain
    texts = _TextSchemas(source, exact=False).convert(), _TextSchemas(target, exact=True).convert()
    if texts[0] is not None and texts[1] is not None:
        as_text = values.compare(direction, texts[0], texts[1])
        if as_text.holds:
            return as_text
        if as_text.status is Status.ESCAPES and _is_proof(as_text.witness, source, target):
            return as_text
    for probe in (*_enumerated(source), *_PROBES):
        if _is_proof(probe, source, target):
            return Containment(Status.ESCAPES, witness=probe, keyword="type")
    tried = [*plain.tried, "the values as text", "a list of common texts"]
    if plain.status is Status.ESCAPES and count(plain.witness) > MAX_READINGS:
        tried.append(f"a value whose text has {count(plain.witness)} readings, too many to check")
    return Containment(Status.UNPROVEN, tried=tuple(tried))


def _is_proof(value: Any, source: JsonSchema, target: JsonSchema) -> bool:
    """Return True if the sender may send the text of a value, and the reader allows no reading of it."""
    return not is_read(value, target) and any(
        is_valid(reading, source) for reading in itertools.islice(readings(value), MAX_READINGS)
    )


def _enumerated(schema: JsonSchema) -> list[Any]:
    root = dereferenced(schema)
    return list(root.get("enum", ())) if isinstance(root, dict) else []


def _as_text(schema: JsonSchema) -> JsonSchema:
    """Return a schema that says nothing as one for any text, which is all that the wire can carry."""
    return JsonSchema({"type": "string"}) if dereferenced(schema) in (True, {}) else schema


def kinds(schema: JsonSchema) -> frozenset[str]:
    """Return the JSON types that a schema names for its values; empty if it names none."""
    return _kinds(dereferenced(schema), schema, 0)


def _kinds(root: Schema, schema: JsonSchema, depth: int) -> frozenset[str]:
    if isinstance(root, bool) or depth > MAX_DEPTH:
        return frozenset()
    if "type" in root:
        return frozenset([root["type"]] if isinstance(root["type"], str) else root["type"])
    if "$ref" in root:
        return _kinds(dereferenced(JsonSchema({"$ref": root["$ref"]}, schema.definitions)), schema, depth + 1)
    for keyword in ("allOf", "anyOf", "oneOf"):
        branches = [_kinds(branch, schema, depth + 1) for branch in root.get(keyword, ())]
        if branches:
            return frozenset().union(*branches)
    return frozenset()


@dataclass
class _TextSchemas:
    """Converts a schema to one about texts. If `exact` is False, it may allow more texts than the original."""

    schema: JsonSchema
    exact: bool

    def convert(self) -> JsonSchema | None:
        """Return the schema about texts, or None if it cannot be expressed."""
        root = self._convert(self.schema.root, 0)
        return JsonSchema(root) if root is not None else None

    def _convert(self, root: Schema, depth: int) -> Schema | None:  # noqa: PLR0911 - one for each form
        if isinstance(root, bool):
            return {"type": ["string", "array", "object"]} if root else False
        if depth > MAX_DEPTH:
            return None
        if "$ref" in root:
            if len(root) > 1 and self.exact:
                return None
            return self._convert(self.schema.definitions[root["$ref"].removeprefix(DEFINITIONS)], depth + 1)
        for keyword in ("anyOf", "oneOf"):
            if keyword in root:
                alone = len(root) == 1 and keyword == "anyOf"
                return None if self.exact and not alone else self._union(root[keyword], depth)
        if any(keyword in root for keyword in ("allOf", "not", "if", "dependentSchemas")):
            return None
        if "enum" in root or "const" in root:
            return self._constants(root)
        return self._union_of_types(root, depth)

    def _union(self, branches: list[Schema], depth: int) -> Schema | None:
        converted = [self._convert(branch, depth + 1) for branch in branches]
        return None if None in converted else {"anyOf": converted}

    def _constants(self, root: dict[str, Any]) -> Schema:
        candidates = root.get("enum", [root.get("const")])
        whole = JsonSchema(root, self.schema.definitions)
        texts = {scalar_text(value) for value in candidates if is_valid(value, whole)} - {None}
        return {"enum": sorted(text for text in texts if text is not None)} if texts else False

    def _union_of_types(self, root: dict[str, Any], depth: int) -> Schema | None:
        named = root.get("type", ["string", "number", "boolean", "array", "object"])
        branches: list[Schema] = []
        for kind in [named] if isinstance(named, str) else named:
            if kind == "null":
                continue
            branch = self._type(kind, root, depth)
            if branch is None:
                return None
            branches.append(branch)
        return branches[0] if len(branches) == 1 else {"anyOf": branches}

    def _type(self, kind: str, root: dict[str, Any], depth: int) -> Schema | None:
        if kind == "string":
            return {"type": "string", **{key: root[key] for key in _STRING_KEYWORDS if key in root}}
        if kind == "boolean":
            return {"enum": ["true", "false"]}
        if kind in ("integer", "number"):
            return self._number(kind, root)
        if kind == "array":
            return self._array(root, depth)
        return self._object(root, depth)

    def _object(self, root: dict[str, Any], depth: int) -> Schema | None:
        if any(
            keyword in root for keyword in ("patternProperties", "propertyNames", "unevaluatedProperties")
        ):
            return None
        result: dict[str, Any] = {key: root[key] for key in _OBJECT_KEYWORDS if key in root}
        members = {
            name: self._convert(schema, depth + 1) for name, schema in root.get("properties", {}).items()
        }
        rest = (
            self._convert(root["additionalProperties"], depth + 1) if "additionalProperties" in root else True
        )
        if rest is None or None in members.values():
            return None
        return {"type": "object", **result, "properties": members, "additionalProperties": rest}

    def _number(self, kind: str, root: dict[str, Any]) -> Schema | None:
        bounds = {key: root[key] for key in _NUMBER_KEYWORDS if key in root}
        if not bounds:
            return {"type": "string", "pattern": INTEGER if kind == "integer" else NUMBER}
        low, high = bounds.get("minimum"), bounds.get("maximum")
        if kind == "integer" and low is not None and high is not None and 0 <= high - low <= MAX_ENUMERATED:
            whole = JsonSchema(root)
            numbers = range(math.ceil(low), math.floor(high) + 1)
            return {"enum": [str(number) for number in numbers if is_valid(number, whole)] or [""]}
        if self.exact:
            return None
        pattern = INTEGER if kind == "integer" else NUMBER
        sign = max(bounds.get("minimum", -1), bounds.get("exclusiveMinimum", -1)) >= 0
        return {"type": "string", "pattern": pattern.replace("-?", "", 1) if sign else pattern}

    def _array(self, root: dict[str, Any], depth: int) -> Schema | None:
        if any(keyword in root for keyword in ("prefixItems", "contains", "unevaluatedItems")):
            return None
        items = self._convert(root.get("items", True), depth + 1)
        if items is None:
            return None
        limits: dict[str, Any] = {key: root[key] for key in _ARRAY_KEYWORDS if key in root}
        return {"type": "array", "items": items, **limits}
