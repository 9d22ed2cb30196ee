"""Locations: the schemas that apply to a value, to what is inside it, and the facts that follow from them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from change_gate.schemas import locations
from change_gate.schemas.facts import cases, merge
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.tags import Tags

NONE = Definitions({})
PART: Any = {
    "properties": {"a": {"const": 1}},
    "patternProperties": {"^b": {"const": 2}, "a": {"const": 5}},
    "additionalProperties": {"const": 3},
    "prefixItems": [{"const": 4}],
    "items": {"const": 6},
    "contains": {"const": 7},
}
PARTS: Location = (PART, False, True, {"properties": {"c": {}}, "required": ["z"]})


@pytest.mark.parametrize(
    ("name", "constants"), [("a", [1, 5]), ("b", [2]), ("bar", [2, 5]), ("x", [3]), ("c", [3, None])]
)
def test_member_has_the_schemas_of_all_parts(name: str, constants: list[Any]) -> None:
    assert [one.get("const") for one in locations.child(PARTS, name) if isinstance(one, dict)] == constants


@pytest.mark.parametrize(
    ("part", "name", "schemas"),
    [
        (PART, "a", [{"const": 1}, {"const": 5}]),
        (PART, "x", [{"const": 3}]),
        ({"properties": {"a": {}}, "patternProperties": {"(": {"const": 1}, "b": {}}, "additionalProperties": False}, "a",
         [{}, {"const": 1}]),
        ({"patternProperties": {"(": {"const": 1}}}, "a", [{"const": 1}, True]),
        ({"patternProperties": {"(": {"const": 1}, "b": {"const": 9}}, "additionalProperties": False}, "b",
         [{"const": 9}, {"const": 1}, False]),
    ],
)  # fmt: skip
def test_schema_under_an_unreadable_pattern_may_apply(part: Any, name: str, schemas: list[Any]) -> None:
    assert list(locations.applicable(part, name)) == schemas


def test_other_members_and_elements_have_their_schemas() -> None:
    assert locations.rest(PARTS) == ({"const": 3},)
    assert [locations.element(PARTS, index) for index in range(3)] == [
        ({"const": 4},), ({"const": 6},), ({"const": 6},)
    ]  # fmt: skip
    assert locations.element(({"prefixItems": [{}]},), 1) == ()
    assert [locations.prefix_length(parts) for parts in ((), PARTS, ({"prefixItems": [{}, {}]}, PART))] == [
        0,
        1,
        2,
    ]
    assert locations.declared(PARTS) == {"a", "c"}
    assert locations.required(PARTS) == {"z"}


@pytest.mark.parametrize(
    ("pattern", "name", "result"), [("a", "bab", True), ("^a", "ba", False), ("(", "a", None)]
)
def test_pattern_matches_anywhere_in_a_name(pattern: str, name: str, result: bool | None) -> None:
    assert locations.matches(pattern, name) is result


@pytest.mark.parametrize(
    ("parts", "types"),
    [
        ((), set(locations.TYPES)),
        ((True, {}), set(locations.TYPES)),
        (({"type": "number"},), {"integer", "number"}),
        (({"type": ["integer", "null"]}, {"type": "number"}), {"integer"}),
        (({"type": "string"}, {"type": "null"}), set()),
        (({"type": "string"}, False), set()),
    ],
)
def test_types_are_those_of_all_parts(parts: Location, types: set[str]) -> None:
    assert locations.types(parts) == types


def test_parts_are_opened_in_order() -> None:
    definitions = Definitions(
        {
            "A": {"allOf": [{"$ref": "#/$defs/B"}, {"minimum": 1}], "maximum": 2},
            "B": {"type": "integer"},
            "C": {"$ref": "#/$defs/C"},
        }
    )
    beside: Any = {"$ref": "#/$defs/A", "title": "x"}
    opened = definitions.parts((beside, {"items": {}}, True, False, beside))
    assert opened == (
        {"title": "x"}, {"maximum": 2}, {"type": "integer"}, {"minimum": 1}, {"items": {}}, False
    )  # fmt: skip
    assert definitions.parts(({"$ref": "#/$defs/C"},)) == ()
    # Known by identity, so that pairs are found again.
    assert definitions.own_keywords(beside) is definitions.own_keywords(beside)
    assert definitions.parts((beside,))[0] is opened[0]


def test_definitions_that_lead_to_a_cycle_are_known() -> None:
    schemas: dict[str, Any] = {
        "Leaf": {}, "User": {"items": {"$ref": "#/$defs/Leaf"}}, "Two": {"allOf": [{"$ref": "#/$defs/User"}]},
        "Ring": {"items": {"$ref": "#/$defs/Gnir"}}, "Gnir": {"not": {"$ref": "#/$defs/Ring"}},
        "Leads": {"anyOf": [{"$ref": "#/$defs/Leaf"}, {"$ref": "#/$defs/Ring"}]},
    }  # fmt: skip
    definitions = Definitions(schemas)
    cyclic = {"Ring", "Gnir", "Leads"}
    assert {name for name in schemas if definitions.reaches_cycle(name)} == cyclic
    references = {name: {"$ref": f"#/$defs/{name}"} for name in schemas}
    assert {name for name, schema in references.items() if definitions.is_cyclic(schema)} == cyclic
    schemas["Leaf"] = {"$ref": "#/$defs/Late"}
    schemas["Late"] = {"items": {"$ref": "#/$defs/Late"}}
    assert definitions.is_cyclic(references["Two"])


def test_equal_definitions_refer_to_known_ones_only() -> None:
    first: dict[str, Any] = {
        "A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/X"}, "D": {"$ref": "#/$defs/A"}, "F": {"const": 1},
        "G": {"$ref": "#/$defs/F"},
    }  # fmt: skip
    assert locations.equal_definitions(first, {**first, "X": True}) == {"F", "G"}
    assert locations.equal_definitions({**first, "X": True}, {**first, "X": True}) == {*first, "X"}


FACTS: Location = (
    {
        "minLength": 1.0, "maxLength": 9, "minItems": 2, "maxItems": 3, "minProperties": 4, "maxProperties": 5,
        "minimum": 1, "exclusiveMaximum": 9, "multipleOf": 0.1, "pattern": "a", "format": "date", "enum": [1, 2, True],
        "required": ["r"], "propertyNames": {"maxLength": 1}, "uniqueItems": True, "contains": {"type": "null"},
        "minContains": 2,
    },
    {
        "minLength": 2.5, "maxLength": 8.5, "minItems": 1, "maxItems": 4, "maximum": 10, "exclusiveMinimum": 3, "const": 1,
        "contains": True, "uniqueItems": False, "not": {"pattern": "b", "format": "uuid"},
    },
    True,
    {"not": {"type": "string"}}, {"not": {"type": ["null", "array"], "$schema": ""}}, {"not": {"type": "object", "title": ""}},
    {"not": {"required": ["n"]}}, {"not": {"required": ["o", "p"]}}, {"not": {"required": ["s"], "type": "object"}},
    {"not": {"required": ["t"], "minProperties": 1}}, {"not": True},
)  # fmt: skip


def test_facts_of_all_parts_are_merged() -> None:
    facts = merge(FACTS)
    assert facts.types == {"boolean", "integer", "number", "object"}
    assert facts.constants == [1]
    assert (facts.least, facts.most, facts.multiples) == (3, 9, [Fraction(1, 10)])
    assert (facts.shortest, facts.longest) == (3, 8)
    assert (facts.patterns, facts.excluded_patterns) == ({"a"}, {"b"})
    assert (facts.formats, facts.excluded_formats) == ({"date"}, {"uuid"})
    assert (facts.required, facts.forbidden) == ({"r"}, {"n", "s"})
    assert (facts.fewest_members, facts.most_members, facts.names) == (4, 5, [{"maxLength": 1}])
    assert (facts.fewest_items, facts.most_items, facts.unique) == (2, 3, True)
    assert facts.contains == [({"type": "null"}, 2), (True, 1)]


def test_facts_of_nothing_have_no_limits() -> None:
    facts = merge(())
    assert (facts.least, facts.most, facts.shortest, facts.longest) == (
        -float("inf"),
        float("inf"),
        0,
        float("inf"),
    )
    assert (facts.fewest_members, facts.fewest_items, facts.unique, facts.constants) == (0, 0, False, None)
    assert merge(({"enum": [1]}, {"enum": [True, 2]})).constants == []
    assert merge(({"const": None}, {"enum": [None, 0]})).constants == [None]


@pytest.mark.parametrize(
    ("schema", "parts"),
    [
        ({"anyOf": [{"const": 1}, {"const": 2}], "type": "null"},
         [({"type": "null"}, {"const": 1}), ({"type": "null"}, {"const": 2})]),
        ({"if": {"const": 1}, "then": {"const": 2}, "else": {"const": 3}, "type": "null"},
         [({"type": "null"}, {"const": 1}, {"const": 2}), ({"type": "null"}, {"not": {"const": 1}}, {"const": 3})]),
        ({"if": {"const": 1}}, [({"const": 1},), ({"not": {"const": 1}},)]),
        ({"dependentSchemas": {"x": {"const": 1}, "y": {"const": 2}}, "type": "null"},
         [({"type": "null"},), ({"type": "null"}, {"required": ["x"]}, {"const": 1}),
          ({"type": "null"}, {"required": ["y"]}, {"const": 2})]),
        ({"anyOf": [{"oneOf": [{"const": 1}, {"const": 2}]}, {"const": 3}]},
         [({"const": 3},), ({"const": 1},), ({"const": 2},)]),
        ({"allOf": [{"anyOf": [{"const": 1}]}, {"type": "null"}]}, [({"type": "null"}, {"const": 1})]),
        ({}, [()]),
        (False, [(False,)]),
    ],
)  # fmt: skip
def test_location_has_a_case_for_each_choice(schema: Any, parts: list[Any]) -> None:
    assert list(cases((schema,), NONE)) == parts


@pytest.mark.parametrize("count", [23, 24, 25])
def test_cases_of_a_location_are_limited(count: int) -> None:
    found = list(cases(({"anyOf": [{"const": number} for number in range(count)]},), NONE))
    assert found == [({"const": number},) for number in range(min(count, 24))]


def test_tags_are_the_fixed_values_of_members() -> None:
    members: Any = {"a": {"enum": [1, 2.0, "x"]}, "b": {"const": {"y": 1, "x": 2}}, "c": {}}
    tags = Tags.of({"type": "object", "required": ["a"], "properties": members}, NONE)
    assert tags == Tags(
        True, frozenset("a"), {"a": frozenset(["1", "2", '"x"']), "b": frozenset(['{"x": 2, "y": 1}'])}
    )
    assert Tags.of({"properties": {"a": {"const": True}}}, NONE) == Tags(
        False, frozenset(), {"a": frozenset(["true"])}
    )
    assert Tags.of(False, NONE).is_object


def tagged(values: dict[str, Any], required: str = "", kind: str | None = None) -> Any:
    members: Any = {name: {"enum": constants} for name, constants in values.items()}
    return {"properties": members, "required": list(required), **({"type": kind} if kind else {})}


@pytest.mark.parametrize(
    ("one", "other", "excludes"),
    [
        (tagged({"a": [1]}, "a", "object"), tagged({"a": [2]}), True),
        (tagged({"a": [1]}, "", "object"), tagged({"a": [2]}), False),
        (tagged({"a": [1]}, "a"), tagged({"a": [2]}), False),
        (tagged({"a": [1]}, "a"), tagged({"a": [2]}, "", "object"), True),
        (tagged({"a": [1, 2]}, "a", "object"), tagged({"a": [2]}), False),
        (tagged({"a": [1]}, "ab", "object"), tagged({"b": [2]}), False),
        (tagged({"a": [1], "b": [1]}, "", "object"), tagged({"a": [1], "b": [2]}, "b"), True),
        (tagged({"a": [1]}, "a", "object"), tagged({"a": [True]}), True),
        (tagged({"a": [1]}, "a", "object"), tagged({"a": [1.0]}), False),
    ],
)
def test_required_tags_exclude_each_other(one: Any, other: Any, excludes: bool) -> None:
    tags = Tags.of(one, NONE), Tags.of(other, NONE)
    assert tags[0].exclude(tags[1]) is excludes
    assert tags[1].exclude(tags[0]) is excludes
