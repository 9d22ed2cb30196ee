"""The place and the words for a refused value."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas.explain import LONGEST_VALUE, Refusal, follow, locate
from change_gate.schemas.schema import JsonSchema, from_document
from change_gate.schemas.validation import SchemaValidator


def located(value: Any, old: Any, new: Any) -> Refusal | None:
    """Return the keyword of the new schema that refuses a value."""
    source, target = from_document(old), from_document(new)
    return locate(value, SchemaValidator(target.document()), source, target)


@pytest.mark.parametrize(
    ("value", "old", "new", "words"),
    [
        (
            "ab",
            {"type": "string"},
            {"type": "string", "maxLength": 1},
            ("", "/maxLength", "maxLength is 1, and was absent"),
        ),
        ("ab", {"maxLength": 5}, {"maxLength": 1}, ("", "/maxLength", "maxLength fell from 5 to 1")),
        ("a", {"minLength": 1}, {"minLength": 2}, ("", "/minLength", "minLength rose from 1 to 2")),
        (
            1,
            {"type": "integer"},
            {"type": "string"},
            ("", "/type", 'type changed from "integer" to "string"'),
        ),
        (
            1,
            {"type": ["integer", "null"]},
            {"type": ["string", "null"]},
            ("", "/type", 'type gained "string" and lost "integer"'),
        ),
        ("a", {"enum": ["a", "b"]}, {"enum": ["b"]}, ("", "/enum", 'enum lost "a"')),
        (
            "a",
            {"enum": ["a", "b"]},
            {"enum": ["b", "c", "d"]},
            ("", "/enum", 'enum gained "c", "d" and lost "a"'),
        ),
        ("a", {"const": "a"}, {"const": "b"}, ("", "/const", 'const changed from "a" to "b"')),
        ("a", {"pattern": "a"}, {"pattern": "b"}, ("", "/pattern", 'pattern changed from "a" to "b"')),
        ("a", {"pattern": "b"}, {"pattern": "b"}, ("", "/pattern", 'pattern is "b"')),
        (
            {},
            {"type": "object"},
            {"type": "object", "required": ["a"]},
            ("", "/required", 'required is ["a"], and was absent'),
        ),
        (
            {"a": {}},
            {"properties": {"a": {"type": "object"}}},
            {"properties": {"a": {"type": "object", "required": ["b"]}}},
            ("/a", "/properties/a/required", 'required is ["b"], and was absent'),
        ),
        (
            {"b": 1},
            {"properties": {"a": {}}},
            {"properties": {"a": {}}, "additionalProperties": False},
            ("/b", "/additionalProperties", "additionalProperties is false, and was absent"),
        ),
        (
            {"a": 1, "b": 1},
            {"properties": {"a": {}}},
            {"properties": {"a": {}}, "additionalProperties": False},
            ("/b", "/additionalProperties", "additionalProperties is false, and was absent"),
        ),
        (
            {"b": 1},
            {"additionalProperties": {"type": "integer"}},
            {"additionalProperties": {"type": "string"}},
            ("/b", "/additionalProperties/type", 'type changed from "integer" to "string"'),
        ),
        (
            {"b": 1},
            {},
            {"unevaluatedProperties": False},
            ("/b", "/unevaluatedProperties", "unevaluatedProperties is false, and was absent"),
        ),
        (
            [1, 2],
            {"items": {}},
            {"items": {"minimum": 2}},
            ("/0", "/items/minimum", "minimum is 2, and was absent"),
        ),
        (
            [1],
            {"prefixItems": [{}]},
            {"prefixItems": [{"minimum": 2}]},
            ("/0", "/prefixItems/0/minimum", "minimum is 2, and was absent"),
        ),
        (
            {"k": 1},
            {"oneOf": [{"properties": {"k": {"const": 1}}}]},
            {
                "oneOf": [
                    {"properties": {"k": {"const": 1}, "x": {}}, "required": ["k", "x"]},
                    {"properties": {"k": {"const": 2}}},
                ]
            },
            (
                "",
                "/oneOf",
                'oneOf gained {"properties": {"k": {"const": 1}, "x": {}}, "required": ["…, {"properties": {"k": {"const": 2}}} and lost {"properties": {"k": {"const": 1}}}',
            ),
        ),
        (
            {"k": 1},
            {},
            {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"k": {"minimum": 2}}}]},
            ("/k", "/anyOf/1/properties/k/minimum", "minimum refuses it"),
        ),
        (
            {"k": 1},
            {},
            {"anyOf": [{"properties": {"k": {"minimum": 2}}}, {"properties": {"k": {"minimum": 3}}}]},
            (
                "",
                "/anyOf",
                'anyOf is [{"properties": {"k": {"minimum": 2}}}, {"properties": {"k"…, and was absent',
            ),
        ),
        (
            1,
            {"type": "integer"},
            {"not": {"type": "integer"}},
            ("", "/not", 'not is {"type": "integer"}, and was absent'),
        ),
        (1, {"type": "integer"}, False, ("", "", "the member is not allowed")),
        (
            {"1": 1},
            {"patternProperties": {"^\\d$": {"minimum": 0}}},
            {"patternProperties": {"^\\d$": {"minimum": 2}}},
            ("/1", "/patternProperties/^\\d$/minimum", "minimum rose from 0 to 2"),
        ),
        ("é", {"const": "é"}, {"const": "ü"}, ("", "/const", 'const changed from "é" to "ü"')),
        (
            {"a": 1},
            {},
            {"dependentRequired": {"a": ["b"]}},
            ("", "/dependentRequired", 'dependentRequired is {"a": ["b"]}, and was absent'),
        ),
        (
            {"a": 1},
            {},
            {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
            ("", "/then/required", "required refuses it"),
        ),
        (
            3,
            {"maximum": 5},
            {"exclusiveMaximum": 3},
            ("", "/exclusiveMaximum", "exclusiveMaximum is 3, and was absent"),
        ),
        (
            {"a": 5, "b": {"c": 1}},
            {},
            {"properties": {"b": {"properties": {"c": {"minimum": 2}}}, "a": {"maximum": 1}}},
            ("/a", "/properties/a/maximum", "maximum refuses it"),
        ),
    ],
)
def test_refusal_has_its_place_and_its_words(
    value: Any, old: Any, new: Any, words: tuple[str, str, str]
) -> None:
    refusal = located(value, old, new)
    assert refusal is not None
    assert (refusal.member, refusal.pointer, refusal.explanation) == words
    assert refusal.keyword == words[1].rpartition("/")[2]


def test_accepted_value_has_no_refusal() -> None:
    assert located(1, {}, {"type": "integer"}) is None


def test_long_value_is_cut() -> None:
    refusal = located("x", {"const": "x"}, {"const": "y" * LONGEST_VALUE})
    assert refusal is not None
    assert refusal.explanation == f'const changed from "x" to "{"y" * (LONGEST_VALUE - 2)}…'
    shorter = located("x", {"const": "x"}, {"const": "y" * (LONGEST_VALUE - 2)})
    assert shorter is not None
    assert shorter.explanation.endswith('y"')


def test_value_below_a_reference_is_located_in_its_definition() -> None:
    reference = {"items": {"$ref": "#/$defs/A"}}
    source = JsonSchema(reference, {"A": {"minimum": 0}}, {"A": "#/components/schemas/Number"})
    target = JsonSchema(reference, {"A": {"minimum": 3}}, {"A": "#/components/schemas/Number"})
    refusal = locate([1], SchemaValidator(target.document()), source, target)
    assert refusal == Refusal(
        "/0", "minimum", "#/components/schemas/Number", "/minimum", "minimum rose from 0 to 3"
    )


def test_path_that_leads_nowhere_has_no_schema() -> None:
    assert follow(from_document({"type": "string"}), ["properties", "a"], None).schema is None
