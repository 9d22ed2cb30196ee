"""Empty lists and objects, which exploded styles do not send."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.comparison.empty_values import omits_empty, sample_sent, without_empty
from change_gate.comparison.samples import is_valid
from change_gate.comparison.serialisation import Encoding
from change_gate.schemas.schema import from_document

FORM = Encoding("form", True)
DEFINED = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "array", "items": {"type": "integer"}}}}


@pytest.mark.parametrize(
    ("style", "explode", "omits"),
    [
        ("form", True, True),
        ("form", False, False),
        ("spaceDelimited", True, True),
        ("pipeDelimited", False, False),
        ("deepObject", False, True),
        ("simple", True, False),
        ("matrix", True, False),
    ],
)
def test_exploded_styles_omit_what_is_empty(style: str, explode: bool, omits: bool) -> None:
    assert omits_empty(Encoding(style, explode)) is omits


@pytest.mark.parametrize(
    ("schema", "items", "allowed", "refused"),
    [
        ({"type": "array"}, 1, [[1]], [[]]),
        ({"type": "array"}, 2, [[1, 2]], [[], [1]]),
        ({"type": "array", "minItems": 3}, 1, [[1, 2, 3]], [[1, 2]]),
        ({"type": ["array", "string"]}, 1, [[1], ""], [[]]),
        ({"type": "object"}, 2, [{"a": 1}], [{}]),
        (DEFINED, 1, [[1]], [[], ["x"]]),
        ({"anyOf": [DEFINED, {"type": "string"}], "$defs": DEFINED["$defs"]}, 1, [[1], "x"], [[]]),
        (True, 1, ["x"], []),
    ],
)
def test_schema_without_empty_values(schema: Any, items: int, allowed: list[Any], refused: list[Any]) -> None:
    longer = without_empty(from_document(schema), items=items)
    assert [value for value in (*allowed, *refused) if is_valid(value, longer)] == allowed


@pytest.mark.parametrize(
    ("schema", "encoding", "sample"),
    [
        ({"type": "array", "items": {"type": "integer"}}, FORM, [1]),
        ({"type": "array", "items": {"type": "integer"}}, Encoding("form", False), []),
        ({"type": "array", "maxItems": 0}, FORM, []),
        ({"type": "array", "minItems": 2}, FORM, ["x", "x"]),
        ({"anyOf": [{"type": "array"}, {"type": "string"}]}, FORM, ["x"]),
        ({"type": "object", "properties": {"b": {"type": "integer"}}}, FORM, {"b": 1}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, FORM, {"a": 1}),
        ({"type": "object", "additionalProperties": False}, FORM, {}),
        (DEFINED, FORM, [1]),
        ({"type": "string"}, FORM, "a"),
    ],
)
def test_sample_is_sent_if_the_schema_allows_one(schema: Any, encoding: Encoding, sample: Any) -> None:
    assert sample_sent(from_document(schema), encoding) == sample
