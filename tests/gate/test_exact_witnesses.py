"""The smallest witness of a break, and the keyword that refuses it."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas.containment import Comparer, Containment, Status, compare
from change_gate.schemas.schema import JsonSchema

INTEGER: Any = {"type": "integer"}
TEXT: Any = {"type": "string"}
NULL: Any = {"type": "null"}
OPEN: Any = {"type": "object"}
NODE: Any = {"$ref": "#/$defs/N"}


@pytest.mark.parametrize(
    ("source", "target", "witness", "member", "pointer"),
    [
        (INTEGER, {"type": "integer", "minimum": 5}, 0, "", "/minimum"),
        ({"type": "integer", "maximum": 9}, {"type": "integer", "maximum": 5}, 6, "", "/maximum"),
        ({"type": "number"}, INTEGER, 0.5, "", "/type"),
        ({"type": "integer", "multipleOf": 3}, {"type": "integer", "multipleOf": 6}, 3, "", "/multipleOf"),
        ({"type": "number", "minimum": 0, "maximum": 1},
         {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
         1, "", "/exclusiveMaximum"),
        ({"type": "integer", "minimum": 10}, {"type": "integer", "not": {"const": 12}}, 12, "", "/not"),
        (TEXT, {"type": "string", "maxLength": 3}, "PT1H", "", "/maxLength"),
        (TEXT, {"type": "string", "pattern": "^a"}, "", "", "/pattern"),
        ({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^ab"}, "a", "", "/pattern"),
        ({"type": "string", "format": "date"}, {"type": "string", "maxLength": 9}, "2024-02-29", "", "/maxLength"),
        (TEXT, {"type": "string", "format": "uuid"}, "", "", "/format"),
        ({"enum": ["a", "b", "c"]}, {"enum": ["a", "c"]}, "b", "", "/enum"),
        ({"type": ["string", "null"]}, TEXT, None, "", "/type"),
        ({"type": "boolean"}, {"const": True}, False, "", "/const"),
        ({"type": "array", "items": INTEGER},
         {"type": "array", "items": INTEGER, "maxItems": 2},
         [0, 0, 0], "", "/maxItems"),
        ({"type": "array", "items": TEXT},
         {"type": "array", "items": {"type": "string", "minLength": 1}},
         [""], "/0", "/items/minLength"),
        ({"type": "array", "items": INTEGER},
         {"type": "array", "items": INTEGER, "uniqueItems": True},
         [0, 0], "", "/uniqueItems"),
        ({"type": "array"}, {"type": "array", "contains": INTEGER}, [], "", "/contains"),
        ({"type": "array", "prefixItems": [TEXT]},
         {"type": "array", "prefixItems": [TEXT, INTEGER]},
         ["", ""], "/1", "/prefixItems/1/type"),
        ({"type": "array", "items": INTEGER, "minItems": 1},
         {"type": "array", "items": INTEGER, "minItems": 2},
         [0], "", "/minItems"),
        (OPEN, {"type": "object", "required": ["a"]}, {}, "", "/required"),
        ({**OPEN, "properties": {"a": TEXT}},
         {**OPEN, "properties": {"a": INTEGER}},
         {"a": ""}, "/a", "/properties/a/type"),
        ({**OPEN, "properties": {"a": {**OPEN, "properties": {"b": TEXT}}}},
         {**OPEN, "properties": {"a": {**OPEN, "properties": {"b": NULL}}}},
         {"a": {"b": ""}}, "/a/b", "/properties/a/properties/b/type"),
        ({**OPEN, "properties": {"a": TEXT, "b": TEXT}},
         {**OPEN, "properties": {"a": TEXT}, "additionalProperties": False},
         {"b": ""}, "/b", "/additionalProperties"),
        ({**OPEN, "properties": {"a": TEXT}, "required": ["a"]},
         {**OPEN, "properties": {"a": TEXT}, "required": ["a"], "maxProperties": 0},
         {"a": ""}, "", "/maxProperties"),
        ({"type": "object", "additionalProperties": INTEGER},
         {"type": "object", "additionalProperties": TEXT},
         {"extra": 0}, "/extra", "/additionalProperties/type"),
        ({"type": "object", "patternProperties": {"^x": INTEGER}},
         {"type": "object", "patternProperties": {"^x": TEXT}},
         {"x": 0}, "/x", "/patternProperties/^x/type"),
        (OPEN, {"type": "object", "minProperties": 1}, {}, "", "/minProperties"),
        ({"type": "object", "additionalProperties": INTEGER},
         {"type": "object", "maxProperties": 1, "additionalProperties": INTEGER},
         {"extra": 0, "extra2": 0}, "", "/maxProperties"),
        ({"type": "object", "additionalProperties": INTEGER},
         {"type": "object", "propertyNames": {"maxLength": 3}},
         {"extra": 0}, "", "/propertyNames/maxLength"),
        ({**OPEN, "properties": {"a": TEXT, "b": TEXT}},
         {**OPEN, "properties": {"a": TEXT, "b": TEXT}, "dependentRequired": {"a": ["b"]}},
         {"a": ""}, "", "/dependentRequired"),
        ({"anyOf": [INTEGER, TEXT]}, INTEGER, "", "", "/type"),
        ({"oneOf": [INTEGER, {"type": "number"}]}, {"type": "number", "maximum": 0}, 0.5, "", "/maximum"),
        ({"anyOf": [INTEGER, TEXT]}, {"oneOf": [INTEGER, {"type": "number"}, TEXT]}, 0, "", "/oneOf"),
        ({**OPEN, "properties": {"a": INTEGER, "b": INTEGER}},
         {**OPEN, "properties": {"a": INTEGER, "b": INTEGER}, "if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}},
         {"a": 1}, "", "/then/required"),
        ({"not": NULL}, {"type": ["string", "number"]}, [], "", "/type"),
        (True, {"not": {}}, 0, "", "/not"),
        (True, False, 0, "", ""),
        ({}, OPEN, 0, "", "/type"),
        ({"$ref": "#/$defs/N", "$defs": {"N": {**OPEN, "properties": {"n": NODE, "v": INTEGER}}}},
         {"$ref": "#/$defs/N", "$defs": {"N": {**OPEN, "properties": {"n": NODE, "v": TEXT}}}},
         {"v": 0}, "/v", "/properties/v/type"),
        ({"items": NODE, "type": "array", "$defs": {"N": {**OPEN, "properties": {"n": {"type": "array", "items": NODE}}}}},
         {"items": NODE, "type": "array", "$defs": {"N": {**OPEN, "properties": {"n": {"type": "array", "items": NODE, "maxItems": 1}}}}},
         [{"n": [{}, {}]}], "/0/n", "/properties/n/maxItems"),
    ],
)  # fmt: skip
def test_witness_is_small_and_located(
    source: Any, target: Any, witness: Any, member: str, pointer: str
) -> None:
    found = compare(source, target)
    assert (found.status, found.member, found.pointer) == (Status.ESCAPES, member, pointer)
    assert repr(found.witness) == repr(witness)
    assert found.keyword == pointer.rpartition("/")[2]
    assert (found.reference, found.undeclared, found.tried, found.holds) == (
        "#/$defs/N" if "$defs" in str(source) else "", False, (), False
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "target", "status"),
    [
        (INTEGER, INTEGER, Status.EQUAL),
        ({"enum": [1, 2]}, {"enum": [2, 1]}, Status.EQUAL),
        (INTEGER, {"type": "number"}, Status.COVERED),
        (False, NULL, Status.COVERED),
        (NODE | {"$defs": {"N": {"items": NODE}}}, NODE | {"$defs": {"N": {"items": NODE}}}, Status.EQUAL),
        (
            NODE | {"$defs": {"N": {"type": "array", "items": NODE}}},
            NODE | {"$defs": {"N": {"items": NODE}}},
            Status.COVERED,
        ),
    ],
)
def test_proved_containment_has_no_witness(source: Any, target: Any, status: Status) -> None:
    found = compare(source, target)
    assert found.holds
    assert found == Containment(status, seconds=found.seconds)


def chain(length: int, end: Any, **beside: Any) -> JsonSchema:
    """Return a schema that leads to its end through many definitions."""
    definitions = {
        f"D{number}": {**OPEN, "properties": {"d": {"$ref": f"#/$defs/D{number + 1}"}, **beside}}
        for number in range(length)
    }
    return JsonSchema({"$ref": "#/$defs/D0"}, {**definitions, f"D{length}": end})


@pytest.mark.parametrize("length", [3, 39, 45])
def test_break_behind_many_definitions_is_found(length: int) -> None:
    found = Comparer().compare(chain(length, {"type": ["string", "null"]}), chain(length, TEXT))
    value = found.witness
    for _ in range(length):
        assert isinstance(value, dict)
        assert list(value) == ["d"]
        value = value["d"]
    assert value is None
    assert (found.member, found.pointer, found.reference) == ("/d" * length, "/type", f"#/$defs/D{length}")
    assert (
        Comparer().compare(chain(length, TEXT), chain(length, {"type": ["string", "null"]})).status
        is Status.COVERED
    )


def test_undeclared_member_breaks_only_strict_clients() -> None:
    source, target = {**OPEN, "properties": {"a": TEXT}}, {**OPEN, "properties": {"a": TEXT, "b": INTEGER}}
    assert compare(source, target).status is Status.COVERED
    found = compare(source, target, open_objects="strict")
    assert (found.status, found.undeclared, found.member) == (Status.ESCAPES, True, "/b")
    broken = compare(source, {**target, "required": ["a"]}, open_objects="strict")
    assert (broken.status, broken.undeclared, broken.witness) == (Status.ESCAPES, False, {})
