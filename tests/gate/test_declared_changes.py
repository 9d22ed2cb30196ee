"""Changes of declared members that containment does not see, and the schemas of both sides that belong together."""

from __future__ import annotations

from typing import Any

import pytest
from gate.pair_tables import document, read
from gate.sides import read_side, schema_node

from change_gate.comparison import compare, flattening
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Pair
from change_gate.comparison.options import Options
from change_gate.comparison.reasons import ABSENT
from change_gate.documents import Node
from change_gate.findings import Direction

TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
START = "/components/schemas/"


def having(*names: str, **others: Any) -> Any:
    return {"properties": {name: {"type": "string"} for name in names}, **others}


def ref(name: str) -> Any:
    return {"$ref": f"#{START}{name}"}


def changes(base: Any, head: Any, direction: Direction = TO_CLIENT, *, is_strict: bool = False) -> list[Any]:
    """Return the changes between the schemas S of two sets of components."""
    sides = [read_side({"root": {"components": {"schemas": one}}}) for one in (base, head)]
    context = Context.create(*sides, Options(open_objects="strict" if is_strict else "lenient"))
    return context.declared[direction].find(Pair(*(side.node(START + "S") for side in sides)))


def place(node: Node | None) -> str | None:
    return node.pointer.removeprefix(START) if node else None


@pytest.mark.parametrize(
    ("base", "head", "removed"),
    [
        (having("a", "b"), having("a"), [("/b", "S/properties/b", "S")]),
        (having("a"), having("a", "b"), []),
        (having("a"), having("a", title="x"), []),
        (having("a"), {}, []),
        (having("a"), True, []),
        (having("a"), {"type": "object"}, [("/a", "S/properties/a", "S")]),
        (having("a"), {"additionalProperties": {"type": "null"}}, []),
        (having("a"), {"additionalProperties": False}, [("/a", "S/properties/a", "S")]),
        (having("a"), {"additionalProperties": True}, [("/a", "S/properties/a", "S")]),
        (having("a"), {"patternProperties": {"^x": {"type": "null"}}}, []),
        ({"items": having("a", "b")}, {"items": having("a")}, [("/*/b", "S/items/properties/b", "S/items")]),
        ({"items": having("a")}, {"type": "array"}, []),
        ({"additionalProperties": having("a", "b")}, {"additionalProperties": having("a")},
         [("/*/b", "S/additionalProperties/properties/b", "S/additionalProperties")]),
        ({"prefixItems": [{}, having("a", "b")]}, {"prefixItems": [{}, having("a")]},
         [("/1/b", "S/prefixItems/1/properties/b", "S/prefixItems/1")]),
        ({"prefixItems": [{}, having("a", "b")]}, {"prefixItems": [{}]}, []),
        ({"patternProperties": {"^x/": having("a", "b")}}, {"patternProperties": {"^x/": having("a")}},
         [("/*/b", "S/patternProperties/^x~1/properties/b", "S/patternProperties/^x~1")]),
        ({"properties": {"x/y": having("a", "b")}}, {"properties": {"x/y": having("a")}},
         [("/x~1y/b", "S/properties/x~1y/properties/b", "S/properties/x~1y")]),
        ({"properties": {"x": True, "a": {}}}, {"properties": {"x": True}}, [("/a", "S/properties/a", "S")]),
        ({"properties": {"x": True, "a": {}}}, {"properties": {"x": False}},
         [("/x", "S/properties/x", "S"), ("/a", "S/properties/a", "S")]),
        ({"oneOf": [having("a", "b"), having("c", "d")]}, {"oneOf": [having("c"), having("a")]},
         [("/d", "S/oneOf/1/properties/d", "S"), ("/b", "S/oneOf/0/properties/b", "S")]),
        ({"oneOf": [having("a"), having("c", "d")]}, {"oneOf": [having("c", "d")]}, []),
        ({"allOf": [having("a", "b"), having("b", "c")]}, {"allOf": [having("a")]},
         [("/b", "S/allOf/0/properties/b", "S"), ("/c", "S/allOf/1/properties/c", "S")]),
        ({"properties": {"n": ref("S"), "a": {}}}, {"properties": {"n": ref("S")}},
         [("/a", "S/properties/a", "S"), ("/n/a", "S/properties/a", "S")]),
    ],
)  # fmt: skip
def test_removed_members_have_their_places(base: Any, head: Any, removed: list[Any]) -> None:
    found = changes({"S": base}, {"S": head})
    assert {change.rule for change in found} <= {"property-removed"}
    assert [(change.member, place(change.pair.base), place(change.parent)) for change in found] == removed
    assert all(change.pair.head is None for change in found)


