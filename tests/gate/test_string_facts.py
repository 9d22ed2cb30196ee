"""Facts about strings and member names that one schema implies, and that another one asks for."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas.strings import Facets, implied, implied_members, implied_names, strengthen, widen

NULL: Any = {"type": "null"}
ONE: Any = {"const": 1}
NO_TEXT: Any = {"not": {"type": "string"}}
UUID: Any = {"format": "uuid"}


def facets(schema: Any) -> Facets:
    wanted = Facets()
    wanted.collect(schema)
    return wanted


@pytest.mark.parametrize(
    ("schema", "wanted", "facts"),
    [
        ({"pattern": "^a{3}$"}, {"minLength": 3}, [{"minLength": 3}]),
        ({"pattern": "^a{3}$"}, {"minLength": 4}, []),
        ({"pattern": "^a{3}$"}, {"maxLength": 3}, [{"maxLength": 3}]),
        ({"pattern": "^a{3}$"}, {"maxLength": 2}, []),
        ({"pattern": "^a{3}$", "minLength": 3}, {"minLength": 3}, []),
        ({"pattern": "^a{3}$", "maxLength": 3}, {"maxLength": 3}, []),
        ({"pattern": "^a{3}$", "maxLength": 2}, {"maxLength": 2}, [NO_TEXT]),
        ({"pattern": "^a{3}$", "maxLength": 3}, {"pattern": "b"}, [{"not": {"type": "string", "pattern": "b"}}]),
        ({"pattern": "^a*$", "minLength": 3}, {"pattern": "^a{3}"}, [{"pattern": "^a{3}"}]),
        ({"pattern": "^a*$", "minLength": 2}, {"pattern": "^a{3}"}, []),
        ({"pattern": "^a*$"}, {"maxLength": 3}, []),
        ({"pattern": "^a*$", "maxLength": 2}, {"maxLength": 3}, []),
        ({"minLength": 3}, {"pattern": r"^[\s\S]{3}"}, [{"pattern": r"^[\s\S]{3}"}]),
        ({"minLength": 2}, {"pattern": r"^[\s\S]{3}"}, []),
        ({"minLength": 3}, {"minLength": 2, "maxLength": 2}, []),
        ({"maxLength": 2}, {"pattern": "^.{3}"}, [{"not": {"type": "string", "pattern": "^.{3}"}}]),
        ({"maxLength": 3}, {"pattern": "^.{3}"}, []),
        ({}, {"pattern": ".*"}, []),
        ({"pattern": "^a"}, {"pattern": "a"}, [{"pattern": "a"}]),
        ({"pattern": "^a"}, {"pattern": "^b"}, [{"not": {"type": "string", "pattern": "^b"}}]),
        ({"pattern": "^a"}, {"pattern": "^a"}, []),
        ({"pattern": "^a"}, {"pattern": "b$"}, []),
        ({"pattern": "(?<=a)b"}, {"pattern": "b"}, []),
        ({"pattern": "^a$"}, {"format": "hostname"}, [{"format": "hostname"}]),
        ({"pattern": "^-$"}, {"format": "hostname"}, []),
        (UUID, {"format": "hostname"}, [{"format": "hostname"}] * 2),
        (UUID, {"format": "email"}, []),
        (UUID, {"minLength": 36, "maxLength": 36}, [{"minLength": 36}, {"maxLength": 36}]),
        (UUID, {"minLength": 37, "maxLength": 35}, []),
        ({"format": "unknown"}, {"format": "hostname"}, []),
        ({"format": "date"}, {"pattern": "^[0-9-]{10}$"}, [{"pattern": "^[0-9-]{10}$"}]),
        ({"format": "date", "pattern": "^9"}, {"pattern": "^[0-9]{4}"}, [{"pattern": "^[0-9]{4}"}]),
        ({"format": "date", "pattern": "^x"}, {"pattern": "y"}, [NO_TEXT]),
        ({"format": "duration"}, {"format": "regex"}, [{"format": "regex"}]),
        ({"format": "email"}, {"format": "idn-email"}, [{"format": "idn-email"}]),
    ],
)  # fmt: skip
def test_facet_implies_the_wanted_ones(schema: Any, wanted: Any, facts: list[Any]) -> None:
    assert list(implied(schema, facets(wanted))) == facts


def names(*members: str, **patterns: Any) -> Any:
    return {"properties": {name: {} for name in members}, **patterns}


@pytest.mark.parametrize(
    ("schema", "wanted", "facts"),
    [
        ({"additionalProperties": False}, names("b", "a"), [{"properties": {"a": False, "b": False}}]),
        ({"additionalProperties": NULL}, names("a"), [{"properties": {"a": NULL}}]),
        ({"additionalProperties": True}, names("a"), []),
        ({}, names("a"), []),
        ({"additionalProperties": False, **names("a")}, names("a", "b"), [{"properties": {"b": False}}]),
        ({"additionalProperties": False, **names("a")}, names("a"), []),
        ({"additionalProperties": False, "patternProperties": {"^a": {}}}, names("a", "b"),
         [{"properties": {"b": False}}]),
        ({"additionalProperties": False, "patternProperties": {"(": {}}}, names("a"), []),
    ],
)  # fmt: skip
def test_members_without_a_schema_take_that_of_all(schema: Any, wanted: Any, facts: list[Any]) -> None:
    assert list(implied_members(schema, facets(wanted))) == facts


def patterned(*patterns: str) -> Any:
    return {"patternProperties": {name: {} for name in patterns}}


@pytest.mark.parametrize(
    ("schema", "pattern", "implied_schemas"),
    [
        ({"patternProperties": {"a": NULL}}, "^a", [NULL]),
        ({"patternProperties": {"a": NULL}}, "^b", []),
        ({"patternProperties": {"a": NULL}}, "a", []),
        ({"patternProperties": {"a": NULL, "^": ONE}}, "^a", [NULL, ONE]),
        ({"additionalProperties": ONE}, "^b", [ONE]),
        ({"additionalProperties": ONE, **names("a")}, "^b", [ONE]),
        ({"additionalProperties": ONE, **names("b")}, "^b", []),
        ({"additionalProperties": ONE, "patternProperties": {"^a": NULL}}, "^b", [ONE]),
        ({"additionalProperties": ONE, "patternProperties": {"^a": NULL}}, "b", []),
        ({"additionalProperties": ONE, **patterned("^a", "^c")}, "^b", [ONE]),
        ({"additionalProperties": ONE, **patterned("^a", "^c")}, "^[cd]", []),
        ({"additionalProperties": False, "patternProperties": {"^a": NULL}}, "b", [NULL]),
        ({"additionalProperties": False, "patternProperties": {"^a": NULL}, **names("c")}, "b", [NULL]),
        ({"additionalProperties": False, "patternProperties": {"^a": NULL}, **names("b")}, "b", []),
        ({"additionalProperties": False, **patterned("^a", "^c")}, "^b", [False]),
        ({"additionalProperties": False, **patterned("^a", "^c")}, "b", []),
    ],
)
def test_set_of_members_is_described_by_a_wider_one(
    schema: Any, pattern: str, implied_schemas: list[Any]
) -> None:
    found = list(implied_members(schema, facets(patterned(pattern))))
    assert found == [{"patternProperties": {pattern: one}} for one in implied_schemas]


NAMED_A: Any = {"propertyNames": {"pattern": "^a"}}


@pytest.mark.parametrize(
    ("schema", "wanted", "facts"),
    [
        (NAMED_A, patterned("^b", "^a", "b"), [{"patternProperties": {"^b": False}}]),
        ({"propertyNames": {"maxLength": 1}}, patterned("^b"), []),
        ({"propertyNames": True}, patterned("^b"), []),
        ({}, patterned("^b"), []),
        ({"additionalProperties": False, **names("ab")}, NAMED_A, [NAMED_A]),
        ({"additionalProperties": False, **names("ab", "b")}, NAMED_A, []),
        ({"additionalProperties": False, **names("ab"), **patterned("^ac")}, NAMED_A, [NAMED_A]),
        ({"additionalProperties": False, **names("ab"), **patterned("c")}, NAMED_A, []),
        ({"additionalProperties": False, **names("b"), **patterned("^ac")}, NAMED_A, []),
        ({"additionalProperties": True, **names("ab")}, NAMED_A, []),
        (names("ab"), NAMED_A, []),
        ({"additionalProperties": False, **NAMED_A}, NAMED_A, []),
    ],
)  # fmt: skip
def test_names_of_all_members_are_implied(schema: Any, wanted: Any, facts: list[Any]) -> None:
    assert list(implied_names(schema, facets(wanted))) == facts


def closed(pattern: str = "^ab", **others: Any) -> Any:
    return {"additionalProperties": False, "patternProperties": {pattern: ONE}, **others}


@pytest.mark.parametrize(
    ("source", "wanted", "wider"),
    [
        (closed(), ["^a"], closed("^a")),
        (closed(), ["^abc"], closed()),
        (closed(), ["^ab", "^b"], closed()),
        (closed(), ["a", "^a"], closed("^a")),
        (closed(**names("abc")), ["^a"], closed("^a", **names("abc"))),
        (closed(**names("x")), ["^a"], closed("^a", **names("x"))),
        (closed(**names("ac")), ["^a"], closed(**names("ac"))),
        (closed(additionalProperties=True), ["^a"], closed(additionalProperties=True)),
        (patterned("^ab"), ["^a"], patterned("^ab")),
        ({**patterned("^ab", "^c"), "additionalProperties": False}, ["^a"],
         {**patterned("^ab", "^c"), "additionalProperties": False}),
        ({"items": closed(), "$defs": {"A": closed(), "B": True}}, ["^a"],
         {"items": closed("^a"), "$defs": {"A": closed("^a"), "B": True}}),
        (closed(**{"not": {}}), ["^a"], closed(**{"not": {}})),
        ({"$defs": {"A": {"oneOf": [True]}}, **closed()}, ["^a"], {"$defs": {"A": {"oneOf": [True]}}, **closed()}),
        (True, ["^a"], True),
        (closed(), [], closed()),
    ],
)  # fmt: skip
def test_only_pattern_of_a_closed_object_is_widened(source: Any, wanted: list[str], wider: Any) -> None:
    assert widen(source, patterned(*wanted)) == wider


def test_facts_are_added_at_each_schema() -> None:
    text: Any = {"pattern": "^a{3}$"}
    refused = {"not": {"type": "string", "pattern": "b"}}
    source: Any = {"properties": {"a": text}, "$defs": {"A": {"pattern": "^b"}, "B": True}}
    assert strengthen(source, {"items": {"minLength": 3}, "$defs": {"C": {"pattern": "b"}}}) == {
        "properties": {"a": {**text, "allOf": [refused, {"minLength": 3}]}},
        "$defs": {"A": {"pattern": "^b", "allOf": [{"pattern": "b"}]}, "B": True},
    }
    kept: Any = {**text, "allOf": [{"title": "a"}]}
    assert strengthen(kept, {"minLength": 2}) == {**text, "allOf": [{"title": "a"}, {"minLength": 2}]}
    assert strengthen(True, {"pattern": "a"}) is True
