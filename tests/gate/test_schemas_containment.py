"""The results of the schema engine, each confirmed by two validators."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import jsonschema_rs
import pytest
import yaml
from gate.random_schemas import random_value
from jsonschema import Draft202012Validator

from change_gate.schemas.containment import Comparer, Status, compare
from change_gate.schemas.formats import format_checker
from change_gate.schemas.hints import Hints
from change_gate.schemas.locations import Definitions
from change_gate.schemas.schema import JsonSchema
from change_gate.schemas.validation import in_python_syntax
from change_gate.schemas.values import Generator

TABLE = yaml.load(
    (Path(__file__).parent / "schema_pairs.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
PAIRS = [(group, *row) for group, rows in TABLE.items() for row in rows]
VALUES = 200


def validators(schema: Any) -> tuple[Any, Any]:
    """Return both validators of a schema."""
    options = jsonschema_rs.FancyRegexOptions(size_limit=150_000_000)
    fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, pattern_options=options)
    return fast, Draft202012Validator(in_python_syntax(schema), format_checker=format_checker())


def values(source: Any, target: Any) -> list[Any]:
    """Return values that the schemas suggest, and random ones."""
    hints = Hints()
    hints.collect(source)
    hints.collect(target)
    found = [random_value(Random(seed)) for seed in range(VALUES)]
    for schema in (source, target):
        definitions = Definitions(schema.get("$defs", {}) if isinstance(schema, dict) else {})
        found += Generator(definitions, hints, float("inf")).values((schema,))
    return found


def test_table_is_large_enough() -> None:
    assert len(PAIRS) >= 120
    assert len({row[1] for row in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(
    ("group", "name", "source", "target", "expected"),
    PAIRS,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pair_has_the_expected_result(group: str, name: str, source: Any, target: Any, expected: str) -> None:
    result = compare(source, target)
    assert result.status == expected or (result.holds and expected == "covered"), result
    if expected == "escapes":
        assert all(validator.is_valid(result.witness) for validator in validators(source))
        assert not any(validator.is_valid(result.witness) for validator in validators(target))
        return
    # Under the convention, no sender sends a member that only the reader declares.
    if group == "open_objects":
        return
    senders, readers = validators(source), validators(target)
    for value in values(source, target):
        assert not all(v.is_valid(value) for v in senders) or any(v.is_valid(value) for v in readers), value


@pytest.mark.parametrize(
    ("group", "name", "source", "target", "expected"),
    PAIRS,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_schema_equals_itself(group: str, name: str, source: Any, target: Any, expected: str) -> None:
    assert compare(source, source).status is Status.EQUAL
    assert compare(target, target).status is Status.EQUAL


def test_strict_reports_undeclared_member() -> None:
    source = {"type": "object", "properties": {"a": {}}}
    target = {"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}}
    result = compare(source, target, open_objects="strict")
    assert (result.status, result.undeclared, result.member) == (Status.ESCAPES, True, "/b")


def test_strict_witness_of_lenient_break_is_declared() -> None:
    source = {"type": "object", "properties": {"a": {"type": "string"}}}
    target = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert not compare(source, target, open_objects="strict").undeclared


def test_witness_is_small_and_readable() -> None:
    source = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "s": {"type": "string"}},
        "required": ["s"],
    }
    target = {**source, "properties": {"n": {"type": "integer", "maximum": 9}, "s": {"type": "string"}}}
    assert compare(source, target).witness == {"n": 10, "s": ""}


def test_witness_is_the_same_each_time() -> None:
    source, target = {"type": "string"}, {"type": "string", "pattern": "^(?!x)[a-z]{2,}$"}
    assert {str(compare(source, target).witness) for _ in range(3)} == {str(compare(source, target).witness)}


def test_missing_definition_is_unproven() -> None:
    result = compare({"$ref": "#/$defs/A"}, {"type": "string"})
    assert result.status is Status.UNPROVEN
    assert "missing" in result.tried[0]


def test_invalid_pattern_is_unproven() -> None:
    result = compare({"type": "string"}, {"type": "string", "pattern": "("})
    assert result.status is Status.UNPROVEN
    assert result.tried


def test_deeply_nested_schema_does_not_crash() -> None:
    schema: Any = {"type": "string"}
    for _ in range(300):
        schema = {"type": "array", "items": schema}
    assert compare(schema, {"type": "array", "maxItems": 1}, seconds=2).status in (
        Status.ESCAPES,
        Status.UNPROVEN,
    )


def test_comparer_remembers_a_ring_of_definitions() -> None:
    names = [f"S{number}" for number in range(60)]

    def ring(length: int) -> dict[str, Any]:
        return {
            name: {
                "type": "object",
                "properties": {
                    "v": {"type": "string", "maxLength": length},
                    "n": {"$ref": f"#/$defs/{names[i - 1]}"},
                },
            }
            for i, name in enumerate(names)
        }

    wide, narrow, comparer = ring(9), ring(5), Comparer(seconds=30)
    for name in names:
        source, target = (
            JsonSchema({"$ref": f"#/$defs/{name}"}, definitions) for definitions in (narrow, wide)
        )
        assert comparer.compare(source, target).status is Status.COVERED
    result = comparer.compare(
        JsonSchema({"$ref": "#/$defs/S0"}, wide), JsonSchema({"$ref": "#/$defs/S0"}, narrow)
    )
    assert (result.status, result.keyword) == (Status.ESCAPES, "maxLength")
