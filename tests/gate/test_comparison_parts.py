"""Parts of the comparison: schemas without null, links, and the encoding of forms."""

from __future__ import annotations

from typing import Any

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


def shared_enum(*values: str) -> dict[str, Any]:
    """Return a document in which every second of 60 schemas is returned, and all of them lead to one enum."""
    schemas: dict[str, Any] = {"Product": {"type": "string", "enum": list(values)}}
    for index in range(60):
        following = f"Part{index + 1}" if index < 59 else "Product"
        members = {"next": {"$ref": f"#/components/schemas/{following}"}, "id": {"type": "string"}}
        schemas[f"Part{index}"] = {"type": "object", "required": ["id"], "properties": members}
    paths = {
        f"/part{index}": document({"response": {"$ref": f"#/components/schemas/Part{index}"}})["paths"][
            "/orders"
        ]
        for index in range(0, 60, 2)
    }
    return document({"root": {"paths": paths, "components": {"schemas": schemas}}})


def test_shared_definition_is_searched_by_itself_first() -> None:
    findings = compare(read(shared_enum("a")), read(shared_enum("a", "b"))).findings
    assert len(findings) == 30
    assert all(finding.witness is not None for finding in findings)
    assert {str(finding.verdict) for finding in findings} == {"breaking"}
