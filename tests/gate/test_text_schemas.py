"""Schemas of the texts that stand for values of a schema."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.comparison.samples import is_valid
from change_gate.comparison.wire import INTEGER, MAX_DEPTH, NUMBER, _TextSchemas
from change_gate.schemas.schema import from_document


def converted(schema: Any, *, exact: bool = True) -> Any:
    """Return the schema about texts, or None if it cannot be expressed."""
    return _TextSchemas(from_document(schema), exact).convert()


@pytest.mark.parametrize(
    ("schema", "accepted", "refused"),
    [
        ({"type": "boolean"}, "true", "yes"),
        ({"enum": [1, "a", None]}, "1", "b"),
        ({"const": True}, "true", True),
        ({"type": "string", "maxLength": 1}, "a", "ab"),
        ({"type": ["string", "null"], "maxLength": 1}, "a", None),
        ({"type": "object", "properties": {"a": {"type": "boolean"}}}, {"a": "true"}, {"a": True}),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, {"b": "false"}, {"b": "x"}),
        ({"type": "object", "additionalProperties": False}, {}, {"b": "x"}),
        ({"anyOf": [{"type": "boolean"}, {"const": "x"}]}, "x", "y"),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"const": "x"}}}, "x", "y"),
    ],
)
def test_schema_accepts_the_texts_of_its_values(schema: dict[str, Any], accepted: Any, refused: Any) -> None:
    texts = converted(schema)
    assert is_valid(accepted, texts)
    assert not is_valid(refused, texts)


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {}},
        {"allOf": [{"type": "string"}]},
        {"type": "object", "patternProperties": {"a": {}}},
        {"type": "object", "properties": {"a": {"not": {}}}},
        {"type": "object", "additionalProperties": {"not": {}}},
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"not": {}}},
        {"anyOf": [{"type": "string"}, {"not": {}}]},
    ],
)
def test_some_schemas_have_no_schema_of_texts(schema: dict[str, Any]) -> None:
    assert converted(schema) is None


def test_only_an_inexact_schema_may_drop_what_stands_beside() -> None:
    both = {"oneOf": [{"type": "boolean"}], "description": "x"}
    assert converted(both) is None
    assert is_valid("true", converted(both, exact=False))
    reference = {"$ref": "#/$defs/A", "type": "string", "$defs": {"A": {"const": "x"}}}
    assert converted(reference) is None
    assert is_valid("x", converted(reference, exact=False))


@pytest.mark.parametrize("keyword", ["items", "anyOf", "properties", "additionalProperties"])
def test_schemas_below_a_depth_are_not_converted(keyword: str) -> None:
    def nested(depth: int) -> dict[str, Any]:
        inner: dict[str, Any] = {"type": "string"}
        for _ in range(depth):
            inner = {
                "items": {"type": "array", "items": inner},
                "anyOf": {"anyOf": [inner]},
                "properties": {"type": "object", "properties": {"a": inner}},
                "additionalProperties": {"type": "object", "additionalProperties": inner},
            }[keyword]
        return inner

    assert converted(nested(MAX_DEPTH)) is not None
    assert converted(nested(MAX_DEPTH + 1)) is None


def test_chain_of_references_has_a_depth() -> None:
    def chain(length: int) -> dict[str, Any]:
        definitions: dict[str, Any] = {f"D{n}": {"$ref": f"#/$defs/D{n + 1}"} for n in range(length - 1)}
        definitions[f"D{length - 1}"] = {"type": "string"}
        return {"$ref": "#/$defs/D0", "$defs": definitions}

    assert converted(chain(MAX_DEPTH)) is not None
    assert converted(chain(MAX_DEPTH + 1)) is None


@pytest.mark.parametrize(
    ("schema", "texts"),
    [
        (True, {"type": ["string", "array", "object"]}),
        (False, False),
        ({"enum": [1], "type": "string"}, False),
        ({"enum": [2, "a", 1]}, {"enum": ["1", "2", "a"]}),
        ({"type": "integer"}, {"type": "string", "pattern": INTEGER}),
        ({"type": "number"}, {"type": "string", "pattern": NUMBER}),
        ({"type": "integer", "minimum": 1, "maximum": 3}, {"enum": ["1", "2", "3"]}),
        ({"type": "integer", "minimum": 1, "maximum": 3, "multipleOf": 2}, {"enum": ["2"]}),
        ({"type": "integer", "minimum": 0.5, "maximum": 1.5}, {"enum": ["1"]}),
        ({"type": "integer", "minimum": 0, "maximum": 0}, {"enum": ["0"]}),
        ({"type": "integer", "minimum": 1, "maximum": 3, "multipleOf": 9}, {"enum": [""]}),
        ({"type": "integer", "minimum": 0, "maximum": 500, "multipleOf": 500}, {"enum": ["0", "500"]}),
        ({"type": "integer", "minimum": 0, "maximum": 501}, None),
        ({"type": "integer", "minimum": 2, "maximum": 1}, None),
        ({"type": "integer", "minimum": 0}, None),
        ({"type": "number", "minimum": 0, "maximum": 1}, None),
        (
            {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True},
            {"type": "array", "items": {"enum": ["true", "false"]}, "minItems": 2, "uniqueItems": True},
        ),
        ({"type": "array"}, {"type": "array", "items": {"type": ["string", "array", "object"]}}),
        ({"type": "array", "prefixItems": [True]}, None),
        ({"type": "array", "items": {"not": True}}, None),
        (
            {"type": "object", "required": ["a"], "maxProperties": 2},
            {
                "type": "object",
                "required": ["a"],
                "maxProperties": 2,
                "properties": {},
                "additionalProperties": True,
            },
        ),
        ({"type": ["string", "boolean"]}, {"anyOf": [{"type": "string"}, {"enum": ["true", "false"]}]}),
        ({"oneOf": [{"type": "string"}]}, None),
        ({"anyOf": [{"type": "string"}], "title": "a"}, None),
    ],
)
def test_schema_of_texts_is_exact(schema: Any, texts: Any) -> None:
    found = converted(schema)
    assert (None if found is None else found.root) == texts


@pytest.mark.parametrize(
    ("bounds", "has_sign"),
    [
        ({"minimum": 0}, False),
        ({"minimum": -1}, True),
        ({"exclusiveMinimum": 0}, False),
        ({"exclusiveMinimum": 1, "minimum": -5}, False),
        ({"exclusiveMinimum": -0.5}, True),
        ({"maximum": 5}, True),
        ({"multipleOf": 2}, True),
    ],
)
@pytest.mark.parametrize(("kind", "pattern"), [("integer", INTEGER), ("number", NUMBER)])
def test_inexact_schema_keeps_the_sign(kind: str, pattern: str, bounds: Any, has_sign: bool) -> None:
    texts = converted({"type": kind, **bounds}, exact=False)
    assert texts.root == {"type": "string", "pattern": pattern if has_sign else pattern.replace("-?", "", 1)}
