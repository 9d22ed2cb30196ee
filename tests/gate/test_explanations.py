"""The place and the words for a refused value."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas.explain import Refusal, follow, locate
from change_gate.schemas.schema import JsonSchema, from_document
from change_gate.schemas.validation import SchemaValidator


def located(value: Any, schema: Any) -> Refusal | None:
    """Return the keyword of a schema that refuses a value."""
    target = from_document(schema)
    return locate(value, SchemaValidator(target.document()), target)


@pytest.mark.parametrize(
    ("value", "schema", "words"),
    [
        ("ab", {"type": "string", "maxLength": 1}, ("", "/maxLength", "maxLength is 1")),
        ("ab", {"maxLength": 1}, ("", "/maxLength", "maxLength is 1")),
        ("a", {"minLength": 2}, ("", "/minLength", "minLength is 2")),
        (1, {"type": "string"}, ("", "/type", 'type is "string"')),
        (1, {"type": ["string", "null"]}, ("", "/type", 'type is ["string", "null"]')),
        ("a", {"enum": ["b"]}, ("", "/enum", 'enum is ["b"]')),
        ("a", {"enum": ["b", "c", "d"]}, ("", "/enum", 'enum is ["b", "c", "d"]')),
        ("a", {"const": "b"}, ("", "/const", 'const is "b"')),
        ("a", {"pattern": "b"}, ("", "/pattern", 'pattern is "b"')),
        ({}, {"type": "object", "required": ["a"]}, ("", "/required", 'required is ["a"]')),
        (
            {"a": {}},
            {"properties": {"a": {"type": "object", "required": ["b"]}}},
            ("/a", "/properties/a/required", 'required is ["b"]'),
        ),
        (
            {"b": 1},
            {"properties": {"a": {}}, "additionalProperties": False},
            ("/b", "/additionalProperties", "additionalProperties is false"),
        ),
        (
            {"b": 1},
            {"additionalProperties": {"type": "string"}},
            ("/b", "/additionalProperties/type", 'type is "string"'),
        ),
        (
            {"b": 1},
            {"unevaluatedProperties": False},
            ("/b", "/unevaluatedProperties", "unevaluatedProperties is false"),
        ),
        ([1, 2], {"items": {"minimum": 2}}, ("/0", "/items/minimum", "minimum is 2")),
        ([1], {"prefixItems": [{"minimum": 2}]}, ("/0", "/prefixItems/0/minimum", "minimum is 2")),
        (
            {"k": 1},
            {
                "oneOf": [
                    {"properties": {"k": {"const": 1}, "x": {}}, "required": ["k", "x"]},
                    {"properties": {"k": {"const": 2}}},
                ]
            },
            ("", "/oneOf/0/required", 'required is ["k", "x"]'),
        ),
        (
            {"k": 1},
            {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"k": {"minimum": 2}}}]},
            ("/k", "/anyOf/1/properties/k/minimum", "minimum is 2"),
        ),
        (
            {"k": 1},
            {"anyOf": [{"properties": {"k": {"minimum": 2}}}, {"properties": {"k": {"minimum": 3}}}]},
            ("", "/anyOf", "it matches no branch of anyOf"),
        ),
        (1, {"not": {"type": "integer"}}, ("", "/not", 'not is {"type": "integer"}')),
        (1, False, ("", "", "the member is not allowed")),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            {"enum": ["yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"]},
            ("", "/enum", 'enum is ["yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…'),
        ),
        (
            {"1": 1},
            {"patternProperties": {"^\\d$": {"minimum": 2}}},
            ("/1", "/patternProperties/^\\d$/minimum", "minimum is 2"),
        ),
        ("é", {"const": "ü"}, ("", "/const", 'const is "ü"')),
        (
            {"a": 1},
            {"dependentRequired": {"a": ["b"]}},
            ("", "/dependentRequired", 'dependentRequired is {"a": ["b"]}'),
        ),
        (
            {"a": 1},
            {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
            ("", "/then/required", 'required is ["b"]'),
        ),
        (
            1,
            {"oneOf": [{"minimum": 0}, {"type": "string"}, {"maximum": 2}]},
            ("", "/oneOf", "it matches 2 branches of oneOf: number 1 and number 3"),
        ),
        (
            1,
            {"oneOf": [{}, {}, {"$ref": "#/$defs/A"}], "$defs": {"A": {}}},
            ("", "/oneOf", "it matches 3 branches of oneOf: number 1, number 2 and A"),
        ),
        (
            1,
            {"oneOf": [{}, {}, {}, True, {}]},
            ("", "/oneOf", "it matches 5 branches of oneOf: number 1, number 2, number 3 and 2 more"),
        ),
        ("a", {"const": "b" * 58}, ("", "/const", 'const is "' + "b" * 58 + '"')),
        ("a", {"const": "b" * 59}, ("", "/const", 'const is "' + "b" * 58 + "…")),
        (
            {"k": 1},
            {
                "anyOf": [
                    {"properties": {"k": {"enum": [2]}}},
                    {"properties": {"k": {"minimum": 2, "maximum": 0}}},
                ]
            },
            ("/k", "/anyOf/1/properties/k/maximum", "maximum is 0"),
        ),
        (
            {"k": 1, "m": 1},
            {
                "anyOf": [
                    {"properties": {"k": {"minimum": 2}, "m": {"minimum": 2}}},
                    {"properties": {"k": {"minimum": 3}}},
                ]
            },
            ("/k", "/anyOf/1/properties/k/minimum", "minimum is 3"),
        ),
        (
            {"k": {"l": 1}},
            {"anyOf": [{"properties": {"k": {"anyOf": [{"properties": {"l": {"minimum": 2}}}]}}}]},
            ("/k/l", "/anyOf/0/properties/k/anyOf/0/properties/l/minimum", "minimum is 2"),
        ),
        (3, {"exclusiveMaximum": 3}, ("", "/exclusiveMaximum", "exclusiveMaximum is 3")),
        (
            {"a": 5, "b": {"c": 1}},
            {"properties": {"b": {"properties": {"c": {"minimum": 2}}}, "a": {"maximum": 1}}},
            ("/a", "/properties/a/maximum", "maximum is 1"),
        ),
    ],
)
def test_refusal_has_its_place_and_its_words(value: Any, schema: Any, words: tuple[str, str, str]) -> None:
    refusal = located(value, schema)
    assert refusal is not None
    assert (refusal.member, refusal.pointer, refusal.explanation) == words
    assert refusal.keyword == words[1].rpartition("/")[2]


def test_accepted_value_has_no_refusal() -> None:
    assert located(1, {"type": "integer"}) is None


def test_value_below_a_reference_is_located_in_its_definition() -> None:
    target = JsonSchema(
        {"items": {"$ref": "#/$defs/A"}}, {"A": {"minimum": 3}}, {"A": "#/components/schemas/Number"}
    )
    refusal = locate([1], SchemaValidator(target.document()), target)
    assert refusal is not None
    assert (refusal.member, refusal.reference) == ("/0", "#/components/schemas/Number")
    assert refusal.pointer == "/minimum"


def test_path_that_leads_nowhere_has_no_schema() -> None:
    assert follow(from_document({"type": "string"}), ["properties", "a"], None).schema is None
