"""The containment of schemas at each place, and what both documents write alike."""

from __future__ import annotations

from typing import Any

import pytest
from gate.sides import read_side

from change_gate.comparison import values
from change_gate.comparison.directions import Pair
from change_gate.comparison.options import Options
from change_gate.comparison.values import Unchanged, Values, references, same
from change_gate.documents import Document
from change_gate.findings import Direction
from change_gate.schemas.containment import Status

TO_CLIENT, TO_SERVER = Direction.SERVER_TO_CLIENT, Direction.CLIENT_TO_SERVER


def side(version: str = "3.1.0", **schemas: Any) -> Document:
    """Return a document with these schemas as components."""
    return read_side({"openapi": version, "root": {"components": {"schemas": schemas}}})


def node(document: Document, name: str) -> Any:
    return document.node(f"/components/schemas/{name}")


def pair(base: Document, head: Document, name: str) -> Pair:
    return Pair(node(base, name), node(head, name))


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def is_unchanged(old: Any, new: Any) -> bool:
    base, head = side(S=old), side(S=new)
    return Unchanged(base, head).check(pair(base, head, "S"))


@pytest.mark.parametrize(
    ("old", "new", "unchanged"),
    [
        ({"type": "string"}, {"type": "string"}, True),
        ({"type": "string"}, {"type": "string", "description": "a"}, True),
        ({"type": "string", "title": "a"}, {"type": "string", "x-note": 1}, True),
        ({"type": "string"}, {"type": "integer"}, False),
        ({"type": "string"}, {"type": "string", "minLength": 0}, False),
        ({"allOf": [{"title": "a"}]}, {"allOf": [{"title": "b"}]}, True),
        ({"allOf": [{}]}, {"allOf": [{}, {}]}, False),
        ({"properties": {"title": {}}}, {"properties": {}}, False),
        ({"properties": {"a": {"title": "a"}}}, {"properties": {"a": {"title": "b"}}}, True),
        ({"properties": {"x-a": {}}}, {"properties": {"x-b": {}}}, False),
        ({"properties": {"enum": {"title": "a"}}}, {"properties": {"enum": {"title": "b"}}}, True),
        (
            {"properties": {"properties": {"title": "a"}}},
            {"properties": {"properties": {"title": "b"}}},
            True,
        ),
        ({"enum": [{"title": "a"}]}, {"enum": [{"title": "b"}]}, False),
        ({"default": {"title": "a"}}, {"default": {"title": "b"}}, False),
        ({"enum": [1]}, {"enum": [True]}, False),
        ({"enum": [0, {"a": [False]}]}, {"enum": [0, {"a": [0]}]}, False),
        ({"enum": [1]}, {"enum": [1.0]}, True),
        ({"$dynamicRef": "#a"}, {"$dynamicRef": "#a"}, True),
    ],
)
def test_schema_is_unchanged_but_for_annotations(old: Any, new: Any, unchanged: bool) -> None:
    assert is_unchanged(old, new) is unchanged
    assert is_unchanged(new, old) is unchanged


def test_absent_schema_is_unchanged_only_if_both_are_absent() -> None:
    base = side(S={})
    unchanged = Unchanged(base, side(S={}))
    assert unchanged.check(Pair(None, None))
    assert not unchanged.check(Pair(node(base, "S"), None))
    assert not unchanged.check(Pair(None, node(base, "S")))


def test_another_version_of_openapi_changes_each_schema() -> None:
    base, head = side("3.0.3", S={"type": "string"}), side(S={"type": "string"})
    assert not Unchanged(base, head).check(pair(base, head, "S"))
    assert not Unchanged(base, head).check(Pair(None, None))


