"""OpenAPI schemas as JSON Schema, and schemas without cycles."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.findings import Direction
from change_gate.schemas.dialect import Dialect, OpenApiVersion
from change_gate.schemas.locations import Definitions
from change_gate.schemas.loosening import is_large, is_whole, loosened

TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
COMPONENTS: dict[str, Any] = {
    "#/components/schemas/A": {"type": "string"},
    "#/components/schemas/R": {
        "type": "object",
        "required": ["r", "w"],
        "properties": {"r": {"type": "string", "readOnly": True}, "w": {"type": "string", "writeOnly": True}},
    },
    "#/components/schemas/RO": {"type": "string", "readOnly": True},
}


@pytest.mark.parametrize(
    ("schema", "version", "direction", "converted"),
    [
        (True, "3.1", TO_SERVER, True),
        (False, "3.1", TO_SERVER, False),
        ("odd", "3.1", TO_SERVER, True),
        ({"type": "string", "title": "a", "x-a": 1, "example": 1}, "3.1", TO_SERVER, {"type": "string"}),
        ({"type": "string", "nullable": True}, "3.0", TO_SERVER, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": True}, "3.1", TO_SERVER, {"type": "string"}),
        ({"type": "string", "nullable": False}, "3.0", TO_SERVER, {"type": "string"}),
        ({"nullable": True, "enum": ["a"]}, "3.0", TO_SERVER, {"enum": ["a"]}),
        (
            {"type": "object", "nullable": True, "properties": {"a": {"type": "integer", "nullable": True}}},
            "3.0",
            TO_SERVER,
            {"type": ["object", "null"], "properties": {"a": {"type": ["integer", "null"]}}},
        ),
        ({"minimum": 1, "exclusiveMinimum": True}, "3.0", TO_SERVER, {"exclusiveMinimum": 1}),
        (
            {"maximum": 1, "exclusiveMaximum": True, "minimum": 0, "exclusiveMinimum": False},
            "3.0",
            TO_SERVER,
            {"minimum": 0, "exclusiveMaximum": 1},
        ),
        ({"exclusiveMinimum": True}, "3.0", TO_SERVER, {}),
        ({"exclusiveMinimum": 3}, "3.1", TO_SERVER, {"exclusiveMinimum": 3}),
        (
            {"type": "integer", "format": "int32"},
            "3.1",
            TO_SERVER,
            {"type": "integer", "minimum": -2147483648, "maximum": 2147483647},
        ),
        (
            {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1099511627776},
            "3.1",
            TO_SERVER,
            {"type": "integer", "minimum": 0, "maximum": 2147483647},
        ),
        ({"type": "number", "format": "int32"}, "3.1", TO_SERVER, {"type": "number"}),
        (
            {"type": ["integer", "null"], "format": "int32"},
            "3.1",
            TO_SERVER,
            {"type": ["integer", "null"], "minimum": -2147483648, "maximum": 2147483647},
        ),
        ({"type": "integer", "format": "int64"}, "3.1", TO_SERVER, {"type": "integer"}),
        ({"type": "string", "format": "date"}, "3.1", TO_SERVER, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "mine"}, "3.1", TO_SERVER, {"type": "string"}),
        ({"$ref": "#/components/schemas/A"}, "3.1", TO_SERVER, {"$ref": "#/$defs/A"}),
        ({"$ref": "#/components/schemas/A", "description": "x"}, "3.0", TO_SERVER, {"$ref": "#/$defs/A"}),
        (
            {"$ref": "#/components/schemas/A", "minLength": 1},
            "3.1",
            TO_SERVER,
            {"minLength": 1, "$ref": "#/$defs/A"},
        ),
        ({"$ref": "#/components/schemas/A", "minLength": 1}, "3.0", TO_SERVER, {"$ref": "#/$defs/A"}),
        (
            {"properties": {"r": {"readOnly": True}, "a": {}}, "required": ["r", "a"]},
            "3.1",
            TO_SERVER,
            {"required": ["a"], "properties": {"a": {}}, "x-unsent": ["r"]},
        ),
        (
            {"properties": {"r": {"readOnly": True}, "a": {}}, "required": ["r", "a"]},
            "3.1",
            TO_CLIENT,
            {"required": ["r", "a"], "properties": {"r": {}, "a": {}}},
        ),
        (
            {"properties": {"r": {"readOnly": True}}, "required": ["r"]},
            "3.1",
            TO_SERVER,
            {"properties": {}, "x-unsent": ["r"]},
        ),
        (
            {"properties": {"r": {"$ref": "#/components/schemas/RO"}}},
            "3.1",
            TO_SERVER,
            {"properties": {}, "x-unsent": ["r"]},
        ),
        (
            {"properties": {"r": {"allOf": [{"$ref": "#/components/schemas/RO"}]}}},
            "3.0",
            TO_SERVER,
            {"properties": {}, "x-unsent": ["r"]},
        ),
        (
            {"allOf": [{"$ref": "#/components/schemas/R"}, {"required": ["r"]}]},
            "3.1",
            TO_SERVER,
            {"allOf": [{"$ref": "#/$defs/R"}, {}]},
        ),
        (
            {"allOf": [{"$ref": "#/components/schemas/R"}]},
            "3.1",
            TO_CLIENT,
            {"allOf": [{"$ref": "#/$defs/R"}]},
        ),
        (
            {"required": ["r"], "allOf": [{"properties": {"r": {"readOnly": True}}}]},
            "3.1",
            TO_SERVER,
            {"allOf": [{"properties": {}, "x-unsent": ["r"]}]},
        ),
        (
            {"items": {"properties": {"r": {"readOnly": True}}, "required": ["r"]}},
            "3.1",
            TO_SERVER,
            {"items": {"properties": {}, "x-unsent": ["r"]}},
        ),
        (
            {"patternProperties": {".*": {"type": "string"}}},
            "3.1",
            TO_SERVER,
            {"additionalProperties": {"type": "string"}},
        ),
        (
            {
                "patternProperties": {".*": {"type": "string"}, "^x": {"minLength": 1}},
                "properties": {"a": {"maxLength": 2}},
            },
            "3.1",
            TO_SERVER,
            {
                "properties": {"a": {"allOf": [{"maxLength": 2}, {"type": "string"}]}},
                "patternProperties": {"^x": {"allOf": [{"minLength": 1}, {"type": "string"}]}},
                "additionalProperties": {"type": "string"},
            },
        ),
        (
            {"patternProperties": {".*": {"type": "string"}, "^.*$": {"minLength": 1}}},
            "3.1",
            TO_SERVER,
            {
                "patternProperties": {"^.*$": {"allOf": [{"minLength": 1}, {"type": "string"}]}},
                "additionalProperties": {"type": "string"},
            },
        ),
        ({"patternProperties": {"^x": {}}}, "3.1", TO_SERVER, {"patternProperties": {"^x": {}}}),
        (
            {"oneOf": [], "anyOf": [{"type": "string"}], "not": {"type": "null"}},
            "3.1",
            TO_SERVER,
            {"not": {"type": "null"}, "anyOf": [{"type": "string"}]},
        ),
        (
            {"prefixItems": [], "items": {"nullable": True, "type": "string"}},
            "3.0",
            TO_SERVER,
            {"items": {"type": ["string", "null"]}},
        ),
        (
            {"dependentSchemas": {"a": {"required": ["b"]}}, "if": {"const": 1}, "then": False},
            "3.1",
            TO_SERVER,
            {"if": {"const": 1}, "then": False, "dependentSchemas": {"a": {"required": ["b"]}}},
        ),
        (
            {
                "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/R"}],
                "discriminator": {
                    "propertyName": "k",
                    "mapping": {"x": "A", "y": "#/components/schemas/R", "z": "other"},
                },
            },
            "3.1",
            TO_CLIENT,
            {
                "oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/R"}],
                "allOf": [
                    {
                        "if": {"properties": {"k": {"const": "x"}}, "required": ["k"]},
                        "then": {"$ref": "#/$defs/A"},
                    },
                    {
                        "if": {"properties": {"k": {"const": "y"}}, "required": ["k"]},
                        "then": {"$ref": "#/$defs/R"},
                    },
                ],
            },
        ),
        (
            {
                "anyOf": [{"$ref": "#/components/schemas/A"}],
                "discriminator": {"propertyName": "k", "mapping": {"x": "A"}},
                "allOf": [{"minLength": 1}],
            },
            "3.1",
            TO_CLIENT,
            {
                "allOf": [
                    {"minLength": 1},
                    {
                        "if": {"properties": {"k": {"const": "x"}}, "required": ["k"]},
                        "then": {"$ref": "#/$defs/A"},
                    },
                ],
                "anyOf": [{"$ref": "#/$defs/A"}],
            },
        ),
        (
            {"oneOf": [{"$ref": "#/components/schemas/A"}], "discriminator": {"propertyName": "k"}},
            "3.1",
            TO_CLIENT,
            {"oneOf": [{"$ref": "#/$defs/A"}]},
        ),
        (
            {"oneOf": [{"$ref": "#/components/schemas/A"}], "discriminator": {"mapping": {"x": "A"}}},
            "3.1",
            TO_CLIENT,
            {"oneOf": [{"$ref": "#/$defs/A"}]},
        ),
    ],
)
def test_schema_is_converted(
    schema: Any, version: OpenApiVersion, direction: Direction, converted: Any
) -> None:
    assert Dialect(version, direction, COMPONENTS.__getitem__).convert(schema).root == converted


def test_definition_leaves_out_what_is_not_sent() -> None:
    reference = {"$ref": "#/components/schemas/R"}
    found = {
        direction: Dialect("3.1", direction, COMPONENTS.__getitem__).convert(reference)
        for direction in Direction
    }
    assert found[TO_SERVER].definitions["R"] == {
        "type": "object",
        "required": ["w"],
        "properties": {"w": {"type": "string"}},
        "x-unsent": ["r"],
    }
    assert found[TO_CLIENT].definitions["R"] == {
        "type": "object",
        "required": ["r"],
        "properties": {"r": {"type": "string"}},
        "x-unsent": ["w"],
    }
    assert found[TO_SERVER].references == {"R": "#/components/schemas/R"}


def test_equal_leaves_are_one_object_unless_their_types_differ() -> None:
    dialect = Dialect("3.1", TO_SERVER, COMPONENTS.__getitem__)
    first, second = (dialect.convert({"minimum": 1}).root for _ in range(2))
    assert first is second
    assert repr(dialect.convert({"const": True}).root) != repr(dialect.convert({"const": 1}).root)


RECURSIVE = Definitions(
    {
        "N": {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}, "oneOf": [{"required": ["n"]}]},
        "P": {"minLength": 1},
    }
)


@pytest.mark.parametrize(
    ("schema", "without_cycles"),
    [
        (True, True),
        ({"items": {"$ref": "#/$defs/N"}}, {"items": True}),
        ({"items": {"$ref": "#/$defs/P"}}, {"items": {"$ref": "#/$defs/P"}}),
        ({"not": {"$ref": "#/$defs/N"}}, {}),
        ({"not": {"$ref": "#/$defs/P"}}, {"not": {"$ref": "#/$defs/P"}}),
        ({"if": {"$ref": "#/$defs/N"}, "then": {"$ref": "#/$defs/P"}, "else": {"$ref": "#/$defs/P"}}, {}),
        (
            {"if": {"$ref": "#/$defs/P"}, "then": {"$ref": "#/$defs/P"}},
            {"if": {"$ref": "#/$defs/P"}, "then": {"$ref": "#/$defs/P"}},
        ),
        ({"then": {"$ref": "#/$defs/P"}}, {}),
        ({"contains": {"$ref": "#/$defs/N"}, "minContains": 2, "maxContains": 3}, {}),
        (
            {"contains": {"$ref": "#/$defs/P"}, "minContains": 2},
            {"contains": {"$ref": "#/$defs/P"}, "minContains": 2},
        ),
        ({"propertyNames": {"$ref": "#/$defs/N"}}, {}),
        ({"unevaluatedProperties": False, "minLength": 1}, {"minLength": 1}),
        (
            {"anyOf": [{"$ref": "#/$defs/N"}, {"$ref": "#/$defs/P"}]},
            {"anyOf": [{"allOf": [{"type": "object", "properties": {"n": True}}]}, {"$ref": "#/$defs/P"}]},
        ),
        (
            {"oneOf": [{"$ref": "#/$defs/N"}, {"$ref": "#/$defs/P"}]},
            {
                "allOf": [
                    {
                        "anyOf": [
                            {"allOf": [{"type": "object", "properties": {"n": True}}]},
                            {"$ref": "#/$defs/P"},
                        ]
                    }
                ]
            },
        ),
        ({"oneOf": [{"$ref": "#/$defs/P"}]}, {"oneOf": [{"$ref": "#/$defs/P"}]}),
        (
            {"properties": {"a": {"$ref": "#/$defs/N"}, "b": {"$ref": "#/$defs/P"}}},
            {"properties": {"a": True, "b": {"$ref": "#/$defs/P"}}},
        ),
        (
            {"allOf": [{"$ref": "#/$defs/N"}], "minProperties": 1},
            {"allOf": [{"allOf": [{"type": "object", "properties": {"n": True}}]}], "minProperties": 1},
        ),
    ],
)
def test_cycle_is_replaced_by_something_that_allows_more(schema: Any, without_cycles: Any) -> None:
    assert loosened(schema, RECURSIVE) == without_cycles


def test_meaning_of_an_unevaluated_keyword_depends_on_others() -> None:
    assert is_whole(True)
    assert is_whole({"additionalProperties": False})
    assert not is_whole({"unevaluatedProperties": False})


def test_schema_with_many_definitions_is_large() -> None:
    many = {"$defs": {str(number): True for number in range(1000)}}
    assert is_large(True, many)
    assert not is_large(True, {}, {"$defs": {"a": True}})
