"""Tags: branches of a choice that no value shares."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas import algebra
from change_gate.schemas.locations import Definitions
from change_gate.schemas.tags import Tags


def _tagged(*values: Any, required: bool = True, kind: Any = "object") -> dict[str, Any]:
    schema = {"type": kind, "properties": {"k": {"enum": list(values)}}}
    return {**schema, "required": ["k"]} if required else schema


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (_tagged("a"), _tagged("b"), True),
        (_tagged("a"), _tagged("b", "a"), False),
        (_tagged("a"), _tagged("b", required=False), True),
        (_tagged("a", required=False), _tagged("b", required=False), False),
        (_tagged("a", kind=["object", "null"]), _tagged("b", kind=["object", "null"]), False),
        (_tagged("a", kind=["object", "null"]), _tagged("b"), True),
        (_tagged(1), _tagged(1.0), False),
        (_tagged(1), _tagged(True), True),
        (_tagged({"x": 1, "y": 2}), _tagged({"y": 2, "x": 1}), False),
        (_tagged("a"), {"type": "object"}, False),
        ({"allOf": [_tagged("a")]}, {"allOf": [_tagged("b", required=False), {"required": ["k"]}]}, True),
    ],
)
def test_tags_separate_branches(one: dict[str, Any], other: dict[str, Any], apart: bool) -> None:
    definitions = Definitions({})
    tags = [Tags.of(schema, definitions) for schema in (one, other)]
    assert tags[0].exclude(tags[1]) is tags[1].exclude(tags[0]) is apart
    assert algebra.are_disjoint(one, other) is apart


def test_algebra_finds_no_common_value() -> None:
    text, number = algebra.canonicalize({"type": "string"}), algebra.canonicalize({"type": "integer"})
    assert text is not None
    assert number is not None
    assert algebra.has_no_common_value(text, number)
    assert not algebra.has_no_common_value(text, text)
