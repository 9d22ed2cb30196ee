"""The sentence and the places of a break, as a reviewer reads them."""

from __future__ import annotations

from typing import Any

import pytest
from gate.pair_tables import document, read
from gate.sides import read_side

from change_gate.comparison import changed_places, compare
from change_gate.comparison.directions import Pair
from change_gate.findings import Direction, Verdict
from change_gate.schemas.containment import Containment, Status

SCHEMAS = "/components/schemas"


def _named(reference: str, **schemas: Any) -> dict[str, Any]:
    """Return a side whose body of a request or response has the member `name`, described by a component."""
    member = {"type": "object", "properties": {"name": {"$ref": f"#{SCHEMAS}/{reference}"}}}
    return {"openapi": "3.0.3", "schema": member, "root": {"components": {"schemas": schemas}}}


def _closed(*names: str) -> dict[str, Any]:
    properties: dict[str, Any] = {name: {"type": "string"} for name in names}
    whole = {"type": "object", "additionalProperties": False, "properties": properties}
    return {"schema": {"$ref": f"#{SCHEMAS}/S"}, "root": {"components": {"schemas": {"S": whole}}}}


TEXT, NULLABLE = {"type": "string"}, {"type": "string", "nullable": True}
OVERLAP = {"oneOf": [{"$ref": f"#{SCHEMAS}/A"}, {"type": "string", "maxLength": 5}]}


def _overlap(pattern: str) -> dict[str, Any]:
    text = {"type": "string", "pattern": pattern}
    return {"schema": OVERLAP, "root": {"components": {"schemas": {"A": text}}}}


Case = tuple[str, str, dict[str, Any], dict[str, Any], str, str, str]
CASES: list[Case] = [
    (
        "reference to a nullable component",
        "response",
        _named("Name", Name=TEXT, NameOrNull=NULLABLE),
        _named("NameOrNull", Name=TEXT, NameOrNull=NULLABLE),
        "null at /name in the body of the 200 response, which BASE did not allow: null was added to the types.",
        f"{SCHEMAS}/Name/type",
        f"{SCHEMAS}/NameOrNull/type",
    ),
    (
        "component that became nullable",
        "response",
        _named("Name", Name=TEXT),
        _named("Name", Name=NULLABLE),
        "null at /name in the body of the 200 response, which BASE did not allow: null was added to the types.",
        f"{SCHEMAS}/Name/type",
        f"{SCHEMAS}/Name/type",
    ),
    (
        "component that is nullable no longer",
        "body",
        _named("Name", Name=NULLABLE),
        _named("Name", Name=TEXT),
        "null at /name in the request body: null was removed from the types.",
        f"{SCHEMAS}/Name/type",
        f"{SCHEMAS}/Name/type",
    ),
    (
        "new member of a closed object",
        "response",
        _closed("a"),
        _closed("a", "b"),
        '"" at /b in the body of the 200 response, which BASE did not allow: '
        "BASE did not declare it and forbids undeclared members.",
        f"{SCHEMAS}/S/additionalProperties",
        f"{SCHEMAS}/S/properties/b",
    ),
    (
        "member gone from a closed object",
        "body",
        _closed("a", "b"),
        _closed("a"),
        '"" at /b in the request body: HEAD no longer declares it and forbids undeclared members.',
        f"{SCHEMAS}/S/properties/b",
        f"{SCHEMAS}/S/additionalProperties",
    ),
    (
        "branches that overlap",
        "body",
        _overlap("^[a-z]{9}$"),
        _overlap("^[a-z]*$"),
        '"" in the request body: it matches 2 branches of oneOf: A and number 2.',
        "/paths/~1orders/post/requestBody/content/application~1json/schema/oneOf",
        "/paths/~1orders/post/requestBody/content/application~1json/schema/oneOf",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_break_has_its_sentence_and_places(case: Case) -> None:
    _, key, base, head, words, old, new = case
    sides = (document({**side, key: side["schema"]}) for side in (base, head))
    [finding] = [f for f in compare(*map(read, sides)).findings if f.verdict is Verdict.BREAKING]
    assert finding.message.endswith(words)
    assert finding.base is not None
    assert finding.head is not None
    assert (finding.base.pointer, finding.head.pointer) == (old, new)


def test_place_is_the_closest_one_that_exists() -> None:
    pair = Pair(*(read_side({"root": {"x-s": schema}}).node("/x-s") for schema in ({"minimum": 1}, {})))
    refused = Containment(Status.ESCAPES, 0, keyword="minimum", pointer="/minimum")
    places = changed_places.find(pair, Direction.CLIENT_TO_SERVER, refused)
    assert [node.pointer for node in places.nodes()] == ["/x-s/minimum", "/x-s"]
    places = changed_places.find(Pair(pair.base, None), Direction.CLIENT_TO_SERVER, refused)
    assert [node.pointer for node in places.nodes()] == ["/x-s/minimum"]


def test_status_that_a_default_described_names_it() -> None:
    def side(statuses: dict[str, Any]) -> dict[str, Any]:
        content = {status: {"application/json": {"schema": schema}} for status, schema in statuses.items()}
        responses = {key: {"description": "d", "content": value} for key, value in content.items()}
        return document({"op": {"responses": responses}})

    error, done = {"type": "object", "required": ["code"]}, {"type": "object"}
    found = compare(read(side({"default": error})), read(side({"default": error, "201": done})))
    [finding] = [f for f in found.findings if f.verdict is Verdict.BREAKING]
    assert "the body of the 201 response (default in BASE), which BASE did not allow" in finding.message


def test_widened_component_is_the_place_of_a_compatible_change() -> None:
    base, head = _named("Name", Name={"type": "string", "maxLength": 5}), _named("Name", Name=TEXT)
    sides = (document({**side, "body": side["schema"]}) for side in (base, head))
    [finding] = compare(*map(read, sides)).findings
    assert finding.head is not None
    assert (finding.verdict, finding.head.pointer) == (Verdict.COMPATIBLE, f"{SCHEMAS}/Name")