def test_referenced_definition_counts() -> None:
    schemas = {"S": ref("A"), "T": {"items": ref("B")}, "A": {"items": ref("B")}, "U": ref("V")}
    base = side(**schemas, B={"type": "string"}, V={"items": ref("U")})
    head = side(**schemas, B={"type": "integer"}, V={"items": ref("U")})
    unchanged = Unchanged(base, head)
    for _ in range(2):  # the second time from memory
        for name in ("S", "T", "A"):
            assert not unchanged.check(pair(base, head, name)), name
        assert unchanged.check(pair(base, head, "U"))
    assert unchanged.changed(pair(base, head, "S")) == {"#/components/schemas/B"}
    assert unchanged.changed(pair(base, head, "U")) == frozenset()


def test_changed_definitions_are_empty_if_the_sides_differ() -> None:
    base, head = side(S=ref("A"), A={}, B={}), side(S=ref("B"), A={"type": "null"}, B={"type": "null"})
    unchanged = Unchanged(base, head)
    assert unchanged.changed(pair(base, head, "S")) == frozenset()
    assert unchanged.changed(Pair(node(base, "S"), None)) == frozenset()
    assert unchanged.changed(Pair(None, node(head, "S"))) == frozenset()


def test_each_changed_definition_is_found_once() -> None:
    schemas = {"S": {"anyOf": [ref("A"), ref("B"), ref("A")]}, "A": {"items": [ref("S"), ref("B"), ref("C")]}}
    base, head = side(**schemas, B={"type": "string"}, C={"minimum": 1}), side(**schemas, B={}, C={})
    found = Unchanged(base, head).changed(pair(base, head, "S"))
    assert found == {"#/components/schemas/B", "#/components/schemas/C"}


def test_first_changed_definition_is_shown() -> None:
    schemas = {"S": {"anyOf": [ref("B"), ref("A")]}}
    base, head = side(**schemas, A={}, B={}), side(**schemas, A={"minimum": 1}, B={"minimum": 1})
    found = Values(base, head, Options()).changed(pair(base, head, "S"))
    assert (found.base, found.head) == (node(base, "A"), node(head, "A"))
    same_pair = pair(base, head, "A")
    assert Values(base, head, Options()).changed(same_pair) is same_pair


def test_containment_depends_on_the_direction() -> None:
    base, head = side(S={"enum": ["a", "b"]}), side(S={"enum": ["a"]})
    compared = Values(base, head, Options())
    sent_by_client = compared.contain(TO_SERVER, pair(base, head, "S"))
    assert (sent_by_client.status, sent_by_client.witness) == (Status.ESCAPES, "b")
    assert compared.contain(TO_CLIENT, pair(base, head, "S")).holds


def test_absent_schema_allows_each_value() -> None:
    base, head = side(S={"type": "string"}), side()
    compared = Values(base, head, Options())
    assert compared.contain(TO_SERVER, Pair(node(base, "S"), None)).holds
    assert not compared.contain(TO_CLIENT, Pair(node(base, "S"), None)).holds
    assert compared.convert(TO_SERVER, "base", None).root is True


def test_places_with_the_same_definition_share_a_result() -> None:
    schemas = {"S": ref("A"), "T": ref("A"), "U": {"$ref": "#/components/schemas/A", "title": "a"}}
    base, head = side(**schemas, A={"type": "string"}), side(**schemas, A={"type": "integer"})
    compared = Values(base, head, Options())
    first = compared.contain(TO_SERVER, pair(base, head, "S"))
    assert compared.contain(TO_SERVER, pair(base, head, "T")) is first
    assert compared.contain(TO_SERVER, pair(base, head, "A")) is first
    other = compared.contain(TO_SERVER, pair(base, head, "U"))
    assert other is not first
    assert other.status is first.status
    assert compared.contain(TO_CLIENT, pair(base, head, "S")) is not first


def narrowed(**schemas: Any) -> tuple[Document, Document, Values]:
    """Return two documents of which the second one narrows `A`, and their comparison."""
    base, head = side(**schemas, A={"enum": ["a", "b"]}), side(**schemas, A={"enum": ["a"]})
    return base, head, Values(base, head, Options())


def member(name: str) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: ref("A")}}


