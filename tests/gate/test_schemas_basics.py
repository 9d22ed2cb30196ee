"""The small parts of the schema engine: characters, automata, formulas, JSON types, hints and loosened schemas."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from change_gate.findings import Direction
from change_gate.schemas import containment
from change_gate.schemas.automata import conditions
from change_gate.schemas.characters import ANY, DIGIT, PatternError, category, complement, normalize
from change_gate.schemas.dialect import Dialect
from change_gate.schemas.formulas import AllOf, AnyOf, Pair, all_of, any_of, pairs
from change_gate.schemas.hints import Hints
from change_gate.schemas.json_types import is_number, least_common_multiple, type_of
from change_gate.schemas.locations import Definitions
from change_gate.schemas.loosening import loosened, with_definitions
from change_gate.schemas.schema import JsonSchema, Schema
from change_gate.schemas.universal_patterns import matches_everything

PAIR = Pair("a", (True,), (True,))


def test_ranges_are_merged() -> None:
    assert normalize([(5, 9), (1, 2), (3, 4), (20, 21)]) == ((1, 9), (20, 21))


def test_complement_of_complement_is_the_set() -> None:
    assert complement(complement(DIGIT)) == DIGIT
    assert complement(ANY) == ()


def test_unknown_category_is_refused() -> None:
    assert (ord("a"), ord("z")) in category("Ll")
    with pytest.raises(PatternError, match="Nonsense"):
        category("Nonsense")


def test_leading_look_ahead_is_a_condition_of_its_own() -> None:
    assert [condition.is_match for condition in conditions("^(?!a)(?=b).", False)] == [True, False, True]


def test_conjunction_ends_at_the_first_false_part() -> None:
    assert all_of([True, True]) is True
    assert all_of(iter([False, PAIR])) is False
    assert isinstance(all_of([True, PAIR]), AllOf)


def test_disjunction_ends_at_the_first_true_part() -> None:
    assert any_of([False]) is False
    assert any_of([PAIR, True]) is True
    assert isinstance(any_of([False, PAIR]), AnyOf)


def test_pairs_of_a_nested_formula_are_found() -> None:
    assert list(pairs(AllOf((PAIR, AnyOf((PAIR, True)))))) == [PAIR, PAIR]


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "null"), (True, "boolean"), (1, "integer"), (1.5, "number"), ("", "string"), ([], "array")],
)
def test_type_of_json_value(value: Any, kind: str) -> None:
    assert type_of(value) == kind
    assert is_number(value) is (kind in {"integer", "number"})


def test_least_common_multiple_of_fractions() -> None:
    assert least_common_multiple([Fraction(1, 2), Fraction(3, 4)]) == Fraction(3, 2)
    assert least_common_multiple([]) == 0


def test_hints_hold_neighbours_of_lengths() -> None:
    hints = Hints()
    hints.collect({"properties": {"a": {"maxLength": 3, "pattern": "^(?!x)y"}}})
    assert hints.lengths == {2, 3, 4}
    assert hints.names == {"a"}
    assert hints.patterns == {"^(?!x)y", "^(?:x)"}


def test_loosened_schema_keeps_what_leads_to_no_cycle() -> None:
    node: Schema = {"properties": {"next": {"$ref": "#/$defs/Node"}, "id": {"type": "string"}}}
    definitions = Definitions({"Node": node, "Leaf": {"type": "null"}})
    assert loosened(node, definitions) == {"properties": {"next": True, "id": {"type": "string"}}}
    assert with_definitions({"$ref": "#/$defs/Leaf"}, definitions) == {
        "$ref": "#/$defs/Leaf",
        "$defs": {"Leaf": {"type": "null"}},
    }


def test_equal_leaves_become_one_schema() -> None:
    schema = {"properties": {name: {"type": "string", "maxLength": 4, "title": name} for name in "ab"}}
    schema["properties"]["c"] = {"type": "integer", "const": 1}
    schema["properties"]["d"] = {"type": "integer", "const": True}
    root = Dialect("3.1", Direction.CLIENT_TO_SERVER, dict[str, Any]().__getitem__).convert(schema).root
    assert isinstance(root, dict)
    members = root["properties"]
    assert members["a"] is members["b"]
    assert members["a"] == {"type": "string", "maxLength": 4}
    assert [members["c"]["const"], members["d"]["const"]] == [1, True]
    assert members["d"]["const"] is True


@pytest.mark.parametrize("pattern", ["", ".*", "^.*", "^", "a?", "(?:a|b*)", "x*|y"])
def test_universal_pattern_is_recognised(pattern: str) -> None:
    assert matches_everything(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^.*$",
        ".",
        "a+",
        "(?!a)",
        "$",
        r"\\b",
        "(",
        "(?=a)",
        "(?=)",
        "(?:a)",
        "(a)",
        "a|b",
        "a*b",
        "(?:a|b*)c",
    ],
)
def test_other_pattern_is_not_universal(pattern: str) -> None:
    assert not matches_everything(pattern)


def converted(schema: Any) -> JsonSchema:
    return Dialect("3.1", Direction.CLIENT_TO_SERVER, dict[str, Any]().__getitem__).convert(schema)


@pytest.mark.parametrize("pattern", ["", ".*"])
def test_universal_pattern_is_a_schema_of_all_members(pattern: str) -> None:
    text, short = {"type": "string"}, {"maxLength": 3}
    schema = converted({"patternProperties": {pattern: text, "^x": short}, "properties": {"a": short}})
    assert schema.root == {
        "patternProperties": {"^x": {"allOf": [short, text]}},
        "properties": {"a": {"allOf": [short, text]}},
        "additionalProperties": text,
    }


NARROW: Schema = {"type": "object", "required": ["a"]}
WIDE: Schema = {"type": "object"}


@pytest.mark.parametrize(
    ("branches", "target"),
    [([WIDE, WIDE, WIDE], [WIDE, WIDE]), ([WIDE, NARROW, NARROW], [WIDE, NARROW]), ([NARROW, NARROW], [])],
)
def test_one_of_overlapping_branches_is_decided(branches: list[Schema], target: list[Schema]) -> None:
    source: Schema = {"properties": {"p": {"oneOf": branches}}}
    read: Schema = {"properties": {"p": {"oneOf": target} if target else False}}
    assert containment.compare(source, read).holds


def test_witness_of_millions_of_characters_is_found_soon() -> None:
    source: Schema = {"properties": {"url": {"type": "string", "maxLength": 20_971_520}}}
    target: Schema = {"properties": {"url": {"type": "string", "maxLength": 10_485_760}}}
    found = containment.compare(source, target)
    assert len(found.witness["url"]) > 10_485_760
    assert found.seconds < 8
