"""The parts of two schemas that differ deep inside unions, and proofs that rest on them."""

from __future__ import annotations

import random
from typing import Any

import jsonschema_rs
import pytest

from change_gate.schemas.changed_parts import Sides
from change_gate.schemas.containment import Status, compare
from change_gate.schemas.locations import Definitions
from change_gate.schemas.rules import Rules

VALUES = [None, True, 0, 1, 2, 3, "", "a", "ab", [], [1], {}, {"a": 1}, {"a": "x", "b": 2}]
LEAVES: list[Any] = [
    {"type": "string"},
    {"type": "integer"},
    {"minimum": 2},
    {"maxLength": 1},
    {"enum": [0, "a", {}]},
    {"required": ["a"]},
    {"properties": {"a": {"type": "string"}}},
    {"type": ["object", "null"]},
    True,
]
NAMES = ("A", "B", "C", "D")


def _random_schema(source: random.Random, depth: int = 0) -> Any:
    """Return a schema of nested unions that may refer to the definitions."""
    if depth > 2 or source.random() < 0.3:
        return {"$ref": f"#/$defs/{source.choice(NAMES)}"} if source.random() < 0.7 else source.choice(LEAVES)
    branches = [_random_schema(source, depth + 1) for _ in range(source.randint(1, 4))]
    kind = source.choice(["anyOf", "oneOf", "oneOf", "allOf", "not", "if", "dependentSchemas"])
    if kind == "not":
        return {"not": branches[0]}
    if kind == "if":
        return dict(zip(("if", "then", "else"), branches, strict=False))
    return {kind: {"a": branches[0]}} if kind == "dependentSchemas" else {kind: branches}


def _changed(source: random.Random, schema: Any) -> Any:
    """Return a union with a branch less or more, or the schema as it is."""
    if isinstance(schema, dict) and "oneOf" in schema:
        branches = list(schema["oneOf"])
        if len(branches) > 1 and source.random() < 0.5:
            branches.pop(source.randrange(len(branches)))
        else:
            branches.insert(source.randrange(len(branches) + 1), source.choice(LEAVES))
        return {"oneOf": branches}
    return schema


def _is_valid(schema: Any, definitions: dict[str, Any], value: Any) -> bool:
    return jsonschema_rs.is_valid({"allOf": [schema], "$defs": definitions}, value)


@pytest.mark.parametrize("seed", range(300))
def test_value_outside_changed_parts_has_one_result(seed: int) -> None:
    source = random.Random(seed)
    before = {name: source.choice(LEAVES) for name in NAMES}
    after = {**before, source.choice(NAMES): source.choice(LEAVES)}
    old = _random_schema(source)
    new = _changed(source, old)
    sent, read = Definitions(before), Definitions(after)
    parts = list(Sides(sent, read, Rules(sent, read).is_same).changed(old, new))
    for value in VALUES:
        matched = [_is_valid(schema, dict(owner.definitions), value) for schema, owner in parts]
        if not any(matched):
            assert _is_valid(old, before, value) == _is_valid(new, after, value), (value, old, new)


def _item(kind: str, **members: Any) -> dict[str, Any]:
    """Return an item with a tag."""
    properties = {"type": {"type": "string", "enum": [kind]}, **members}
    return {"type": "object", "required": ["type"], "properties": properties}


def _conversation(error: Any, **message: Any) -> dict[str, Any]:
    """Return a choice of which one branch is a choice as well; a message matches a branch of both.

    Calls form a cycle, so that the algebra cannot compare them at once.
    """
    inner = {
        "oneOf": [
            {"$ref": "#/$defs/Message"},
            {"$ref": "#/$defs/Call"},
            {"$ref": "#/$defs/Note"},
        ]
    }
    plain = {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["message", "draft"]}}}
    return {
        "$ref": "#/$defs/Input",
        "$defs": {
            "Input": {"oneOf": [{"$ref": "#/$defs/Plain"}, {"type": "object", "$ref": "#/$defs/Item"}]},
            "Item": inner,
            "Plain": plain,
            "Message": _item("message", **message),
            "Call": _item("call", error=error, calls={"$ref": "#/$defs/Input"}),
            "Note": _item("note"),
        },
    }


ANY_ERROR = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def test_change_two_unions_deep_is_proved() -> None:
    found = compare(_conversation({"type": "null"}), _conversation(ANY_ERROR))
    assert found.status is Status.COVERED


def test_break_two_unions_deep_is_witnessed() -> None:
    found = compare(_conversation(ANY_ERROR), _conversation({"type": "null"}))
    assert found.status is Status.ESCAPES
    assert found.witness == {"type": "call", "error": ""}


def test_change_that_makes_outer_branches_overlap_is_witnessed() -> None:
    # A message with a text of numbers matched the plain branch alone, and matches the inner choice as well now.
    before, after = (
        _conversation(ANY_ERROR, text={"type": kind}) for kind in ("string", ["string", "number"])
    )
    found = compare(before, after)
    assert found.status is Status.ESCAPES
    assert jsonschema_rs.is_valid(before, found.witness)
    assert not jsonschema_rs.is_valid(after, found.witness)
