"""Parts of the comparison: schemas without null, links, and the encoding of forms."""

from __future__ import annotations

from typing import Any

import pytest
from gate.pair_tables import document, read

from change_gate.comparison import compare
from change_gate.comparison.context import Context
from change_gate.comparison.encodings import compare as compare_encodings
from change_gate.comparison.links import compare as compare_links
from change_gate.comparison.nulls import without_null
from change_gate.comparison.operations import operations_of, scope_of
from change_gate.comparison.options import Options
from change_gate.comparison.schemas import Part
from change_gate.comparison.security_schemes import Scheme, credentials
from change_gate.comparison.witnesses import request
from change_gate.findings import Direction, Verdict
from change_gate.report.curl import curl_command, response_lines
from change_gate.schemas.schema import JsonSchema

JSON = "application/json"


def scopes(base: dict[str, Any], head: dict[str, Any]) -> tuple[Context, Any]:
    """Return the context and the scope of the only operation on both sides."""
    context = Context.create(read(base), read(head), Options())
    old, new = (next(iter(operations_of(side).values())) for side in (context.base, context.head))
    return context, scope_of(old, new)


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
    [finding] = compare(read(base), read(head)).findings
    assert (finding.rule, finding.kind) == ("link-changed", "documentation")
    assert finding.verdict is Verdict.RISKY
    assert (finding.base.pointer, finding.base.line) != ("", None)


def test_new_and_equal_links_are_no_risk() -> None:
    link = {"operationId": "a", "parameters": {"id": "$response.body#/id"}}
    without, one, two = (
        document({"op": {"responses": {"200": {"description": "a", "links": links}}}})
        for links in ({}, {"n": link}, {"n": link, "m": link})
    )
    assert compare(read(one), read(one)).findings == ()
    assert all(finding.verdict is Verdict.COMPATIBLE for finding in compare(read(one), read(two)).findings)
    [removed] = compare(read(one), read(without)).findings
    assert removed.verdict is Verdict.RISKY


def test_encoding_of_an_undeclared_field_has_no_effect() -> None:
    schema = {"type": "object", "properties": {"f": {"type": "string"}}}
    base, head = (
        document({"method": "post", "op": {"requestBody": {"content": {"multipart/form-data": media}}}})
        for media in ({"schema": schema}, {"schema": schema, "encoding": {"g": {"contentType": "text/csv"}}})
    )
    assert compare(read(base), read(head)).findings == ()


def test_reason_ignores_an_unrelated_component_of_that_name() -> None:
    error = {"schemas": {"Error": {"type": "object"}}}
    old = {
        "default": {"description": "a", "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}
    }
    new = {**old, "423": {"description": "a", "content": {JSON: {"schema": {"type": "string"}}}}}
    base, head = (document({"op": {"responses": answers}}) | {"components": error} for answers in (old, new))
    [finding] = [one for one in compare(read(base), read(head)).findings if one.verdict is Verdict.BREAKING]
    assert 'type changed from "object" to "string"' in finding.message
    assert finding.head.pointer.startswith("/paths/")


def test_new_status_names_the_default_that_promised_more() -> None:
    body = {"application/json": {}, "application/problem+json": {}}
    old = {"default": {"description": "a", "content": body}}
    new = {**old, "423": {"description": "a", "content": {JSON: {}}}}
    base, head = (document({"op": {"responses": answers}}) for answers in (old, new))
    [finding] = [one for one in compare(read(base), read(head)).findings if one.verdict is Verdict.BREAKING]
    assert "which BASE promises for it under default" in finding.message


def test_witness_names_the_missing_member() -> None:
    base, head = (
        document({"op": {"responses": {"200": {"description": "a", "content": {JSON: {"schema": schema}}}}}})
        for schema in ({"type": "object", "required": ["a", "b"]}, {"type": "object", "required": ["a"]})
    )
    [finding] = compare(read(base), read(head)).findings
    assert finding.witness.missing == ("b",)
    assert response_lines(finding.witness)[-1].endswith("<- b is missing")


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ({"type": "http", "scheme": "bearer"}, '-H "Authorization: Bearer $TOKEN"'),
        ({"type": "http", "scheme": "basic"}, '-H "Authorization: Basic $CREDENTIALS"'),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, '-H "X-Key: $KEY"'),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, '-H "Cookie: sid=$KEY"'),
        ({"type": "apiKey", "in": "query", "name": "key"}, "?key=$KEY"),
    ],
)
def test_request_witness_carries_credentials(scheme: dict[str, str], expected: str) -> None:
    parameter = {"name": "q", "in": "header", "schema": {"type": "string"}}
    secured = {"security": [{"s": []}], "components": {"securitySchemes": {"s": scheme}}}
    base, head = (
        document({"op": {"parameters": [parameter | extra], "responses": {"200": {"description": "a"}}}})
        | secured
        for extra in ({}, {"required": True})
    )
    [finding] = [one for one in compare(read(base), read(head)).findings if one.witness is not None]
    assert expected in curl_command(finding.witness)