@pytest.mark.parametrize(("direction", "member"), [(TO_CLIENT, "/r"), (TO_SERVER, "/w")])
def test_member_that_is_not_sent_is_not_removed(direction: Direction, member: str) -> None:
    members = {"r": {"readOnly": True}, "w": {"allOf": [{"writeOnly": True}]}}
    found = changes({"S": {"properties": members}}, {"S": {"type": "object"}}, direction)
    assert [change.member for change in found] == [member]


@pytest.mark.parametrize(
    ("base", "direction", "is_strict", "added"),
    [
        (having("a"), TO_CLIENT, True, ["/b"]),
        (having("a"), TO_CLIENT, False, []),
        (having("a"), TO_SERVER, True, []),
        (having("a", additionalProperties=True), TO_CLIENT, True, ["/b"]),
        (having("a", additionalProperties={"type": "string"}), TO_CLIENT, True, []),
    ],
)
def test_added_members_count_only_for_strict_clients(
    base: Any, direction: Direction, is_strict: bool, added: list[str]
) -> None:
    found = changes({"S": base}, {"S": having("a", "b")}, direction, is_strict=is_strict)
    assert [(change.rule, change.member) for change in found] == [("property-added", name) for name in added]
    assert [place(change.pair.head) for change in found] == ["S/properties/b"] * len(added)


@pytest.mark.parametrize(
    ("base", "head", "values"),
    [
        ({"default": 1}, {"default": 2}, (1, 2)),
        ({"default": 1}, {"default": True}, (1, True)),
        ({"default": 1}, {"default": 1.0}, None),
        ({"default": 1}, {}, (1, ABSENT)),
        ({}, {"default": None}, (ABSENT, None)),
        ({"default": [1]}, {"default": [1]}, None),
        ({"allOf": [{"default": 1}]}, {"default": 1, "type": "integer"}, None),
        ({"anyOf": [{"default": 1}]}, {"type": "integer"}, None),
    ],
)
def test_changed_default_has_both_values(base: Any, head: Any, values: Any) -> None:
    found = changes({"S": {"properties": {"x": base}}}, {"S": {"properties": {"x": head}}})
    shown = [(one.rule, one.member, (one.base_value, one.head_value)) for one in found]
    assert shown == ([] if values is None else [("default-changed", "/x", values)])
    assert [repr(value) for one in shown for value in one[2]] == [repr(value) for value in values or ()]


XML = "xml-changed"


@pytest.mark.parametrize(
    ("base", "head", "rules"),
    [
        ({"xml": {"name": "a"}}, {"xml": {"name": "b"}}, [XML]),
        ({"xml": {"attribute": False, "name": None}}, {"type": "null"}, []),
        ({"xml": {"attribute": True}}, {}, [XML]),
        ({}, {"allOf": [{"xml": {"wrapped": True}}]}, [XML]),
        ({"discriminator": {"propertyName": "k"}}, {"type": "object"}, ["discriminator"]),
        ({"type": "object"}, {"discriminator": {"propertyName": "k"}}, ["discriminator"]),
        ({"type": "object"}, {"type": "null"}, []),
    ],
)
def test_other_changes_of_a_schema_are_found(base: Any, head: Any, rules: list[str]) -> None:
    assert [(change.rule, change.member) for change in changes({"S": base}, {"S": head})] == [
        (rule, "") for rule in rules
    ]


def tagged(tag: Any, *names: str, keyword: str = "const") -> Any:
    return having(*names) | {"properties": {**having(*names)["properties"], "k": {keyword: tag}}}


def test_alternatives_of_another_class_are_not_compared() -> None:
    swapped = [tagged("x", "m"), tagged("y")], [tagged("y", "m"), tagged("x")]
    base, head = ({"S": {"oneOf": branches}} for branches in swapped)
    assert [place(change.pair.base) for change in changes(base, head, TO_SERVER)] == [
        "S/oneOf/0/properties/m"
    ]
    gone = {"S": {"oneOf": [tagged(["z"], keyword="enum")]}}
    assert changes({"S": {"oneOf": [tagged(["x"], "m", keyword="enum")]}}, gone, TO_SERVER) == []
    shared = {"S": {"oneOf": [tagged(["z", "x"], keyword="enum")]}}
    assert [one.member for one in changes({"S": {"oneOf": [tagged("x", "m")]}}, shared, TO_SERVER)] == ["/m"]


def test_component_of_the_same_name_is_the_closest_alternative() -> None:
    branches = {"oneOf": [ref("A"), ref("B")]}
    base = {"S": branches, "A": having("a", "b"), "B": having("a")}
    head = {"S": {"oneOf": [ref("B"), ref("A")]}, "A": having("a"), "B": having("a", "b")}
    found = changes(base, head, TO_SERVER)
    assert [(change.member, place(change.pair.base)) for change in found] == [("/b", "A/properties/b")]


