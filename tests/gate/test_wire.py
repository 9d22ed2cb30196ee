"""The containment of values as text, and the readings of a text."""

from __future__ import annotations

from typing import Any

import pytest
from gate.sides import read_side

from change_gate.comparison import wire
from change_gate.comparison.options import Options
from change_gate.comparison.values import Values
from change_gate.findings import Direction
from change_gate.schemas.containment import Containment, Status
from change_gate.schemas.schema import from_document


def contain(source: Any, target: Any) -> Containment:
    values = Values(read_side({}), read_side({}), Options())
    return wire.contain(values, Direction.CLIENT_TO_SERVER, from_document(source), from_document(target))


@pytest.mark.parametrize(
    ("source", "target", "witness"),
    [
        ({"type": "integer"}, {"type": "string"}, None),
        ({"type": ["string", "null"]}, {"type": "string"}, None),
        (True, {"type": "string"}, None),
        ({}, {"type": "string"}, None),
        ({"enum": ["1", "2"]}, {"type": "integer"}, None),
        ({"type": "boolean"}, {"enum": ["true", "false"]}, None),
        ({"type": "integer", "minimum": 0, "maximum": 9}, {"type": "string", "maxLength": 1}, None),
        ({"type": "integer", "minimum": 0, "maximum": 10}, {"type": "string", "maxLength": 1}, "10"),
        ({"enum": ["1", "x"]}, {"type": "integer"}, "x"),
        ({"type": "number"}, {"type": "integer"}, 1.5),
        # These have no schema of texts, so common texts and the constants are tried.
        ({"type": "integer"}, {"type": "string", "not": {"const": "1"}}, "1"),
        ({"enum": [7, 8]}, {"type": "string", "not": {"const": "8"}}, 8),
    ],
)
def test_text_escapes_if_no_reading_is_allowed(source: Any, target: Any, witness: Any) -> None:
    found = contain(source, target)
    assert found.holds is (witness is None)
    if witness is not None:
        assert found.status is Status.ESCAPES
        assert not wire.is_read(found.witness, from_document(target))
        assert wire.is_read(found.witness, from_document(source))
        if not isinstance(witness, float):
            assert found.witness == witness


def test_undecided_texts_name_what_was_tried() -> None:
    found = contain({"type": "integer"}, {"type": "string", "not": {"const": "77"}})
    assert found.status is Status.UNPROVEN
    assert found.tried[-2:] == ("the values as text", "a list of common texts")


@pytest.mark.parametrize(
    ("value", "readings"),
    [
        ("a", ["a"]),
        ("5", ["5", 5]),
        ("-5", ["-5", -5]),
        ("05", ["05"]),
        ("1.5", ["1.5", 1.5]),
        ("1e2", ["1e2", 100.0]),
        ("1e400", ["1e400"]),
        ("9" * 1000, ["9" * 1000]),
        ("9" * 999, ["9" * 999, int("9" * 999)]),
        ("true", ["true", True]),
        ("false", ["false", False]),
        ("True", ["True"]),
        (5, [5, "5"]),
        (True, [True, "true"]),
        (None, [None]),
        ([1, "2"], [["1", "2"], [1, "2"], [1, 2], ["1", "2"], ["1", 2]]),
        ({"a": 1}, [{"a": "1"}, {"a": 1}, {"a": "1"}]),
        ([], [[], []]),
    ],
)
def test_text_of_a_value_has_readings(value: Any, readings: list[Any]) -> None:
    assert list(wire.readings(value)) == readings


def test_null_has_no_text_that_could_be_refused() -> None:
    assert wire.is_read(None, from_document({"type": "string"}))


def nested(keyword: str, depth: int, inner: Any) -> dict[str, Any]:
    """Return a schema with `inner` below `depth` levels of a keyword."""
    for _ in range(depth):
        inner = {
            "allOf": {"allOf": [inner]},
            "anyOf": {"anyOf": [inner]},
            "items": {"type": "array", "items": inner},
            "properties": {"type": "object", "properties": {"a": inner}},
            "additionalProperties": {"type": "object", "additionalProperties": inner},
        }[keyword]
    return inner


@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
def test_types_are_searched_to_a_depth(keyword: str) -> None:
    assert wire.kinds(from_document(nested(keyword, 10, {"type": "string"}))) == {"string"}
    assert wire.kinds(from_document(nested(keyword, 11, {"type": "string"}))) == frozenset()


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"type": ["string", "null"]}, {"string", "null"}),
        ({"allOf": [{}, {"type": "integer"}]}, {"integer"}),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, {"integer", "string"}),
        ({"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}], "$defs": {"A": {"type": "array"}}}, {"array", "null"}),
        ({"anyOf": [], "oneOf": [{"type": "string"}]}, {"string"}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}]}}}, set()),
        ({"minimum": 1}, set()),
    ],
)  # fmt: skip
def test_types_are_named_by_the_schema_or_its_branches(schema: Any, kinds: set[str]) -> None:
    assert wire.kinds(from_document(schema)) == kinds
