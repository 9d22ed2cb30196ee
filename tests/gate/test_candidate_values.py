"""Candidates for a witness: the values of a schema, simplest first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from change_gate.schemas.hints import Hints
from change_gate.schemas.locations import Definitions
from change_gate.schemas.values import DEEPEST, WIDEST, Generator, distinct, interleave

FOREVER = float("inf")


def values(schema: Any, definitions: dict[str, Any] | None = None, **hints: Any) -> list[Any]:
    """Return the candidates for a schema, with constants, lengths and names from hints."""
    known = Definitions(definitions or {})
    return Generator(known, Hints(**hints), FOREVER).values(known.parts((schema,)))


@pytest.mark.parametrize(
    ("schema", "hints", "candidates"),
    [
        ({"type": "boolean"}, {}, [False, True]),
        ({"type": "null"}, {}, [None]),
        ({"type": ["boolean", "null"]}, {}, [False, None, True]),
        ({"enum": [3, "a"]}, {}, [3, "a"]),
        ({"const": None}, {}, [None]),
        (False, {}, []),
        ({"type": "integer"}, {}, [0, 1, -1, 2]),
        ({"type": "number"}, {}, [0, 1, -1, 2, 0.5, -0.5]),
        ({"type": "integer", "minimum": 3}, {}, [3, 4, 5]),
        ({"type": "integer", "minimum": 3, "maximum": 9}, {}, [3, 4, 5, 9, 8, 6, 7]),
        ({"type": "number", "minimum": 0.5, "maximum": 1}, {}, [1, 0.5, 0.75]),
        ({"type": "integer", "multipleOf": 5, "minimum": 1}, {}, [5, 10]),
        ({"type": "number", "multipleOf": 0.25, "maximum": 0}, {}, [0, -0.25]),
        ({"type": "integer", "exclusiveMinimum": 3}, {}, [3, 4, 5]),
        ({"type": "integer"}, {"numbers": {100}}, [0, 1, -1, 2, 100, 101, 99, 102]),
        ({"type": "integer"}, {"constants": [7, "a", 2.5]}, [0, 7, 1, -1, 2, 8, 6, 9, 3, 4]),
        (
            {"type": "string", "maxLength": 2},
            {"constants": ["zz"]},
            [
                "a",
                "zz",
                "aa",
                "",
                "0",
                "b",
                " ",
                "A",
                "-",
                "é",
                "[",
                "{",
                "\\",
                "1a",
                "a\n",
                "/a",
                "/(",
                "/é",
                "00",
            ],
        ),
        (
            {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
            {},
            [[False, False], [True, False], [False, True], [True, True]],
        ),
        (
            {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 2},
            {},
            [[False, True], [True, True], [False, False], [True, False]],
        ),
        (
            {"type": "array", "items": {"type": "null"}, "uniqueItems": True, "minItems": 3},
            {},
            [[None, "a1", "a2"], [None, None, "a2"], [None, "a1", None], [None, None]],
        ),
        (
            {"type": "array", "items": {"type": "boolean"}},
            {"lengths": {9, 2, 3}},
            [
                [],
                [False, False],
                [True, True],
                [False, False, False],
                [True, True, True],
                [False],
                [True],
                [False, True],
                [False, False, True],
                [True, False],
                [False, False, False, False, False, False, False, False, False],
            ],
        ),
        (
            {"type": "array", "items": {"type": "null"}, "maxItems": 3},
            {"lengths": {2, 3, 4}},
            [[], [None, None], [None, None, None], [None, None, None, None], [None]],
        ),
        (
            {"type": "array", "prefixItems": [{"const": 1}, {"enum": ["a", "b"]}], "items": False},
            {},
            [[], [1], [1, 1]],
        ),
        (
            {"type": "array", "items": {"type": "boolean"}, "contains": {"const": True}},
            {},
            [[True], [False, True], [True, True], [False], [False, False], [True, False]],
        ),
        (
            {"type": "array", "items": {"type": "boolean"}, "contains": {"const": True}, "minContains": 2},
            {},
            [[True, True], [False, True], [True, True, True], [True, False], [False, False]],
        ),
        ({"type": "array", "items": False}, {}, [[]]),
        ({"type": "array", "items": False, "minItems": 1}, {}, []),
        (
            {"type": "object", "properties": {"a": {"type": "boolean"}}, "additionalProperties": False},
            {},
            [{}, {"a": False}, {"a": True}],
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"const": 1}, "b": {"const": 2}, "c": {"enum": [3, 4]}},
                "required": ["a"],
                "additionalProperties": False,
            },
            {},
            [{"a": 1}, {"a": 1, "b": 2}, {"a": 1, "c": 3}, {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 4}],
        ),
        ({"type": "object", "required": ["a"], "properties": {"a": False}}, {}, []),
        (
            {"type": "object", "minProperties": 2, "additionalProperties": {"const": 1}},
            {},
            [{"extra": 1, "extra2": 1}, {"extra2": 1}],
        ),
        (
            {"type": "object", "additionalProperties": {"const": 1}},
            {"names": {"m", "n"}},
            [
                {},
                {"extra": 1},
                {"m": 1},
                {"n": 1},
                {"extra": 1, "m": 1, "n": 1},
                {"extra": 1, "m": 1},
                {"extra": 1, "n": 1},
                {"m": 1, "n": 1},
            ],
        ),
        (
            {"type": "object", "additionalProperties": {"const": 1}, "maxProperties": 3},
            {"lengths": {2, 3, 4}},
            [{}, {"extra": 1}, {"extra": 1, "extra2": 1}, {"extra": 1, "extra2": 1, "extra3": 1}],
        ),
        (
            {"type": "object", "patternProperties": {"^x-a$": {"const": 1}}, "additionalProperties": False},
            {},
            [{}, {"x-a": 1}],
        ),
        (
            {"type": "object", "propertyNames": {"enum": ["k"]}, "additionalProperties": {"const": 1}},
            {},
            [{}, {"k": 1}, {"extra": 1}, {"k": 1, "extra": 1}],
        ),
        (
            {"type": "object", "additionalProperties": {"const": 1}},
            {"patterns": {"^y-$"}},
            [{}, {"extra": 1}, {"y-": 1}, {"extra": 1, "y-": 1}],
        ),
        (
            {"type": "object", "properties": {"a": {"const": 1}, "b": False}, "additionalProperties": False},
            {},
            [{}, {"a": 1}],
        ),
        (
            {"type": "object", "not": {"required": ["n"]}, "additionalProperties": {"const": 1}},
            {"names": {"n"}},
            [{}, {"extra": 1}],
        ),
        ({"anyOf": [{"const": 1}, {"enum": [2, 3]}]}, {}, [1, 2, 3]),
        ({"allOf": [{"type": "integer"}, {"minimum": 5}], "maximum": 6}, {}, [5, 6]),
        (
            {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"not": {"const": False}, "type": "boolean"}},
                "additionalProperties": False,
            },
            {},
            [{"a": True}, {"a": False}],
        ),
    ],
)
def test_simplest_values_come_first(schema: Any, hints: dict[str, Any], candidates: list[Any]) -> None:
    assert json.dumps(values(schema, **hints)) == json.dumps(candidates)


def test_value_inside_itself_has_none() -> None:
    node = {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/$defs/N"}}}
    assert values({"$ref": "#/$defs/N"}, {"N": node}) == []


def test_recursive_values_end_at_a_depth() -> None:
    node = {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}, "additionalProperties": False}
    deepest = values({"$ref": "#/$defs/N"}, {"N": node})[-1]
    assert json.dumps(deepest).count("n") == DEEPEST


def test_values_are_limited_by_depth() -> None:
    schema = {"enum": list(range(400))}
    assert len(values(schema)) == WIDEST[0]
    assert len(values({"type": "array", "items": schema, "minItems": 1, "maxItems": 1})) >= WIDEST[1]


def test_no_value_is_made_after_the_deadline() -> None:
    assert Generator(Definitions({}), Hints(), 0.0).values(({"type": "integer"},)) == []


def test_hints_are_collected_from_all_keywords() -> None:
    hints = Hints()
    hints.collect(
        {
            "properties": {"a": {"const": 1, "enum": [9]}, "b": {"enum": [2, 3]}},
            "required": ["c"],
            "dependentRequired": {"d": ["e"]},
            "dependentSchemas": {"f": True},
            "patternProperties": {"^x(?=y)": {"minimum": 4, "multipleOf": 5}},
            "prefixItems": [True, {"maxLength": 0}],
            "items": {"pattern": "z", "minItems": 7},
            "$defs": {"A": {"exclusiveMaximum": 6}},
        }
    )
    assert hints.constants.count(1) == 1
    assert sorted(hints.constants) == [1, 2, 3]
    assert hints.numbers == {4, 5, 6}
    assert hints.lengths == {0, 1, 3, 6, 7, 8}
    assert hints.names == {"a", "b", "c", "d", "e", "f"}
    assert hints.patterns == {"^x(?=y)", "^(?:y)", "z"}


def test_streams_take_turns_and_repeat_nothing() -> None:
    assert list(interleave([iter("abc"), iter(""), iter("x")])) == ["a", "x", "b", "c"]
    assert [*map(repr, distinct([1, 1.0, True, "1", [1], [1], {"a": 1, "b": 2}, {"b": 2, "a": 1}]))] == [
        "1",
        "1.0",
        "True",
        "'1'",
        "[1]",
        "{'a': 1, 'b': 2}",
    ]
