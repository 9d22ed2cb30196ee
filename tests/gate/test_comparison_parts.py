"""Parts of the comparison: schemas without null, links, and the encoding of forms."""

from __future__ import annotations

from gate.pair_tables import document, read

from change_gate.comparison import compare
from change_gate.comparison.encodings import compare as compare_encodings
from change_gate.comparison.links import compare as compare_links
from change_gate.comparison.nulls import without_null
from change_gate.schemas.schema import JsonSchema


def test_without_null_keeps_other_values() -> None:
    schema = {"oneOf": [{"type": "null"}, {"type": ["string", "null"], "enum": ["a", None]}]}
    assert without_null(JsonSchema(schema)).root == {"oneOf": [{"type": ["string"], "enum": ["a"]}]}


def test_without_null_keeps_a_schema_of_null() -> None:
    assert without_null(JsonSchema({"type": "null"})).root == {"type": "null"}


def test_link_change_names_its_line_and_no_break() -> None:
    base, head = (
        document({"op": {"responses": {"200": {"description": "a", "links": {"n": {"operationId": to}}}}}})
        for to in ("a", "b")
    )
    assert callable(compare_links)
    [finding] = compare(read(base), read(head)).findings
    assert (finding.rule, finding.kind) == ("link-changed", "documentation")


def test_part_with_another_content_type_has_a_witness() -> None:
    schema = {"type": "object", "properties": {"f": {"type": "string"}}}
    base, head = (
        document({"method": "post", "op": {"requestBody": {"content": {"multipart/form-data": media}}}})
        for media in (
            {"schema": schema},
            {"schema": schema, "encoding": {"f": {"contentType": "application/json"}}},
        )
    )
    assert callable(compare_encodings)
    [finding] = compare(read(base), read(head)).findings
    assert finding.rule == "request-body-encoding-changed"
    assert finding.witness is not None
    assert finding.witness.body == {"f": "a"}