def test_spent_time_leaves_known_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "BUDGET", -1.0)
    monkeypatch.setattr(values, "LONGEST", -1.0)
    base, head, compared = narrowed(S=ref("A"), T=member("t"), U={"not": ref("A"), "enum": ["b", "c"]})
    # The first failure of a definition is searched for at length.
    assert compared.contain(TO_SERVER, pair(base, head, "S")).witness == "b"
    assert compared.contain(TO_SERVER, pair(base, head, "T")).witness == {"t": "b"}
    unproven = compared.contain(TO_CLIENT, pair(base, head, "U"))
    assert unproven.status is not Status.UNPROVEN  # nothing failed in this direction yet


def test_definition_that_fails_elsewhere_is_searched_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    base, head, compared = narrowed(S=ref("A"), T={"not": {"not": {"allOf": [ref("A"), {"const": "b"}]}}})
    assert not compared.contain(TO_SERVER, pair(base, head, "S")).holds
    monkeypatch.setattr(values, "BUDGET", -1.0)
    monkeypatch.setattr(values, "LONGEST", -1.0)
    monkeypatch.setattr(
        compared._comparers[TO_SERVER],
        "compare",
        lambda *_, is_lifted_only=False: values.Containment(Status.UNPROVEN, tried=(str(is_lifted_only),)),
    )
    unproven = compared.contain(TO_SERVER, pair(base, head, "T"))
    assert unproven.tried == ("nothing, since #/components/schemas/A already fails elsewhere",)


def test_time_of_each_comparison_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 13.0, 20.0, 22.5])
    base, head, compared = narrowed(S=ref("A"), T={"items": ref("A")})
    monkeypatch.setattr(values.time, "process_time", lambda: next(clock))
    monkeypatch.setattr(
        compared, "compare", lambda *_: values.Containment(Status.ESCAPES)
    )  # the engine reads the same clock
    for name in ("S", "T"):
        compared.contain(TO_SERVER, pair(base, head, name))
    assert compared._seconds == 5.5


def test_large_schemas_compare_each_changed_definition_first(monkeypatch: pytest.MonkeyPatch) -> None:
    large = {"properties": {f"m{index}": {"enum": list(range(40))} for index in range(60)}}
    schemas = {"S": {**large, "items": ref("A")}, "T": {**large, "contains": ref("A")}}
    base, head = side(**schemas, A={"enum": ["a", "b"]}), side(**schemas, A={"enum": ["a"]})
    compared = Values(base, head, Options())
    seen: list[Any] = []

    def record(direction: Direction, source: Any, target: Any) -> values.Containment:
        seen.append(source.root)
        return values.EQUAL

    monkeypatch.setattr(compared, "compare", record)
    monkeypatch.setattr(values, "is_small", lambda _: False)
    for name in ("S", "T"):
        compared.contain(TO_SERVER, pair(base, head, name))
    assert ["$ref" in one for one in seen] == [True, False, False]


def test_equal_values_are_the_same_only_with_equal_booleans() -> None:
    assert same({"a": [1, {"b": True}]}, {"a": [1, {"b": True}]})
    assert not same({"a": [1, {"b": True}]}, {"a": [1, {"b": 1}]})
    assert not same([0], [False])
    assert same(1, 1.0)


def test_member_named_mapping_is_no_reference() -> None:
    schema = {"properties": {"mapping": {"type": "string"}, "discriminator": {"type": "string"}}}
    assert references(schema) == frozenset()
    assert is_unchanged(schema, {**schema, "title": "a"})


def test_references_include_targets_of_a_discriminator() -> None:
    schema = {
        "oneOf": [ref("A"), {"items": ref("B")}],
        "discriminator": {"mapping": {"c": "C", "d": "#/x/D", "e": 1}},
        "properties": {"$ref": {"type": "string"}},
    }
    assert references(schema) == {
        "#/components/schemas/A",
        "#/components/schemas/B",
        "#/components/schemas/C",
        "#/x/D",
    }
