"""OpenAPI schemas as JSON Schema: versions, directions, references and discriminators."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.findings import Direction
from change_gate.schemas.containment import Status, compare
from change_gate.schemas.dialect import Dialect, OpenApiVersion
from change_gate.schemas.schema import UNSENT

REQUEST, RESPONSE = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT


def convert(
    schema: Any, version: OpenApiVersion = "3.0", direction: Direction = REQUEST, components: Any = None
) -> Any:
    references = {f"#/components/schemas/{name}": value for name, value in (components or {}).items()}
    return Dialect(version, direction, references.__getitem__).convert(schema).document()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"nullable": True}, {}),
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a"]}),
        (
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
            {"type": "integer", "exclusiveMinimum": 1},
        ),
        ({"type": "integer", "maximum": 9, "exclusiveMaximum": False}, {"type": "integer", "maximum": 9}),
        ({"type": "string", "example": "a"}, {"type": "string", "examples": ["a"]}),
        (
            {"type": "string", "format": "binary"},
            {"type": "string", "contentMediaType": "application/octet-stream"},
        ),
        (
            {"type": "array", "items": {"type": "string", "nullable": True}},
            {"type": "array", "items": {"type": ["string", "null"]}},
        ),
    ],
)
def test_upgrade_to_31_changes_nothing(old: Any, new: Any) -> None:
    assert convert(old, "3.0") == convert(new, "3.1")


def test_nullable_is_ignored_in_31() -> None:
    assert convert({"type": "string", "nullable": True}, "3.1") == {"type": "string"}


def test_null_missing_in_enum_is_no_value() -> None:
    nullable = convert({"type": "string", "nullable": True, "enum": ["a"]})
    assert compare(nullable, convert({"type": "string", "enum": ["a"]})).holds


def test_reference_sibling_counts_only_in_31() -> None:
    schema = {"$ref": "#/components/schemas/A", "maxLength": 1}
    components = {"A": {"type": "string"}}
    assert "maxLength" not in convert(schema, "3.0", components=components)
    assert convert(schema, "3.1", components=components)["maxLength"] == 1


@pytest.mark.parametrize(("mark", "direction"), [("readOnly", REQUEST), ("writeOnly", RESPONSE)])
def test_unsent_member_is_left_out(mark: str, direction: Direction) -> None:
    schema = {"type": "object", "properties": {"a": {mark: True}, "b": {}}, "required": ["a", "b"]}
    converted = convert(schema, direction=direction)
    assert converted == {"type": "object", "properties": {"b": {}}, "required": ["b"], UNSENT: ["a"]}
    other = RESPONSE if direction is REQUEST else REQUEST
    assert set(convert(schema, direction=other)["properties"]) == {"a", "b"}


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"properties": {"id": {"readOnly": True}}}, {"required": ["id"]}]},
        {"allOf": [{"$ref": "#/components/schemas/Base"}], "required": ["id"]},
        {"properties": {"id": {"$ref": "#/components/schemas/Id"}}, "required": ["id"]},
        {"properties": {"id": {"allOf": [{"$ref": "#/components/schemas/Id"}]}}, "required": ["id"]},
        {"allOf": [{"$ref": "#/components/schemas/Needs"}, {"properties": {"id": {"readOnly": True}}}]},
    ],
)
def test_unsent_member_is_found_in_composition(schema: Any) -> None:
    components = {
        "Id": {"type": "string", "readOnly": True},
        "Base": {"properties": {"id": {"readOnly": True}}},
        "Needs": {"required": ["id"]},
    }
    assert "required" not in str(convert(schema, components=components))


def test_closed_reader_accepts_unsent_member() -> None:
    base = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    head = {**base, "properties": {"a": {"type": "string", "readOnly": True}}}
    assert compare(convert(base), convert(head)).holds


def test_known_formats_stay_and_others_vanish() -> None:
    assert convert({"type": "string", "format": "uuid"}) == {"type": "string", "format": "uuid"}
    assert convert({"type": "string", "format": "house-number"}) == {"type": "string"}
    assert convert({"type": "integer", "format": "int64"}) == {"type": "integer"}


def test_int32_is_a_range() -> None:
    narrow, wide = (
        convert({"type": "integer", "format": "int32"}),
        convert({"type": "integer", "format": "int64"}),
    )
    assert compare(wide, narrow).witness in (2**31, -(2**31) - 1)
    assert compare(narrow, wide).status is Status.COVERED


def test_recursive_component_is_converted_once() -> None:
    components = {"N": {"type": "object", "properties": {"n": {"$ref": "#/components/schemas/N"}}}}
    converted = convert({"$ref": "#/components/schemas/N"}, components=components)
    assert converted["$defs"] == {"N": {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}}}


def test_components_of_the_same_name_stay_apart() -> None:
    schemas = {"a.yaml#/N": {"type": "string"}, "b.yaml#/N": {"type": "integer"}}
    dialect = Dialect("3.1", REQUEST, schemas.__getitem__)
    converted = dialect.convert({"anyOf": [{"$ref": reference} for reference in schemas]})
    assert {converted.references[name]: schema for name, schema in converted.definitions.items()} == schemas


def test_long_chain_of_references_is_converted() -> None:
    components = {
        f"S{n}": {"properties": {"n": {"$ref": f"#/components/schemas/S{n + 1}"}}} for n in range(2000)
    }
    components["S2000"] = {"type": "string"}
    assert len(convert({"$ref": "#/components/schemas/S0"}, components=components)["$defs"]) == 2001


def test_mapped_tag_demands_its_schema() -> None:
    components = {
        "Cat": {"type": "object", "properties": {"kind": {}, "lives": {}}, "required": ["kind", "lives"]},
        "Dog": {"type": "object", "properties": {"kind": {}, "barks": {}}, "required": ["kind", "barks"]},
    }
    branches = [{"$ref": f"#/components/schemas/{name}"} for name in components]

    def mapped(first: str, second: str) -> Any:
        mapping = {"a": f"#/components/schemas/{first}", "b": second}
        discriminator = {"propertyName": "kind", "mapping": mapping}
        return convert({"oneOf": branches, "discriminator": discriminator}, components=components)

    result = compare(mapped("Dog", "Cat"), mapped("Cat", "Dog"))
    assert result.status is Status.ESCAPES
    assert result.witness["kind"] in ("a", "b")
    assert compare(mapped("Cat", "Dog"), mapped("Cat", "Dog")).status is Status.EQUAL


@pytest.mark.parametrize("odd", [None, 1, "text", [], {"properties": []}, {"allOf": {}}, {"items": True}])
def test_odd_schema_is_converted_without_error(odd: Any) -> None:
    convert(odd)
