"""The mock's reader of the OpenAPI document, and the match of operationIds and functions."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.control import pages
from mock_server.core import openapi, operations, service
from mock_server.core.errors import Problem, Refused
from mock_server.core.openapi import DOCUMENT, load_yaml, specification
from mock_server.core.validation import explain


def test_each_operation_has_its_function() -> None:
    documented = {operation.id for operation in openapi.load().operations()}
    assert documented == set(operations.OPERATIONS)


@pytest.mark.parametrize("change", ["more", "fewer"])
def test_start_up_fails_if_they_do_not_match(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    functions = dict(operations.OPERATIONS)
    if change == "more":
        functions["deleteCase"] = functions["getCase"]
    else:
        del functions["issueToken"]
    monkeypatch.setattr(service, "OPERATIONS", functions)
    with pytest.raises(RuntimeError, match="deleteCase" if change == "more" else "issueToken"):
        service.build()


def test_only_the_token_endpoint_is_open() -> None:
    assert {operation.id for operation in openapi.load().operations() if not operation.secured} == {
        "issueToken"
    }


def test_read_only_fields_come_from_the_document() -> None:
    assert {"id", "createdDate", "lastWorkflowId", "owner__name"} <= openapi.load().read_only


@pytest.mark.parametrize(
    ("schema", "value", "pointer", "message"),
    [
        ({"required": ["a", "b"]}, {"a": 1}, "/b", "is missing"),
        (
            {"properties": {"a/~": {"type": "string"}}},
            {"a/~": 1},
            "/a~1~0",
            "is an integer and must be a string",
        ),
        ({"items": {"minLength": 2}}, ["ab", "a"], "/1", "must have at least 2 character(s)"),
        ({"maxLength": 1}, "ab", "", "must have at most 1 characters"),
        ({"enum": ["a"]}, "b", "", "must be one of ['a']"),
        ({"const": "a"}, "b", "", "must be 'a'"),
        ({"minimum": 1}, 0, "", "must be at least 1"),
        ({"maximum": 1}, 2, "", "must be at most 1"),
        ({"exclusiveMinimum": 0}, 0, "", "must be greater than 0"),
        ({"uniqueItems": True}, [1, 1], "", "violates the rule 'uniqueItems'"),
        ({"format": "date-time"}, "2025-02-30T00:00:00Z", "", "must be a date-time"),
        ({}, "fine", "", "does not fit the schema"),
    ],
)
def test_findings_in_words(schema: dict[str, object], value: object, pointer: str, message: str) -> None:
    (finding,) = explain(schema, value)
    assert (finding.pointer, finding.message) == (pointer, message)


def test_findings_are_bounded() -> None:
    assert len(explain({"items": {"type": "string"}}, list(range(1000)))) == 20


def test_slow_libraries_wait_until_they_are_needed() -> None:
    """Modules that take a tenth of a second to import, and must not be imported at the start."""
    late = "jsonschema|prance|requests|responses|urllib3|asyncio|uvicorn"
    code = "import sys; from mock_server import build; build(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not re.findall(rf"\b(?:{late})\b", " ".join(name.partition(".")[0] for name in loaded.split()))


@pytest.mark.parametrize("path", [specification(DOCUMENT), pages.DOCUMENT], ids=["cases", "control"])
def test_local_references_resolve_as_prance_does(path: Path) -> None:
    document = load_yaml(path)
    assert openapi._LocalReferences(document).resolve(document) == openapi._resolved_by_prance(document, path)


@pytest.mark.parametrize("reference", ["other.yaml#/A", "#/B", "#/A/0", "#/circle", "#/%41"])
def test_other_references_are_left_to_prance(reference: str) -> None:
    document = {"A": [], "a": {"$ref": reference}, "circle": {"x": {"$ref": "#/circle"}}}
    with pytest.raises(LookupError):
        openapi._LocalReferences(document).resolve(document)


def contract(folder: Path, content: dict[str, Any]) -> openapi.Contract:
    """Return the contract in a document with these members."""
    file = folder / "document.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return openapi.load(file)


def operation(name: str, **members: Any) -> dict[str, Any]:
    return {"operationId": name, "responses": {}, **members}


def test_fixed_path_and_fewer_parameters_take_precedence(tmp_path: Path) -> None:
    paths = {
        path: {"get": operation(name)}
        for name, path in {"two": "/{a}/{b}", "one": "/x/{b}", "last": "/{a}/y", "none": "/x/y"}.items()
    }
    found = contract(tmp_path, {"paths": paths})
    assert [found.find(path)[0].operations["GET"].id for path in ("/x/y", "/x/z", "/z/y", "/z/z")] == [
        "none",
        "one",
        "last",
        "two",
    ]
    assert found.find("/a%2Fb/%ff")[1] == {"a": "a/b", "b": "\udcff"}
    assert found.find("/x/y")[1] == {}
    assert found.operation_ids() == {"two", "one", "last", "none"}


@pytest.mark.parametrize("path", ["/x/", "/x", "/x/y/", "", "/", "//y", "/x/y/z"])
def test_other_path_is_unknown(tmp_path: Path, path: str) -> None:
    found = contract(tmp_path, {"paths": {"/x/{b}": {"get": operation("one")}}})
    with pytest.raises(Refused) as refused:
        found.find(path, hint=" (under /api)")
    assert refused.value.problem is Problem.UNKNOWN_PATH
    assert refused.value.detail.endswith(" (under /api)")


def test_template_has_head_and_options(tmp_path: Path) -> None:
    item = {"post": operation("make"), "get": operation("show"), "summary": "x"}
    found = contract(tmp_path, {"paths": {"/x": item, "/y": {"put": operation("set")}}})
    assert found.find("/x")[0].allow == "GET, HEAD, OPTIONS, POST"
    assert found.find("/x")[0].operations["HEAD"].id == "show"
    assert found.find("/y")[0].allow == "OPTIONS, PUT"


@pytest.mark.parametrize(
    ("document", "own", "secured"),
    [(None, None, False), ([{"a": []}], None, True), ([{"a": []}], [], False), (None, [{"a": []}], True)],
)
def test_security_of_an_operation_replaces_the_documents(
    tmp_path: Path, document: Any, own: Any, secured: bool
) -> None:
    members = {} if own is None else {"security": own}
    whole = {"paths": {"/x": {"get": operation("show", **members)}}}
    found = contract(tmp_path, whole if document is None else {**whole, "security": document})
    assert found.find("/x")[0].operations["GET"].secured is secured


def test_bodies_are_compiled_for_each_media_type(tmp_path: Path) -> None:
    content = {"application/json": {"schema": {"type": "object"}}, "text/plain": {"schema": {"minLength": 2}}}
    item = {"post": operation("make", requestBody={"content": content})}
    [made] = contract(tmp_path, {"paths": {"/x": item}}).operations()
    assert made.bodies["application/json"].validator.is_valid({})
    assert not made.bodies["application/json"].validator.is_valid([])
    assert not made.bodies["text/plain"].validator.is_valid("a")


def test_formats_are_validated(tmp_path: Path) -> None:
    body = {"content": {"application/json": {"schema": {"format": "date"}}}}
    [made] = contract(tmp_path, {"paths": {"/x": {"post": operation("make", requestBody=body)}}}).operations()
    assert not made.bodies["application/json"].validator.is_valid("yesterday")


@pytest.mark.parametrize(
    ("types", "is_oauth"),
    [([], False), (["application/json"], True), (["application/json", "application/problem+json"], False)],
)
def test_errors_of_oauth_are_no_problem_details(tmp_path: Path, types: list[str], is_oauth: bool) -> None:
    responses = {"400": {"content": {one: {} for one in types}}}
    item = {"post": {**operation("make"), "responses": responses}}
    [made] = contract(tmp_path, {"paths": {"/x": item}}).operations()
    assert made.oauth_errors is is_oauth
    assert made.responses == responses


def test_unknown_query_parameter_is_refused_beside_known_ones(tmp_path: Path) -> None:
    path = [{"name": "id", "in": "path", "schema": {"type": "string", "maxLength": 3}}]
    query = [{"name": "q", "in": "query", "schema": {"type": "string"}}]
    paths = {
        "/{id}": {"parameters": path, "get": operation("show"), "put": operation("set", parameters=query)},
        "/x": {"get": operation("plain")},
    }
    by_id = {one.id: one for one in contract(tmp_path, {"paths": paths}).operations()}
    assert by_id["plain"].parameters is None
    assert by_id["show"].parameters.validator.is_valid({"id": "1", "z": "2"})  # type: ignore[union-attr]
    assert not by_id["show"].parameters.validator.is_valid({"id": "1234"})  # type: ignore[union-attr]
    assert by_id["set"].parameters.validator.is_valid({"id": "1", "q": "2"})  # type: ignore[union-attr]
    assert not by_id["set"].parameters.validator.is_valid({"id": "1", "z": "2"})  # type: ignore[union-attr]


def test_rule_applies_to_the_named_operations(tmp_path: Path) -> None:
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    paths = {"/x": {"post": operation("make", requestBody=body), "put": operation("set", requestBody=body)}}
    plain = contract(tmp_path, {"paths": paths})
    ruled = plain.with_rule({"required": ["a"]}, frozenset({"make"}))
    by_id = {one.id: one.bodies["application/json"].validator for one in ruled.operations()}
    assert [by_id[name].is_valid({}) for name in ("make", "set")] == [False, True]
    assert by_id["make"].is_valid({"a": 1})
    assert not by_id["make"].is_valid([])
    assert (ruled.schemas, ruled.read_only) == (plain.schemas, plain.read_only)


def test_read_only_fields_are_found_beside_references(tmp_path: Path) -> None:
    schemas = {
        "Id": {"type": "string"},
        "Case": {
            "properties": {"id": {"$ref": "#/components/schemas/Id", "readOnly": True}, "a": {}},
            "allOf": [{"properties": {"b": {"readOnly": True}, "c": {"readOnly": False}}}],
        },
    }
    found = contract(tmp_path, {"paths": {}, "components": {"schemas": schemas}})
    assert found.read_only == {"id", "b"}
    assert found.schemas["Case"]["properties"]["id"] == {"type": "string"}
    assert contract(tmp_path / "..", {"paths": {}}).schemas == {}


def test_file_beside_the_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "item.yaml").write_text(yaml.safe_dump({"get": operation("show")}), encoding="utf-8")
    found = contract(tmp_path, {"paths": {"/x": {"$ref": "item.yaml"}}})
    assert found.operation_ids() == {"show"}


def test_names_in_a_local_reference_are_unescaped() -> None:
    document = {"a/b": {"c~d": {"x": 1}}, "r": {"$ref": "#/a~1b/c~0d", "beside": 2}, "$ref": {"y": 1}}
    resolved = openapi._LocalReferences(document).resolve(document)
    assert resolved["r"] == {"x": 1}
    assert resolved["$ref"] == {"y": 1}


@pytest.mark.parametrize(("text", "words"), [("a: [", "ParserError"), ("a: 1", "KeyError: 'paths'")])
def test_unusable_document_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "document.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="not a usable OpenAPI document") as raised:
        openapi.load(file)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
