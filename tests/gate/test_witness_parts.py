"""The steps of a search for a witness: lifted values, simpler values, edges between definitions and further breaks."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas import exclusions, inner_steps, lifting, witness
from change_gate.schemas.containment import Containment, Status
from change_gate.schemas.explain import Refusal
from change_gate.schemas.hints import Hints
from change_gate.schemas.lifting import Lifter
from change_gate.schemas.locations import Definitions
from change_gate.schemas.schema import JsonSchema
from change_gate.schemas.values import Generator


def ref(name: str) -> Any:
    return {"$ref": f"#/$defs/{name}"}


ONE: Any = {"required": ["b"], "properties": {"b": {"const": 1}}}


@pytest.mark.parametrize(
    ("path", "schema", "values"),
    [
        ((), {}, [7]),
        (("a",), {**ONE, "required": ["a", "b"]}, [{"b": 1, "a": 7}]),
        (("b",), ONE, [{"b": 7}]),
        (("a",), {"required": ["b"], "properties": {"b": False}}, [{"a": 7}]),
        ((2,), {"prefixItems": [{"const": 1}, {"const": 2}]}, [[1, 2, 7]]),
        ((0,), {"prefixItems": [{"const": 1}]}, [[7]]),
        ((1, "a"), {"prefixItems": [{"const": 1}], "items": ONE}, [[1, {"b": 1, "a": 7}]]),
        (("*",), {**ONE, "patternProperties": {"^x-y$": {}}}, [{"b": 1, "extra": 7}, {"b": 1, "x-y": 7}, {"b": 7}]),
        (("*",), {"anyOf": [ONE, {"patternProperties": {"^z$": {}}}]},
         [{"b": 1, "extra": 7}, {"b": 7}, {"extra": 7}, {"z": 7}]),
    ],
)  # fmt: skip
def test_value_is_lifted_to_the_end_of_a_path(
    path: tuple[str | int, ...], schema: Any, values: list[Any]
) -> None:
    generator = Generator(Definitions({}), Hints(), float("inf"))
    assert list(witness.lift(7, path, (schema,), generator)) == values


@pytest.mark.parametrize(
    ("value", "key"),
    [("é", (3, 1, '"é"')), ({"b": 1, "a": [True]}, (18, 0, '{"a":[true],"b":1}')), (1.5, (3, 0, "1.5")), (None, (4, 0, "null")),
     ("a b", (5, 1, '"a b"'))],
)  # fmt: skip
def test_size_prefers_short_and_usual_values(value: Any, key: tuple[int, int, str]) -> None:
    assert witness.size(value) == key


@pytest.mark.parametrize(
    ("value", "simpler"),
    [
        ({"a": 5, "b": "xy"},
         [{"b": "xy"}, {"a": 5}, {"a": 0, "b": "xy"}, {"a": 1, "b": "xy"}, {"a": 2, "b": "xy"}, {"a": 5, "b": ""},
          {"a": 5, "b": "a"}, {"a": 5, "b": "0"}, {"a": 5, "b": "x"}, {"a": 5, "b": "aa"}]),
        ([3, [2]], [[[2]], [3], [0, [2]], [1, [2]], [1, [2]], [3, []], [3, [0]], [3, [1]], [3, [1]]]),
        ("text", ["", "a", "0", "te", "tex", "aaaa"]),
        ("", ["", "a", "0"]),
        (7, [0, 1, 3]), (2.5, [0, 1, 2, 1.0]), (0, [1]), (-3, [0, 1, -2]), (True, []), (None, []),
    ],
)  # fmt: skip
def test_simplifications_are_one_step_simpler(value: Any, simpler: list[Any]) -> None:
    found = list(witness.simplifications(value))
    assert found == simpler
    assert list(map(repr, found)) == list(map(repr, simpler))


@pytest.mark.parametrize(("count", "is_small"), [(40, True), (41, False)])
def test_document_with_few_definitions_is_small(count: int, is_small: bool) -> None:
    assert witness.is_small({"$defs": {str(number): {} for number in range(count)}}) is is_small
    assert witness.is_small(True)


def test_foreign_schema_forbids_what_is_unknown() -> None:
    known = Definitions({"A": {}})
    part = {"properties": {"a": ref("A"), "b": ref("B"), "c": {}}, "anyOf": [ref("B"), True]}
    assert witness._readable(part, known) == {
        "properties": {"a": ref("A"), "b": False, "c": {}}, "anyOf": [False, True],
    }  # fmt: skip
    assert witness._readable(True, known) is True


EDGES: Any = {
    **ref("A"), "anyOf": [ref("B")], "oneOf": [True, ref("H")], "properties": {"p": ref("C"), "q": {"items": ref("D")}},
    "prefixItems": [True, ref("E")], "items": ref("F"), "additionalProperties": ref("G"), "not": ref("X"),
}  # fmt: skip


def test_edges_have_the_steps_inside_the_value() -> None:
    steps = [("A", ()), ("B", ()), ("H", ()), ("C", ("p",)), ("D", ("q", 0)), ("E", (1,)), ("F", (2,))]
    assert list(lifting._edges(EDGES, ())) == steps
    assert list(lifting._edges({"additionalProperties": ref("G")}, ("a",))) == [("G", ("a", "*"))]
    assert list(lifting._edges(True, ())) == []


@pytest.mark.parametrize(
    ("value", "steps", "way"),
    [
        ({"a": [1, 7]}, ("a", 0), ["a", 1]), ({"b": 1, "x": 7}, ("*",), ["x"]), ({"a": {"x": 7}}, ("a", "*"), ["a", "x"]),
        ([7], (5,), [0]), (7, (), []), ({"a": 8}, ("a",), None),
    ],
)  # fmt: skip
def test_way_to_the_inner_value_has_real_steps(value: Any, steps: Any, way: Any) -> None:
    assert lifting._way(value, steps, 7) == way


@pytest.mark.parametrize(
    ("value", "names", "has_member"),
    [({"a": 1}, "a", True), ({"b": [{"c": {"a": 1}}]}, "a", True), ({"b": ["a"]}, "a", False), ("a", "a", False), ({"a": 1}, "", False),
     ([[{"a": 1}]], "a", True)],
)  # fmt: skip
def test_member_is_found_anywhere_inside(value: Any, names: str, has_member: bool) -> None:
    assert lifting._has_member(value, frozenset(names)) is has_member


LEAF = "#/components/schemas/Leaf"
REFUSAL = Refusal("/parts/0/text", "maxLength", LEAF, "/properties/text/maxLength", "maxLength is 3")


def sides(root: Any) -> tuple[JsonSchema, JsonSchema]:
    """Return the same schema in two documents, of which the second has a shorter text."""
    found = []
    for longest in (5, 3):
        definitions: Any = {
            "Leaf": {"type": "object", "required": ["text"], "properties": {"text": {"maxLength": longest}}},
            "List": {"type": "array", "items": ref("Leaf"), "prefixItems": [{"const": "first"}]},
            "Map": {"type": "object", "additionalProperties": ref("List")},
            "Other": {"type": "null"},
        }
        found.append(JsonSchema(root, definitions, {"Leaf": LEAF, "Other": "#/components/schemas/Other"}))
    return found[0], found[1]


def lifter(root: Any) -> tuple[Lifter, JsonSchema, JsonSchema]:
    source, target = sides(root)
    found = Lifter(source.definitions, target.definitions)
    assert found.learn({"parts": [{"text": "aaaa"}]}, REFUSAL, source, target)
    return found, source, target


LONG = {"text": "aaaa"}


@pytest.mark.parametrize(
    ("root", "value", "member", "depth"),
    [
        (ref("Leaf"), LONG, "/text", 0),
        (ref("List"), ["first", LONG], "/1/text", 1),
        (ref("Map"), {"extra": ["first", LONG]}, "/extra/1/text", 2),
        ({"properties": {"m": ref("Map")}}, {"m": {"extra": ["first", LONG]}}, "/m/extra/1/text", 3),
        ({"required": ["n"], "properties": {"n": {"const": 1}, "l": ref("Leaf")}}, {"n": 1, "l": LONG}, "/l/text", 1),
        ({"items": {"allOf": [ref("Leaf")]}}, [LONG], "/0/text", 1),
    ],
)  # fmt: skip
def test_known_witness_is_lifted_step_by_step(root: Any, value: Any, member: str, depth: int) -> None:
    found, source, target = lifter(root)
    lifted = found.lift(source, target, frozenset())
    assert lifted is not None
    assert (lifted.value, lifted.depth) == (value, depth)
    assert lifted.refusal == Refusal(member, "maxLength", LEAF, REFUSAL.pointer, REFUSAL.explanation)
    assert found.lift(source, target, frozenset(["text"])) is None
    assert found.lift(source, target, frozenset(["none"])) is not None


@pytest.mark.parametrize(
    "root", [ref("Other"), {"properties": {"a": ref("Other")}}, {"not": ref("Leaf")}, True]
)
def test_schema_that_does_not_lead_to_the_witness_has_none(root: Any) -> None:
    found, source, target = lifter(root)
    assert found.lift(source, target, frozenset()) is None


def test_witness_is_learned_with_the_definition_that_it_breaks() -> None:
    source, target = sides(ref("Leaf"))
    found = Lifter(source.definitions, target.definitions)
    assert not found.learn({"parts": [{"text": "aa"}]}, REFUSAL, source, target)
    assert found.lift(source, target, frozenset()) is None
    unknown = Refusal("", "type", "", "/type", "")
    assert found.learn("a", unknown, source, target)  # no definition to know
    assert not found.learn(
        LONG, REFUSAL, source, JsonSchema(ref("Leaf"), target.definitions, {"Leaf": "#/other"})
    )
    assert found.learn([LONG], Refusal("/0", "maxLength", LEAF, "", ""), source, target)
    assert found.learn("known by now", REFUSAL, source, target)
    lifted = found.lift(source, target, frozenset())
    assert lifted is not None
    assert (lifted.value, lifted.refusal.member) == (LONG, "")


PART: Any = {"properties": {"a": {"type": "null"}, "b": True}, "patternProperties": {"^p": {"minimum": 1}},
             "additionalProperties": {"maximum": 2}, "prefixItems": [True, {"minimum": 3}], "items": {"maximum": 4}}  # fmt: skip
SOURCE: Any = ({"properties": {"a": {"const": 1}, "c": {}}, "additionalProperties": {"const": 2},
                "patternProperties": {"x": {"const": 3}}, "prefixItems": [{"const": 4}] * 4},)  # fmt: skip


def test_steps_lead_to_each_inner_schema_of_the_target() -> None:
    found = list(inner_steps.steps(SOURCE, PART, inner_steps.is_split))
    assert found == [
        ("a", ({"const": 1},), ({"type": "null"},)),
        ("c", ({},), ({"maximum": 2},)),
        ("*", ({"const": 2},), ({"minimum": 1}, {"maximum": 2})),
        ("*", ({"const": 3},), ({"minimum": 1}, {"maximum": 2})),
        (1, ({"const": 4},), ({"minimum": 3},)),
        (2, ({"const": 4},), ({"maximum": 4},)),
        (3, ({"const": 4},), ({"maximum": 4},)),
        (4, (), ({"maximum": 4},)),
    ]
    typed = [[step for step, _, _ in inner_steps.steps(({"type": kind},), PART, inner_steps.is_split)]
             for kind in ("object", "array", "string")]  # fmt: skip
    assert typed == [["a", "*"], [1, 2], []]
    assert inner_steps.without(PART) == {
        "properties": {"a": True, "b": True}, "patternProperties": {"^p": True}, "additionalProperties": True,
        "prefixItems": [True, True], "items": True,
    }  # fmt: skip
    assert inner_steps.without_any(False) is False


def broken(
    keyword: str, value: Any = None, member: str = "", pointer: str = "", reference: str = ""
) -> Containment:
    return Containment(Status.ESCAPES, value, member, keyword, reference, pointer or f"/{keyword}")


@pytest.mark.parametrize(
    ("schema", "found", "loosened"),
    [
        ({"maximum": 1, "type": "number"}, broken("maximum"), {"type": "number"}),
        ({"required": ["a", "b", "c"]}, broken("required", {"b": 1}), {"required": ["b"]}),
        ({"required": ["a"]}, broken("required", "text"), {}),
        ({"items": {"required": ["a", "b"]}}, broken("required", [{}, {"a": 1}], "/1", "/items/required"), {"items": {"required": ["a"]}}),
        ({"additionalProperties": False}, broken("additionalProperties", {"x/y": 1}, "/x~1y"),
         {"additionalProperties": False, "properties": {"x/y": True}}),
        ({"properties": {"a": {}}, "unevaluatedProperties": False}, broken("unevaluatedProperties", {"x": 1}, "/x"),
         {"properties": {"a": {}, "x": True}, "unevaluatedProperties": False}),
        ({"additionalProperties": False}, broken("additionalProperties", {"x": 1}), {}),
        ({"anyOf": [{}, {"const": 1}]}, broken("const", pointer="/anyOf/1/const"), {"anyOf": [{}, {}]}),
        ({"anyOf": [{}]}, broken("const", pointer="/anyOf/1/const"), None),
        ({"anyOf": [{}]}, broken("const", pointer="/anyOf/x/const"), None),
        ({"anyOf": [True]}, broken("const", pointer="/anyOf/0/const"), None),
        ({"type": "null"}, broken("maximum"), None),
        ({"type": "null"}, Containment(Status.ESCAPES), None),
        (True, broken("maximum"), None),
    ],
)  # fmt: skip
def test_break_is_left_out_of_a_schema(schema: Any, found: Containment, loosened: Any) -> None:
    result = exclusions.without(JsonSchema(schema), found)
    assert (result.root if result is not None else None) == loosened


def test_break_is_left_out_of_each_copy_of_a_definition() -> None:
    target = JsonSchema(ref("A"), {"A": {"maximum": 1}, "A-2": {"maximum": 2, "minimum": 1}, "B": {"maximum": 3}},
                        {"A": "#/x/A", "A-2": "#/x/A", "B": "#/x/B"})  # fmt: skip
    result = exclusions.without(target, broken("maximum", reference="#/x/A"))
    assert result is not None
    assert dict(result.definitions) == {"A": {}, "A-2": {"minimum": 1}, "B": {"maximum": 3}}
    assert (result.root, result.references) == (target.root, target.references)
    assert exclusions.without(target, broken("multipleOf", reference="#/x/A")) is None
    assert exclusions.without(target, broken("maximum", reference="#/x/C")) is None


@pytest.mark.parametrize(
    ("found", "key"),
    [
        (broken("maximum", 1, "/a", "/properties/a/maximum", "#/A"), ("#/A", "/properties/a/maximum")),
        (broken("required", [{"c": 1, "b": 2}], "/0", "/items/required"), ("", "/items/required", "b", "c")),
        (broken("required", "text"), ("", "/required")),
        (broken("additionalProperties", {"a": {"x": 1}}, "/a/x"), ("", "/additionalProperties", "x")),
        (broken("unevaluatedProperties", {}), ("", "/unevaluatedProperties")),
    ],
)
def test_equal_breaks_have_one_key(found: Containment, key: tuple[str, ...]) -> None:
    assert exclusions.key(found) == key
