"""A witness that was found once is lifted into the schemas that lead to the same definition."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from change_gate.schemas.containment import Comparer, Status
from change_gate.schemas.explain import Refusal
from change_gate.schemas.lifting import Lifter
from change_gate.schemas.schema import JsonSchema

REFERENCES = {name: f"#/components/schemas/{name}" for name in ("Leaf", "Middle", "Top")}


def _definitions(longest: int) -> dict[str, Any]:
    return {
        "Leaf": {"type": "object", "required": ["text"], "properties": {"text": {"maxLength": longest}}},
        "Middle": {"type": "array", "items": {"$ref": "#/$defs/Leaf"}},
        "Top": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "integer"}, "parts": {"$ref": "#/$defs/Middle"}},
        },
    }


def _lifted(root: Any) -> None:
    """Compare the innermost definition first, then a schema that leads to it, without a second search."""
    before, after = _definitions(5), _definitions(3)
    comparer = Comparer()
    leaf = {"$ref": "#/$defs/Leaf"}
    found = comparer.compare(JsonSchema(leaf, before, REFERENCES), JsonSchema(leaf, after, REFERENCES))
    assert found.status is Status.ESCAPES
    source, target = JsonSchema(root, before, REFERENCES), JsonSchema(root, after, REFERENCES)
    lifted = comparer.compare(source, target, is_lifted_only=True)
    assert lifted.status is Status.ESCAPES
    assert jsonschema_rs.is_valid(source.document(), lifted.witness)
    assert not jsonschema_rs.is_valid(target.document(), lifted.witness)
    assert lifted.keyword == "maxLength"
    assert lifted.reference == "#/components/schemas/Leaf"
    assert lifted.member.endswith("/text")


def test_witness_is_lifted_through_definitions() -> None:
    _lifted({"$ref": "#/$defs/Top"})


def test_witness_is_lifted_into_an_inline_schema() -> None:
    _lifted(
        {
            "type": "object",
            "required": ["n"],
            "properties": {"n": {"const": 1}, "top": {"$ref": "#/$defs/Top"}},
        }
    )


def test_definition_without_a_known_witness_is_not_lifted() -> None:
    root = {"$ref": "#/$defs/Top"}
    source, target = (JsonSchema(root, _definitions(longest), REFERENCES) for longest in (5, 3))
    assert Comparer().compare(source, target, is_lifted_only=True).status is Status.UNPROVEN


def test_member_that_must_be_absent_is_not_lifted() -> None:
    root = {"$ref": "#/$defs/Top"}
    source, target = (JsonSchema(root, _definitions(longest), REFERENCES) for longest in (5, 3))
    lifter = Lifter(source.definitions, target.definitions)
    refusal = Refusal("/text", "maxLength", REFERENCES["Leaf"], "/properties/text/maxLength", "")
    lifter.learn({"text": "aaaa"}, refusal, source, target)
    assert lifter.lift(source, target, frozenset(["text"])) is None
    assert lifter.lift(source, target, frozenset(["other"])) is not None


def test_definition_of_one_side_does_not_stop_lifting() -> None:
    before, after = _definitions(5), _definitions(3)
    after["Top"] = {**after["Top"], "properties": {"parts": {"items": {"$ref": "#/$defs/Leaf"}}}}
    del after["Middle"]
    comparer = Comparer()
    for name in ("Leaf", "Top"):
        root = {"$ref": f"#/$defs/{name}"}
        found = comparer.compare(JsonSchema(root, before, REFERENCES), JsonSchema(root, after, REFERENCES))
        assert found.status is Status.ESCAPES
        assert found.member.endswith("/text")