def test_part_with_another_content_type_has_a_witness() -> None:
    schema = {"type": "object", "properties": {"f": {"type": "string"}}}
    base, head = (
        document({"method": "post", "op": {"requestBody": {"content": {"multipart/form-data": media}}}})
        for media in (
            {"schema": schema},
            {"schema": schema, "encoding": {"f": {"contentType": "application/json"}}},
        )
    )
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


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ({"n": {"operationId": "a"}}, {"n": {"operationId": "a", "description": "b"}}, []),
        ({"n": {"operationId": "a"}}, {"n": {"operationId": "b"}}, ["link-changed"]),
        ({"n": {"operationId": "a"}}, {"m": {"operationId": "a"}}, ["link-removed", "link-added"]),
    ],
)
def test_links_are_compared_by_their_target(old: Any, new: Any, rules: list[str]) -> None:
    base, head = (
        document({"op": {"responses": {"200": {"description": "a", "links": links}}}}) for links in (old, new)
    )
    context, scope = scopes(base, head)
    compare_links(context, scope, scope.operations.get("responses", "200"), "response 200")
    assert [finding.rule for finding in context.recorder.findings] == rules


@pytest.mark.parametrize(
    ("kind", "rules"), [("text/plain", []), ("application/json", ["request-body-encoding-changed"])]
)
def test_encodings_are_compared_with_the_implied_one(kind: str, rules: list[str]) -> None:
    schema = {"type": "object", "properties": {"f": {"type": "string"}}}
    base, head = (
        document({"method": "post", "op": {"requestBody": {"content": {"multipart/form-data": media}}}})
        for media in ({"schema": schema}, {"schema": schema, "encoding": {"f": {"contentType": kind}}})
    )
    context, scope = scopes(base, head)
    media = scope.operations.get("requestBody", "content", "multipart/form-data")
    part = Part(
        name="request-body",
        noun="request body",
        location="request",
        direction=Direction.CLIENT_TO_SERVER,
        schemas=media.raw("schema"),
        parents=media,
        make_witness=lambda value, member: request(context, scope, body=value, has_body=True, member=member),
    )
    compare_encodings(context, scope, part, media, is_multipart=True)
    assert [finding.rule for finding in context.recorder.findings] == rules


def test_credentials_of_several_schemes_are_combined() -> None:
    schemes = [
        Scheme("oauth2"),
        Scheme("apiKey", "cookie", "sid"),
        Scheme("apiKey", "cookie", "csrf"),
        Scheme("apiKey", "query", "key"),
    ]
    headers, query = credentials(dict.fromkeys(schemes, frozenset()))
    assert headers == {"Authorization": "Bearer $TOKEN", "Cookie": "sid=$KEY; csrf=$KEY"}
    assert query == "key=$KEY"
    assert credentials({}) == ({}, "")
