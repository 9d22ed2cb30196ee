"""The parts of the schema engine: algebra, locations, members, validators, formats, values and explanations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from change_gate.findings import Direction
from change_gate.schemas import algebra, exclusive, inner_steps, random_values, texts
from change_gate.schemas.containment import compare
from change_gate.schemas.dialect import KNOWN_FORMATS, Dialect
from change_gate.schemas.facts import cases, merge
from change_gate.schemas.format_samples import FORMAT_SAMPLES
from change_gate.schemas.formats import format_checker
from change_gate.schemas.hints import Hints
from change_gate.schemas.locations import Definitions, child, element, equal_definitions
from change_gate.schemas.members import Declarations, Restriction, declared_members
from change_gate.schemas.proof import Prover
from change_gate.schemas.rules import covers
from change_gate.schemas.schema import JsonSchema, from_document, has_at_most, is_identical
from change_gate.schemas.validation import SchemaValidator, UnreadableSchema
from change_gate.schemas.values import Generator
from change_gate.schemas.witness import simplifications, size

FOREVER = float("inf")


def test_algebra_keeps_its_interface() -> None:
    assert algebra.covers({"type": "number"}, {"type": "integer"}) is True
    assert algebra.covers({"type": "integer"}, {"type": "number"}) is not True
    assert algebra.covers({"pattern": "a"}, {"pattern": "ab"}) is None
    assert algebra.is_unsatisfiable({"allOf": [{"type": "string"}, {"type": "null"}]})
    assert algebra.are_disjoint({"type": "string"}, {"type": "null"})
    assert algebra.has_no_rest({"const": 1}, {"type": "integer"})
    difference = algebra.subtract({"enum": [1, 2]}, {"const": 1})
    assert difference is not None
    assert SchemaValidator(algebra.to_document(difference)).is_valid(2)


@pytest.mark.parametrize(
    "broken", [{"type": "nonsense"}, {"pattern": "("}, {"$ref": "#/$defs/missing"}, {"minimum": "1"}]
)
def test_algebra_is_undecided_about_a_broken_schema(broken: Any) -> None:
    assert algebra.covers({"type": "string"}, broken) is None
    assert algebra.subtract(broken, {"type": "string"}) is None
    assert not algebra.is_unsatisfiable(broken)


def test_only_one_module_touches_the_algebra() -> None:
    package = Path(algebra.__file__).parents[1]
    users = [
        path.name for path in package.rglob("*.py") if "jsonschema_rs.canonicalize" in path.read_text("utf-8")
    ]
    assert users == ["algebra.py"]


def test_true_is_not_one() -> None:
    assert is_identical({"a": [1]}, {"a": [1.0]})
    assert not is_identical({"a": [1]}, {"a": [True]})
    assert not equal_definitions({"A": {"const": 0}}, {"A": {"const": False}})


def test_equal_definitions_follow_references() -> None:
    first: dict[str, Any] = {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}, "C": {"$ref": "#/$defs/C"}}
    assert equal_definitions(first, {**first, "B": {"type": "null"}}) == {"C"}


def test_location_opens_references_and_all_of() -> None:
    definitions = Definitions({"A": {"properties": {"a": {"minimum": 1}}}})
    parts = definitions.parts(({"allOf": [{"$ref": "#/$defs/A"}], "additionalProperties": False},))
    assert child(parts, "a") == (False, {"minimum": 1})
    assert child(parts, "b") == (False,)
    assert element(({"prefixItems": [{"const": 1}], "items": False},), 1) == (False,)


def test_cycle_is_found() -> None:
    definitions = Definitions({"A": {"items": {"$ref": "#/$defs/A"}}, "B": {"type": "string"}})
    assert definitions.is_cyclic({"$ref": "#/$defs/A"})
    assert not definitions.is_cyclic({"$ref": "#/$defs/B"})


def test_cases_choose_a_branch_each() -> None:
    schema = {"anyOf": [{"minimum": 1}, {"maximum": 0}], "if": {"const": 5}, "then": {"multipleOf": 5}}
    assert len(list(cases((schema,), Definitions({})))) == 4
    assert merge(({"minLength": 1}, {"minLength": 3, "not": {"pattern": "a"}})).shortest == 3


def declared(source: Any, target: Any) -> frozenset[str]:
    left, right = from_document(source), from_document(target)
    declarations = Declarations(Definitions(left.definitions), Definitions(right.definitions))
    return declarations.newly_declared(left.root, right.root)


def test_newly_declared_names_are_found_at_depth() -> None:
    assert declared({"items": {"properties": {"a": {}}}}, {"items": {"properties": {"a": {}, "b": {}}}}) == {
        "b"
    }
    assert declared({"required": ["b"]}, {"properties": {"b": {}}}) == set()
    union = {"anyOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}
    assert declared(union, union) == set()


def test_restriction_forbids_only_undeclared_names() -> None:
    schema = {"type": "object", "properties": {"a": {}}}
    restriction = Restriction({}, frozenset("b"))
    for restricted in (restriction.exact(schema), restriction.simple(schema)):
        validator = SchemaValidator(restricted.document())
        assert validator.accepts({"a": 1, "c": 1})
        assert validator.refuses({"b": 1})


def test_restriction_leaves_negated_schemas_alone() -> None:
    schema = {"not": {"properties": {"x": {"type": "object"}}, "required": ["x"]}}
    restricted = Restriction({}, frozenset("b")).exact(schema).document()
    assert SchemaValidator(restricted).refuses({"x": {"b": 1}})


def test_declared_members_are_listed_by_place() -> None:
    schema = {"properties": {"a": {"items": {"properties": {"b": {}}}}}, "anyOf": [{"properties": {"c": {}}}]}
    assert declared_members(from_document(schema)) == {"": ("a", "c"), "/a/*": ("b",)}


def test_proof_rests_on_smaller_values_only() -> None:
    source = {"N": {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}}}
    target = {"N": {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}, "required": ["n"]}}
    root = {"$ref": "#/$defs/N"}
    prover = Prover(Definitions(source), Definitions(target))
    assert not prover.prove(root, root, FOREVER)
    assert [gap.path for gap in prover.gaps] == [()]
    assert Prover(Definitions(target), Definitions(source)).prove(root, root, FOREVER)


def test_string_facts_help_the_algebra() -> None:
    assert covers({"pattern": "a"}, {"type": "string", "pattern": "ab"})


def test_value_is_valid_only_for_both_validators() -> None:
    validator = SchemaValidator({"type": "string", "format": "date"})
    assert validator.accepts("2026-01-31")
    assert validator.refuses("2026-02-31")
    with pytest.raises(UnreadableSchema):
        SchemaValidator({"type": "nonsense"})


@pytest.mark.parametrize("name", sorted(KNOWN_FORMATS))
def test_known_format_is_checked_by_both(name: str) -> None:
    validator = SchemaValidator({"type": "string", "format": name})
    assert all(map(validator.accepts, FORMAT_SAMPLES[name]))
    assert any(map(validator.refuses, ("", "a", "a b", "[", "{", "^(", "-a-", "/~")))
    assert name in format_checker().checkers


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer", "minimum": 3}}},
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "integer"}},
        {"type": "string", "pattern": "^[a-f]{4}$"},
        {"type": "number", "exclusiveMinimum": 4, "exclusiveMaximum": 5},
        {"type": "integer", "multipleOf": 7, "minimum": 100},
        {"type": "object", "minProperties": 3},
        {"oneOf": [{"type": "string"}, {"type": "null"}]},
        {"type": "object", "propertyNames": {"pattern": "^x-"}, "minProperties": 1},
        {"type": "array", "contains": {"const": 5}, "minContains": 2},
    ],
)
def test_generator_finds_valid_values(schema: Any) -> None:
    values = Generator(Definitions({}), Hints(), FOREVER).values((schema,))
    valid = jsonschema_rs.Draft202012Validator(schema)
    assert any(map(valid.is_valid, values))


def test_generator_ends_for_recursive_schema() -> None:
    definitions = {"N": {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}, "v": {"enum": [1, 2]}}}}
    values = Generator(Definitions(definitions), Hints(), FOREVER).values(({"$ref": "#/$defs/N"},))
    assert {"n": {"n": {}}} in values or {"n": {"v": 1}} in values


def test_random_value_is_shrunk() -> None:
    schema = algebra.canonicalize({"type": "integer", "minimum": 12})
    assert schema is not None
    assert list(random_values.find(schema, lambda value: value > 99, FOREVER)) == [100]


def test_simplifications_come_nearer_to_nothing() -> None:
    assert [] in list(simplifications([1]))
    assert {"a": ""} in list(simplifications({"a": "text"}))
    assert size({"a": 1}) < size({"a": "é"})


def test_texts_have_the_format_of_their_location() -> None:
    facts = merge(({"type": "string", "format": "date"},))
    found = list(texts.texts(facts, Hints(constants=["2026-05-05", "a"])))
    assert "2026-05-05" in found
    assert SchemaValidator({"items": {"format": "date"}}).is_valid(found)


def test_usual_value_of_a_choice_matches_one_branch() -> None:
    choice = {"oneOf": [{"type": "object"}, {"type": "object", "required": ["a"]}, {"type": "integer"}]}
    definitions = Definitions({})
    assert SchemaValidator(choice).is_valid(Generator(definitions, Hints(), FOREVER).values((choice,), 1)[0])


def test_steps_lead_to_members_and_elements() -> None:
    part: Any = {"properties": {"a": {"type": "string"}, "b": True}, "items": {"type": "integer"}}
    steps = list(inner_steps.steps(({"properties": {"a": {"maxLength": 1}}},), part, inner_steps.is_split))
    assert steps == [("a", ({"maxLength": 1},), ({"type": "string"},)), (0, (), ({"type": "integer"},))]
    assert inner_steps.without(part) == {"properties": {"a": True, "b": True}, "items": True}


def test_branches_that_only_one_side_holds_are_suspect() -> None:
    text, number, fraction = {"type": "string"}, {"type": "number"}, {"type": "integer"}
    definitions = [Definitions({"A": {"oneOf": [text, schema]}}) for schema in (number, fraction)]
    root = ({"anyOf": [text, {"$ref": "#/$defs/A"}]},)
    sent, read = ((root, side) for side in definitions)
    found = list(exclusive.suspects(sent, read, lambda one, other: one == other == text))
    assert found == [(number,), (text, fraction), (number, fraction), ({"$ref": "#/$defs/A"},)]


def located(source: Any, target: Any, components: tuple[Any, Any] = ({}, {})) -> Any:
    sides = []
    for schema, schemas in zip((source, target), components, strict=True):
        references = {f"#/components/schemas/{name}": value for name, value in schemas.items()}
        sides.append(Dialect("3.1", Direction.CLIENT_TO_SERVER, references.__getitem__).convert(schema))
    return compare(*sides)


def test_refusal_is_explained_in_words() -> None:
    result = located(
        {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}},
        {"type": "object", "properties": {"n": {"type": "integer", "minimum": 5}}},
    )
    assert (result.member, result.keyword, result.pointer) == ("/n", "minimum", "/properties/n/minimum")
    assert result.explanation == "minimum is 5"


def test_refusal_is_located_in_its_component() -> None:
    schema = {"type": "array", "items": {"$ref": "#/components/schemas/A"}}
    old: Any = {"A": {"type": "object", "properties": {"a/b": {"type": "string"}}}}
    new: Any = {"A": {"type": "object", "properties": {"a/b": {"type": "string", "maxLength": 1}}}}
    result = located(schema, schema, (old, new))
    assert (result.reference, result.pointer) == ("#/components/schemas/A", "/properties/a~1b/maxLength")
    assert result.member == "/0/a~1b"
    assert result.explanation == "maxLength is 1"


def test_refusal_below_a_pattern_is_located() -> None:
    old, new = (
        {"type": "object", "patternProperties": {r"^\d$": {"type": kind}}} for kind in ("number", "integer")
    )
    assert located(old, new).pointer == r"/patternProperties/^\d$/type"


def test_refusal_inside_a_choice_is_located() -> None:
    tags: Any = [{"type": {"enum": [kind]}} for kind in ("a", "b")]
    kinds = [{"type": "object", "required": ["type", "id"], "properties": tag} for tag in tags]
    loose = [{**kind, "required": ["type"]} for kind in kinds]
    result = located({"oneOf": loose}, {"oneOf": kinds})
    assert (result.keyword, result.pointer) == ("required", "/oneOf/0/required")
    # A text comes close to no branch, so that the choice itself refuses it.
    choices = [{"oneOf": kinds}, {"type": "null"}]
    result = located({"anyOf": [*choices, {"type": "string"}]}, {"anyOf": choices})
    assert (result.keyword, result.pointer) == ("anyOf", "/anyOf")
    assert result.explanation == "it matches no branch of anyOf"


def test_refusal_names_the_choice_that_lost_a_branch() -> None:
    required = {"Near": ["type", "id"], "Gone": ["type"]}
    kinds: Any = {name: {"type": "object", "required": names} for name, names in required.items()}
    references = [{"$ref": f"#/components/schemas/{name}"} for name in kinds]
    result = located({"anyOf": references}, {"anyOf": references[:1]}, (kinds, kinds))
    assert (result.keyword, result.pointer, result.reference) == ("anyOf", "/anyOf", "")


def test_refused_member_is_named() -> None:
    schema = {"type": "object", "properties": {"a": {}}}
    result = located({**schema, "properties": {"a": {}, "b": {}}}, {**schema, "additionalProperties": False})
    assert (result.keyword, result.member) == ("additionalProperties", "/b")


def test_values_of_an_enum_are_listed() -> None:
    result = located({"enum": ["a", "b"]}, {"enum": ["a", "c"]})
    assert result.explanation == 'enum is ["a", "c"]'


def test_document_carries_what_it_reaches() -> None:
    schema = JsonSchema({"$ref": "#/$defs/A"}, {"A": {"$ref": "#/$defs/B"}, "B": True, "C": True})
    assert schema.document() == {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": True}}


def test_schemas_are_counted_with_their_definitions() -> None:
    schema = {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"items": True}}}
    assert has_at_most(schema, 4)
    assert not has_at_most(schema, 3)
    large = {"properties": {str(number): {} for number in range(algebra.MOST_SUBTRACTED)}}
    assert algebra.subtract(large, True) is None