@pytest.mark.parametrize(("depth", "count"), [(60, 1), (61, 0)])
def test_members_are_compared_to_a_depth(depth: int, count: int) -> None:
    base, head = having("a", "b"), having("a")
    for _ in range(depth):
        base, head = {"items": base}, {"items": head}
    assert [change.member for change in changes({"S": base}, {"S": head})] == ["/*" * depth + "/b"] * count


def test_document_with_a_schema_of_all_values_is_compared() -> None:
    sides = ({"properties": {"any": True, "a": {}}}, {"properties": {"any": True}})
    findings = compare(*(read(document({"body": side})) for side in sides)).findings
    assert [finding.rule for finding in findings] == ["request-body-property-removed"]


@pytest.mark.parametrize(("count", "found"), [(63, 63), (64, 64), (65, 64)])
def test_number_of_alternatives_is_limited(count: int, found: int) -> None:
    node = schema_node({"oneOf": [{"maximum": number} for number in range(count)]})
    assert len(flattening.alternatives([node])) == found
    both = schema_node({"allOf": [{"anyOf": [{}] * count}, {"anyOf": [{}, {}]}]})
    assert len(flattening.alternatives([both])) == 64


def pointers(schema: Any, **components: Any) -> list[list[str]]:
    node = schema_node(schema, **components)
    return [[part.pointer.removeprefix(START) for part in one] for one in flattening.alternatives([node])]


@pytest.mark.parametrize(
    ("schema", "alternatives"),
    [
        (True, [[]]),
        ({"type": "null"}, [["S"]]),
        (ref("A"), [["A"]]),
        ({**ref("A"), "title": "x"}, [["S", "A"]]),
        ({"allOf": [ref("A"), {}]}, [["S", "A", "S/allOf/1"]]),
        ({"anyOf": [ref("A"), {}]}, [["S", "A"], ["S", "S/anyOf/1"]]),
        ({"oneOf": [{}, {}], "anyOf": [{}, {}]},
         [["S", f"S/anyOf/{one}", f"S/oneOf/{other}"] for one in (0, 1) for other in (0, 1)]),
        ({"then": {}, "else": {}}, [["S", "S/then", "S/else"]]),
        ({"anyOf": []}, [["S"]]),
        ({"items": ref("S")}, [["S"]]),
        ({"allOf": [{"anyOf": [ref("S"), {}]}]}, [["S", "S/allOf/0"], ["S", "S/allOf/0", "S/allOf/0/anyOf/1"]]),
    ],
)  # fmt: skip
def test_alternatives_are_lists_of_parts(schema: Any, alternatives: list[list[str]]) -> None:
    assert pointers(schema, A={"type": "null"}) == alternatives


def test_parts_follow_references_of_their_version() -> None:
    root = {"components": {"schemas": {"S": {**ref("A"), "title": "x"}, "A": {"allOf": [{}, {}]}}}}
    found = {}
    for version in ("3.0.3", "3.1.0"):
        node = read_side({"openapi": version, "root": root}).node(START + "S")
        found[version] = [place(part) for part in flattening.parts(node)], pointers_of(node)
    assert found == {
        "3.0.3": (["A", "A/allOf/1", "A/allOf/0"], [["A", "A/allOf/0", "A/allOf/1"]]),
        "3.1.0": (["S", "A", "A/allOf/1", "A/allOf/0"], [["S", "A", "A/allOf/0", "A/allOf/1"]]),
    }


def pointers_of(node: Node) -> list[list[str | None]]:
    return [[place(part) for part in one] for one in flattening.alternatives([node])]


def test_children_are_found_at_the_paths_of_all_parts() -> None:
    patterned = schema_node({"prefixItems": [{}, True], "patternProperties": {"a/b": {}}, "items": {}})
    other = schema_node({"prefixItems": [{}, {}, {}]})
    paths = [
        ("prefixItems/0", "/0"),
        ("prefixItems/1", "/1"),
        ("patternProperties/a/b", "/*"),
        ("prefixItems/2", "/2"),
    ]
    assert flattening.indexed((patterned, other)) == paths
    assert [len(flattening.children((patterned, other), path)) for path, _ in [*paths, ("items", "")]] == [
        2,
        1,
        1,
        1,
        1,
    ]
    assert [node.pointer for node in flattening.children((patterned,), "patternProperties/a/b")] == [
        f"{START}S/patternProperties/a~1b"
    ]
