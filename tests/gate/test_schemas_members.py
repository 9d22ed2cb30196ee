"""Members that only one side declares, restricted sources, and schemas loosened until no cycle is left."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas.locations import Definitions
from change_gate.schemas.loosening import is_large, is_whole, loose, loosened, with_definitions
from change_gate.schemas.members import Declarations, Restriction, allow_unsent, declared_members
from change_gate.schemas.schema import (
    UNSENT,
    JsonSchema,
    UnknownDefinition,
    from_document,
    has_at_most,
    reachable,
    rebuild,
    referenced,
    subschemas,
)


def having(*names: str, **others: Any) -> Any:
    return {"properties": {name: {} for name in names}, **others}


def ref(name: str) -> Any:
    return {"$ref": f"#/$defs/{name}"}


RING: Any = {"properties": {"n": ref("N")}}


@pytest.mark.parametrize(
    ("source", "target", "names"),
    [
        (having("a"), having("a", "b"), "b"),
        ({}, having("b"), "b"),
        ({"required": ["b"]}, having("b"), ""),
        (having("a", "b"), having("a"), ""),
        ({"anyOf": [having("a"), having("b")]}, {"anyOf": [having("a"), having("b")]}, ""),
        ({"anyOf": [having("a"), having("b")]}, {"anyOf": [having("a"), having("a", "b")]}, "a"),
        ({"anyOf": [having("a"), {}]}, having("a"), ""),
        ({"items": having("a")}, {"items": having("a", "b")}, "b"),
        ({"items": {}}, {"items": having("b")}, "b"),
        ({"additionalProperties": {}}, {"patternProperties": {"^x": having("b")}}, "b"),
        ({"contains": {}}, {"prefixItems": [having("b")]}, "b"),
        ({"properties": {"x": having("a")}}, {"properties": {"x": having("a", "b")}}, "b"),
        ({"properties": {"x": {}}}, {"properties": {"x": {"type": "null"}}}, ""),
        ({"if": {}, "then": having("a")}, {"if": having("d"), "then": having("e"), "else": having("c")}, "cde"),
        ({}, {"dependentSchemas": {"x": having("f")}, "oneOf": [having("g")]}, "fg"),
        ({**ref("N"), "$defs": {"N": RING}}, {**ref("N"), "$defs": {"N": {"properties": {"n": ref("N"), "m": {}}}}}, "m"),
    ],
)  # fmt: skip
def test_newly_declared_names_are_those_of_the_target(source: Any, target: Any, names: str) -> None:
    left, right = from_document(source), from_document(target)
    declarations = Declarations(Definitions(left.definitions), Definitions(right.definitions))
    for _ in range(2):  # the second time from memory
        assert declarations.newly_declared(left.root, right.root) == frozenset(names)


def test_declared_members_have_places_of_all_kinds() -> None:
    element = {"items": having("d"), "contains": having("e"), "prefixItems": [having("f")]}
    members = {"a/b": having("c"), "~": element}
    schema = {
        "properties": members, "patternProperties": {"^x": having("g")}, "additionalProperties": having("h")
    }  # fmt: skip
    assert declared_members(from_document(schema)) == {
        "": ("a/b", "~"), "/a~1b": ("c",), "/*": ("g", "h"), "/~0/*": ("d", "e", "f")
    }  # fmt: skip
    assert declared_members(from_document({**ref("N"), "$defs": {"N": RING}})) == {"": ("n",)}
    assert declared_members(from_document(True)) == {}


OPEN: Any = {"type": "object"}
NO_B: Any = {"properties": {"b": False}}
TEXT: Any = {"type": "string"}


def closed(*required: str) -> Any:
    return {
        "properties": dict.fromkeys(required, True), "patternProperties": {"^(?!(?:b)$)": True},
        "unevaluatedProperties": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "is_forbidden", "is_closed"),
    [
        (True, False, False),
        (False, False, False),
        (TEXT, False, False),
        ({"type": "array"}, False, False),
        (OPEN, True, True),
        ({"title": "any type"}, True, True),
        ({**OPEN, "required": ["a"]}, True, True),
        ({**OPEN, "required": ["b"]}, False, True),
        ({**OPEN, "properties": {"a": TEXT}}, True, True),
        ({**OPEN, "properties": {"b": TEXT}}, False, True),
        ({**OPEN, "additionalProperties": True}, False, False),
        ({**OPEN, "additionalProperties": TEXT}, False, False),
        ({**OPEN, "additionalProperties": False}, True, True),
        ({**OPEN, "properties": {"a": TEXT}, "additionalProperties": TEXT}, False, True),
        ({**OPEN, "properties": {"a": TEXT}, "additionalProperties": False}, True, True),
        ({**OPEN, "unevaluatedProperties": TEXT}, False, True),
        ({**OPEN, "unevaluatedProperties": False}, True, True),
        ({**OPEN, "patternProperties": {"^b": TEXT}}, False, True),
        ({**OPEN, "patternProperties": {"(": TEXT}}, False, True),
        ({**OPEN, "patternProperties": {"^c": TEXT}}, True, True),
        ({"anyOf": [{**OPEN, "properties": {"b": TEXT}}, OPEN]}, False, True),
    ],
)
def test_undeclared_names_are_restricted(schema: Any, is_forbidden: bool, is_closed: bool) -> None:
    restriction = Restriction({}, frozenset("b"))
    assert restriction.simple(schema).root == ({"allOf": [schema, NO_B]} if is_forbidden else schema)
    required = schema.get("required", ()) if isinstance(schema, dict) else ()
    exact = {"allOf": [schema], **closed(*required)}
    assert restriction.exact(schema).root == (exact if is_closed else schema)


def test_restriction_reaches_what_is_inside() -> None:
    restriction = Restriction({}, frozenset("b"))
    kept = {"not": OPEN, "if": OPEN, "then": OPEN, "contains": OPEN, "propertyNames": OPEN}
    inside = {"type": "array", **kept, "items": OPEN}
    assert restriction.simple(inside).root == {**inside, "items": {"allOf": [OPEN, NO_B]}}
    assert restriction.exact(inside).root == {**inside, "items": {"allOf": [OPEN], **closed()}}
    # The exact restriction closes the object, which an explicit `additionalProperties` would evaluate again.
    explicit = {**OPEN, "properties": {"a": TEXT}, "additionalProperties": True}
    assert restriction.exact(explicit).root == {"allOf": [{**OPEN, "properties": {"a": TEXT}}], **closed()}
    assert restriction.simple(explicit).root == {"allOf": [explicit, NO_B]}


def test_restriction_holds_in_each_definition() -> None:
    restricted = Restriction({"N": {**OPEN, **RING}}, frozenset("bc")).simple(ref("N"))
    root = {"allOf": [ref("N"), {"properties": {"b": False, "c": False}}]}
    assert restricted.root == root
    assert restricted.definitions == {"N": {**OPEN, "properties": {"n": root}}}


@pytest.mark.parametrize(
    ("schema", "allowed"),
    [
        ({"properties": {"a": TEXT}, UNSENT: ["b", "a"]}, {"properties": {"b": True, "a": TEXT}}),
        ({UNSENT: ["b"]}, {"properties": {"b": True}}),
        (
            {"items": {UNSENT: ["b"]}, "type": "array"},
            {"items": {"properties": {"b": True}}, "type": "array"},
        ),
        ([{UNSENT: ["b"]}, {"enum": []}], [{"properties": {"b": True}}, {"enum": []}]),
    ],
)
def test_reader_accepts_members_that_are_not_sent(schema: Any, allowed: Any) -> None:
    assert allow_unsent(schema) == allowed


@pytest.mark.parametrize(
    "schema", [True, {"maximum": 1}, [{"maximum": 1}], {"enum": [UNSENT]}, {"items": {"a": []}}]
)
def test_schema_without_unsent_members_is_the_same_object(schema: Any) -> None:
    assert allow_unsent(schema) is schema


RINGS = Definitions(
    {
        "N": {**RING, "not": {"const": 1}, "if": {}, "propertyNames": {}},
        "Null": {"type": "null"},
        "Both": {"anyOf": [ref("N"), {}], "items": ref("N"), "minItems": 1},
    }
)
OPENED: Any = {"allOf": [{"properties": {"n": True}}]}


@pytest.mark.parametrize(
    ("schema", "wider"),
    [
        (False, False),
        (
            {"if": ref("Null"), "then": ref("N"), "else": ref("Null")},
            {"if": ref("Null"), "then": OPENED, "else": ref("Null")},
        ),
        ({"contains": ref("N"), "minContains": 1, "maxContains": 2, "minItems": 1}, {"minItems": 1}),
        ({"allOf": [ref("Both")]}, {"allOf": [{"allOf": [{"items": True, "minItems": 1}]}]}),
        ({"dependentSchemas": {"a": ref("N")}}, {"dependentSchemas": {"a": OPENED}}),
        ({"prefixItems": [ref("N"), {}], "items": ref("N")}, {"prefixItems": [True, {}], "items": True}),
        ({"propertyNames": ref("Null"), "unevaluatedItems": {}}, {"propertyNames": ref("Null")}),
    ],
)
def test_loosened_schema_allows_more_without_a_cycle(schema: Any, wider: Any) -> None:
    assert loosened(schema, RINGS) == wider


def test_loose_schema_contains_its_definitions() -> None:
    location: Any = ({"items": ref("Null")}, {"items": ref("N")})
    assert loose(location, RINGS) == {
        "allOf": [{"items": ref("Null")}, {"items": True}], "$defs": {"Null": {"type": "null"}}
    }  # fmt: skip
    assert with_definitions({"type": "null"}, RINGS) == {"type": "null"}


def test_schema_with_many_definitions_is_large() -> None:
    large, small = ({"$defs": {str(number): {} for number in range(count)}} for count in (9, 8))
    assert is_large(large)
    assert is_large(True, large)
    assert not is_large(True, {}, small)
    assert not is_whole({"unevaluatedItems": {}})


NESTED: Any = {
    "not": ref("A"), "then": True, "allOf": [ref("B")], "dependentSchemas": {"x": ref("C")}, "items": ref("D"),
    "prefixItems": [ref("E")], "properties": {"y": ref("F")}, "$ref": "#/$defs/G", "enum": [ref("H")],
}  # fmt: skip


def test_subschemas_are_found_and_replaced() -> None:
    assert list(subschemas(NESTED)) == [ref("A"), True, ref("D"), ref("B"), ref("E"), ref("C"), ref("F")]
    assert list(subschemas(True)) == list(subschemas({"type": "null"})) == []
    assert referenced(NESTED) == set("ABCDEFG")
    assert rebuild(NESTED, lambda keyword, _: {"in": keyword}, lambda keyword, _: {"inside": keyword}) == {
        "not": {"in": "not"}, "then": {"in": "then"}, "allOf": [{"in": "allOf"}],
        "dependentSchemas": {"x": {"in": "dependentSchemas"}}, "items": {"inside": "items"},
        "prefixItems": [{"inside": "prefixItems"}], "properties": {"y": {"inside": "properties"}},
        "$ref": "#/$defs/G", "enum": [ref("H")],
    }  # fmt: skip


def test_reachable_definitions_are_sorted_and_known() -> None:
    definitions: Any = {"A": {"items": ref("C")}, "B": {}, "C": {"items": ref("A")}, "D": {"not": ref("X")}}
    edges: dict[str, set[str]] = {}
    assert reachable({"anyOf": [ref("B"), ref("A")]}, definitions, edges) == ["A", "B", "C"]
    assert edges == {"A": {"C"}, "B": set(), "C": {"A"}}
    with pytest.raises(UnknownDefinition, match="X"):
        reachable(ref("D"), definitions)
    assert JsonSchema({**ref("B"), "title": "a"}, definitions).document() == {
        **ref("B"),
        "title": "a",
        "$defs": {"B": {}},
    }
    assert JsonSchema(True, definitions).document() is True
    assert JsonSchema({"type": "null"}, definitions).document() == {"type": "null"}


@pytest.mark.parametrize(
    ("schema", "count"),
    [
        (True, 1),
        ({}, 1),
        ({"items": True}, 2),
        ({"anyOf": [{}, {"not": {}}], "$defs": {"A": {"items": {}}}}, 6),
    ],
)
def test_schemas_of_a_document_are_counted(schema: Any, count: int) -> None:
    assert has_at_most(schema, count)
    assert not has_at_most(schema, count - 1)
