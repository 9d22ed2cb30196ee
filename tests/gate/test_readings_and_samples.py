"""Samples of schemas, readings of texts, and schemas that are written alike."""

from __future__ import annotations

from typing import Any

import pytest
from gate.sides import schema_node

from change_gate.comparison import (
    flattening,
    readings,
    wire,
)
from change_gate.comparison.discriminators import classes
from change_gate.comparison.samples import is_valid, sample
from change_gate.comparison.serialisation import (
    Encoding,
)
from change_gate.comparison.syntactic_equality import SyntacticEquality
from change_gate.findings import Direction
from change_gate.schemas.schema import JsonSchema, from_document

TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT


FORM, COMMA = Encoding("form", True), Encoding("form", False)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 7}, 7),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}, {"a": True}),
        ({"type": "array", "minItems": 2, "items": {"type": "integer"}}, [1, 1]),
        ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": ["null", "string"], "minLength": 3}, "aaa"),
        ({"type": "string", "format": "date"}, "2025-01-31"),
        ({"type": "string", "pattern": "^[0-9]+$"}, "1"),
        ({"type": "null"}, None),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"allOf": [{"required": ["a"], "type": "object"}, {"required": ["b"], "type": "object"}]},
         {"a": "x", "b": "x"}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"const": 1}}}, 1),
    ],
)  # fmt: skip
def test_sample_is_valid(schema: dict[str, Any], value: Any) -> None:
    assert sample(from_document(schema)) == value
    assert is_valid(value, from_document(schema))
    assert not is_valid(object, JsonSchema(False)) if value is None else True


def test_reference_chain_and_kinds_are_followed() -> None:
    schema = from_document(
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "integer"}}}
    )
    assert wire.dereferenced(schema) == {"type": "integer"}
    assert wire.kinds(schema) == {"integer"}
    assert wire.kinds(JsonSchema(True)) == frozenset()


def test_texts_have_readings() -> None:
    assert list(readings.readings("1")) == ["1", 1]
    assert list(readings.readings("true")) == ["true", True]
    assert next(readings.readings([1, "2"])) == ["1", "2"]
    assert readings.is_read("5", from_document({"type": "integer"}))
    assert not readings.is_read("x", from_document({"type": "integer"}))


def test_many_readings_are_decided_member_by_member() -> None:
    nested = {f"member{number}": [[1] * 20] * 20 for number in range(20)}  # more readings than memory holds
    assert len(list(readings.readings(nested))) == 2
    whole = {"additionalProperties": {"items": {"items": {"type": "integer"}}}}
    assert readings.is_read(nested, from_document(whole))
    assert readings.is_read({**nested, "x": "y"}, from_document({"properties": {"x": {"const": "y"}}}))
    assert not readings.is_read({**nested, "x": "z"}, from_document({"properties": {"x": {"const": "y"}}}))
    assert not readings.is_read(nested, from_document({"required": ["x"]}))
    assert not readings.is_read([1] * 40, from_document({"maxItems": 39}))
    assert not readings.is_read([1] * 40, from_document({"items": {"minimum": 2, "type": "integer"}}))
    assert readings.is_read([1] * 40, from_document({"oneOf": [{"minItems": 41}, {"minItems": 40}]}))


def test_alike_schemas_have_the_same_keywords() -> None:
    equality = SyntacticEquality()
    one = from_document(
        {"required": ["a", "b"], "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"minimum": 1}}}
    )
    other = from_document({"required": ["b", "a"], "properties": {"a": {"minimum": 1}}})
    assert equality.is_equal(one, other)
    assert not equality.is_equal(one, from_document({"required": ["a"], "properties": {"a": {"minimum": 1}}}))
    assert not equality.is_equal(from_document({"const": 1}), from_document({"const": True}))


def test_alternatives_multiply_and_add() -> None:
    node = schema_node(
        {"allOf": [{"oneOf": [{"type": "string"}, {"type": "null"}]}], "anyOf": [{}, {"minLength": 1}]}
    )
    assert len(flattening.alternatives([node])) == 4
    assert len(list(flattening.parts(node))) == 2
    members = schema_node(
        {"properties": {"a": {}, "b": {"readOnly": True}, "c": {"writeOnly": True}, "d": False}}
    )
    assert list(flattening.properties((members,), TO_SERVER)) == ["a", "c"]
    assert list(flattening.properties((members,), TO_CLIENT)) == ["a", "b"]
    assert [
        one.value for one in flattening.children((schema_node({"items": {"type": "null"}}),), "items")
    ] == [{"type": "null"}]


def test_classes_of_a_discriminator_have_tags() -> None:
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in ("A", "B")]
    node = schema_node(
        {"oneOf": refs, "discriminator": {"propertyName": "kind", "mapping": {"x": "A"}}},
        A={"type": "object"},
        B={"type": "object"},
    )
    assert {tag: one.pointer.rpartition("/")[2] for tag, one in classes(node).items()} == {"x": "A", "B": "B"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (True, "x"),
        ({"enum": [], "type": "boolean"}, True),
        ({"oneOf": [{"const": 2}, {"const": 3}]}, 2),
        ({"allOf": [{"minLength": 1}, {"type": "integer"}]}, "a"),
        ({"allOf": [True, {"const": 3}]}, "a"),
        ({"type": "object", "allOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]}]}, {"a": 1}),
        ({"properties": {"a": {}}}, {}),
        ({"type": "object", "required": ["a"]}, {"a": "x"}),
        ({"type": "array"}, []),
        ({"type": "array", "minItems": 200}, ["x"] * 100),
        ({"type": "string", "pattern": r"\d"}, "1"),
        ({"type": "string", "pattern": r"[0-9]", "minLength": 3}, "111"),
        ({"type": "string", "minLength": 20_000}, "a" * 10_000),
        ({"type": "string", "minLength": 0}, "a"),
        ({"type": "string", "format": "unknown"}, "a"),
        ({"type": "integer"}, 1),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "exclusiveMinimum": 4, "multipleOf": 4}, 8),
        ({"type": "integer", "maximum": 9}, 1),
        ({"type": "integer", "minimum": 0}, 0),
        ({"type": ["null"]}, None),
    ],
)
def test_sample_comes_from_the_keywords(schema: Any, value: Any) -> None:
    assert sample(from_document(schema)) == value


def test_sample_of_a_recursive_schema_ends() -> None:
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/N"}}}
    depth, value = 0, sample(from_document({"$ref": "#/$defs/N", "$defs": {"N": node}}))
    while isinstance(value, dict):
        depth, value = depth + 1, value["next"]
    assert (depth, value) == (6, "x")


def test_invalid_schema_allows_no_value() -> None:
    assert not is_valid("a", JsonSchema({"type": "nonsense"}))
    assert not is_valid("2025-02-30", JsonSchema({"format": "date"}))
