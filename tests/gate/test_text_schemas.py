"""Schemas of the texts that stand for values of a schema."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.comparison.samples import is_valid
from change_gate.comparison.wire import _TextSchemas
from change_gate.schemas.schema import from_document


def converted(schema: dict[str, Any], *, exact: bool = True) -> Any:
    """Return the schema about texts, or None if it cannot be expressed."""
    return _TextSchemas(from_document(schema), exact).convert()


@pytest.mark.parametrize(
    ("schema", "accepted", "refused"),
    [
        ({"type": "boolean"}, "true", "yes"),
        ({"enum": [1, "a", None]}, "1", "b"),
        ({"const": True}, "true", True),
        ({"type": "string", "maxLength": 1}, "a", "ab"),
        ({"type": ["string", "null"], "maxLength": 1}, "a", None),
        ({"type": "object", "properties": {"a": {"type": "boolean"}}}, {"a": "true"}, {"a": True}),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, {"b": "false"}, {"b": "x"}),
        ({"type": "object", "additionalProperties": False}, {}, {"b": "x"}),
        ({"anyOf": [{"type": "boolean"}, {"const": "x"}]}, "x", "y"),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"const": "x"}}}, "x", "y"),
    ],
)
def test_schema_accepts_the_texts_of_its_values(schema: dict[str, Any], accepted: Any, refused: Any) -> None:
    texts = converted(schema)
    assert is_valid(accepted, texts)
    assert not is_valid(refused, texts)


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {}},
        {"allOf": [{"type": "string"}]},
        {"type": "object", "patternProperties": {"a": {}}},
        {"type": "object", "properties": {"a": {"not": {}}}},
        {"type": "object", "additionalProperties": {"not": {}}},
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"not": {}}},
        {"anyOf": [{"type": "string"}, {"not": {}}]},
    ],
)
def test_some_schemas_have_no_schema_of_texts(schema: dict[str, Any]) -> None:
    assert converted(schema) is None


def test_only_an_inexact_schema_may_drop_what_stands_beside() -> None:
    both = {"oneOf": [{"type": "boolean"}], "description": "x"}
    assert converted(both) is None
    assert is_valid("true", converted(both, exact=False))
    reference = {"$ref": "#/$defs/A", "type": "string", "$defs": {"A": {"const": "x"}}}
    assert converted(reference) is None
    assert is_valid("x", converted(reference, exact=False))
