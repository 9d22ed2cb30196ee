"""The places of a break in both documents."""

from __future__ import annotations

from typing import Any

import pytest
from gate.sides import read_side

from change_gate.comparison import changed_places
from change_gate.comparison.directions import Pair
from change_gate.documents import Node
from change_gate.findings import Direction
from change_gate.schemas.containment import Containment, Status

TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
START = "/components/schemas/"


def places(base: Any, head: Any, direction: Direction, **containment: Any) -> tuple[str | None, str | None]:
    """Return the places of a break between the schemas S of two sets of components."""
    sides = [read_side({"root": {"components": {"schemas": one}}}) for one in (base, head)]
    pair = Pair(*(side.node(START + "S") for side in sides))
    found = changed_places.find(pair, direction, Containment(Status.ESCAPES, **containment))
    return place(found.base), place(found.head)


def place(node: Node | None) -> str | None:
    return node.pointer.removeprefix(START) if node else None


OLD = {"properties": {"a": {"type": "string"}, "l": {"items": {"minimum": 1}}}, "required": ["a"]}
NEW = {
    "properties": {"a": {"type": "null", "maxLength": 1}, "l": {"prefixItems": [{"minimum": 2}]}},
    "required": [],
}


@pytest.mark.parametrize(
    ("pointer", "base", "head"),
    [
        ("/required", "S/required", "S/required"),
        ("/properties/a/type", "S/properties/a/type", "S/properties/a/type"),
        ("/properties/a/maxLength", "S/properties/a", "S/properties/a/maxLength"),
        ("/properties/l/items/minimum", "S/properties/l/items/minimum", "S/properties/l"),
        ("/properties/l/prefixItems/0/minimum", "S/properties/l", "S/properties/l/prefixItems/0/minimum"),
        ("/properties/l/prefixItems/1/minimum", "S/properties/l", "S/properties/l/prefixItems"),
        ("/properties/l/prefixItems/x", "S/properties/l", "S/properties/l/prefixItems"),
        ("/properties/z/type", "S/properties", "S/properties"),
        ("", "S", "S"),
        ("odd", "S", "S"),
    ],
)
@pytest.mark.parametrize("direction", [TO_SERVER, TO_CLIENT])
def test_place_is_the_keyword_or_the_closest_schema(
    pointer: str, base: str, head: str, direction: Direction
) -> None:
    assert places({"S": OLD}, {"S": NEW}, direction, pointer=pointer) == (base, head)


def ref(name: str) -> Any:
    return {"$ref": f"#{START}{name}"}


TEXT = {"properties": {"x": {"type": "string"}}}
REFERENCES = {"properties": {"p": ref("T")}, "items": ref("T"), "patternProperties": {"^z$": ref("T")}}
WRITTEN = {"properties": {"p": TEXT}, "prefixItems": [{}, TEXT], "additionalProperties": TEXT}
INNER = "S/{}/properties/x/type"


@pytest.mark.parametrize(
    ("base", "member", "sent"),
    [
        (REFERENCES, "/p/x", "T/properties/x/type"),
        (REFERENCES, "/0/x", "T/properties/x/type"),
        (REFERENCES, "/z/x", "T/properties/x/type"),
        ({"properties": {"p": ref("T")}}, "/x", "S"),
        ({"anyOf": [{}, ref("T")]}, "/p/x", "T/properties/x/type"),
        (WRITTEN, "/p/x", INNER.format("properties/p")),
        (WRITTEN, "/1/x", INNER.format("prefixItems/1")),
        (WRITTEN, "/q/x", INNER.format("additionalProperties")),
        (WRITTEN, "/p/y", "S/properties/p"),
        ({}, "/p/x", "S"),
        (True, "/p/x", "S"),
    ],
)
def test_sender_has_a_counterpart_of_a_shared_schema(base: Any, member: str, sent: str) -> None:
    found = places(
        {"S": base, "T": TEXT},
        {"S": {"properties": {"p": ref("T")}}, "T": {"properties": {"x": {"type": "null"}}}},
        TO_SERVER,
        pointer="/properties/x/type", keyword="type", reference=f"#{START}T", member=member,
    )  # fmt: skip
    assert found == (sent, "T/properties/x/type")


@pytest.mark.parametrize("reference", [f"#{START}None", "odd"])
def test_unknown_reference_leaves_the_schema_itself(reference: str) -> None:
    broken = {"pointer": "/properties/a/type", "keyword": "type", "reference": reference, "member": "/a"}
    assert places({"S": OLD}, {"S": NEW}, TO_SERVER, **broken) == ("S/properties/a/type",) * 2


CLOSED = {"properties": {"a": {"additionalProperties": False}}, "additionalProperties": False}
DECLARED = {"properties": {"a": {"properties": {"z": {}}}}, "additionalProperties": {"type": "string"}}


@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
@pytest.mark.parametrize(
    ("pointer", "member", "base", "head"),
    [
        ("/additionalProperties", "/q", "S/additionalProperties", "S/additionalProperties"),
        ("/additionalProperties", "", "S/additionalProperties", "S/additionalProperties"),
        ("/properties/a/additionalProperties", "/a/z", "S/properties/a/properties/z", "S/properties/a/additionalProperties"),
        ("/properties/a/additionalProperties", "/a/y", "S/properties/a", "S/properties/a/additionalProperties"),
    ],
)  # fmt: skip
def test_refused_member_is_the_place_in_the_senders_document(
    keyword: str, pointer: str, member: str, base: str, head: str
) -> None:
    broken = {"pointer": pointer, "keyword": keyword, "member": member}
    assert places({"S": DECLARED}, {"S": CLOSED}, TO_SERVER, **broken) == (base, head)
    assert places({"S": CLOSED}, {"S": DECLARED}, TO_CLIENT, **broken) == (head, base)


@pytest.mark.parametrize(("count", "last"), [(200, 199), (201, 199)])
def test_schemas_of_a_member_are_limited(count: int, last: int) -> None:
    schema = {"allOf": [{"properties": {"p": {}}} for _ in range(count)]}
    side = read_side({"root": {"components": {"schemas": {"S": schema}}}})
    found = changed_places._children([side.node(START + "S")], "p", TO_SERVER)
    assert [place(node) for node in found] == [f"S/allOf/{index}/properties/p" for index in range(last + 1)]


def test_absent_sides_have_no_place() -> None:
    node = read_side({"root": {"components": {"schemas": {"S": OLD}}}}).node(START + "S")
    broken = Containment(Status.ESCAPES, pointer="/required", keyword="required", reference=f"#{START}S")
    assert [place(one) for one in vars(changed_places.find(Pair(None, node), TO_SERVER, broken)).values()] == [
        None, "S/required",
    ]  # fmt: skip
    assert [place(one) for one in vars(changed_places.find(Pair(node, None), TO_SERVER, broken)).values()] == [
        "S/required", None,
    ]  # fmt: skip
