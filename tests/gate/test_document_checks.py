"""The checks of a document: keywords, types of parts, references and patterns, each with its message and line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gate.pair_tables import TextSource

from change_gate.documents import document, shape
from change_gate.documents.keywords import CHECKS, is_noteworthy
from change_gate.errors import DocumentError

OK: dict[str, Any] = {"200": {"description": "x"}}


def load(
    root: dict[str, Any], files: dict[str, str] | None = None, openapi: Any = "3.1.0"
) -> document.Document:
    text = json.dumps({"openapi": openapi, "info": {"title": "t", "version": "1"}, **root}, indent=1)
    return document.load(TextSource("main.json", text, files))


def refused(
    root: dict[str, Any], files: dict[str, str] | None = None, openapi: Any = "3.1.0"
) -> DocumentError:
    with pytest.raises(DocumentError) as error:
        load(root, files, openapi)
    return error.value


def schema(value: Any, **others: Any) -> dict[str, Any]:
    return {"components": {"schemas": {"S": value, **others}}}


TEXT, TEXTS = ("", "a"), ([], ["a"])
NUMBER, FLAG, SCHEMA = (0, -1.5), (True, False), ({}, True, False)
COUNT = (0, 1, 2.0)
VALUES: dict[tuple[str, ...], tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    ("pattern", "format"): (TEXT, (1, [], {}, True)),
    ("minimum", "maximum"): (NUMBER, ("1", [], True)),
    ("exclusiveMinimum", "exclusiveMaximum"): ((*NUMBER, *FLAG), ("1", [])),
    ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"):
        (COUNT, (-1, 0.5, "1", True)),
    ("allOf", "anyOf", "oneOf", "prefixItems"): (([], [{}, True]), ({}, [1], [None], True)),
    ("not", "if", "then", "else", "contains", "propertyNames", "additionalProperties", "unevaluatedProperties",
     "unevaluatedItems"): (SCHEMA, (1, "a", [])),
    ("properties", "patternProperties", "$defs", "dependentSchemas"): (({}, {"a": {}, "b": True}), ([], {"a": 1}, {"a": None}, True)),
    ("items",): ((*SCHEMA, [{}, True]), (1, "a", [1])),
    ("multipleOf",): ((1, 0.5), (0, -1, "1", True)),
    ("uniqueItems",): (FLAG, (1, "a")),
    ("type",): (("string", "http", ["null", "object"]), ("odd", [], ["odd"], ["string", 1], 1, {}, True)),
    ("enum",): (([], [1]), ({}, "a", True)),
    ("required",): ((*TEXTS, *FLAG), ("a", [1], {})),
    ("discriminator",): (({}, {"propertyName": "a", "mapping": None}, {"mapping": {"a": "b"}}),
                         ([], True, {"propertyName": 1}, {"mapping": ["a"]}, {"mapping": {"a": 1}})),
    ("dependentRequired",): (({}, {"a": ["b"]}), ([], {"a": "b"}, {"a": [1]}, True)),
}  # fmt: skip


def test_table_of_keywords_is_complete() -> None:
    assert {keyword for keywords in VALUES for keyword in keywords} == set(CHECKS)


@pytest.mark.parametrize(
    ("keyword", "accepted", "wrong"),
    [(keyword, *values) for keywords, values in VALUES.items() for keyword in keywords],
)
def test_keyword_has_values_of_its_type(
    keyword: str, accepted: tuple[Any, ...], wrong: tuple[Any, ...]
) -> None:
    assert [value for value in accepted if not CHECKS[keyword](value)] == []
    assert [value for value in wrong if CHECKS[keyword](value)] == []
    assert all(is_noteworthy(keyword, value) for value in wrong)
    assert [value for value in accepted if is_noteworthy(keyword, value)] == [
        value for value in accepted if isinstance(value, bool)
    ]


def test_wrong_keyword_has_its_value_and_line() -> None:
    error = refused(schema({"title": "a", "enum": "b" * 41}))
    assert (error.message, error.file, error.line) == (f"enum cannot be {'b' * 40!r}", "main.json", 11)


@pytest.mark.parametrize(
    ("owner", "kept"),
    [
        ({"type": "string", "required": True}, {"type": "string"}),
        ({"type": "string", "required": ["a"]}, {"type": "string", "required": ["a"]}),
        ({"minimum": None, "title": None}, {"title": None}),
        ({"properties": {"required": True, "minimum": {"maximum": None}}}, {"properties": {"required": True, "minimum": {}}}),
    ],
)  # fmt: skip
def test_keyword_that_says_nothing_is_dropped(owner: Any, kept: Any) -> None:
    assert load(schema(owner)).root["components"]["schemas"]["S"] == kept


def test_required_of_other_objects_is_kept() -> None:
    parameter = {"name": "a", "in": "query", "required": True}
    header, body = {"required": True, "schema": {}}, {"required": True, "content": {}}
    parts = {"parameters": {"P": parameter}, "headers": {"H": header}, "requestBodies": {"B": body}}
    assert load({"components": json.loads(json.dumps(parts))}).root["components"] == parts


def get(**operation: Any) -> dict[str, Any]:
    return {"paths": {"/a": {"get": operation}}}


@pytest.mark.parametrize(
    ("root", "message", "line"),
    [
        ({"info": 1, "paths": {}}, "the field info must be an object, not a number", 3),
        ({"paths": []}, "paths must be an object, not an array", 7),
        ({"components": "a"}, "the field components must be an object, not a string", 7),
        ({"paths": {}, "servers": {}}, "servers must be an array, not an object", 8),
        ({"paths": {}, "servers": [{}, True]}, "a server must be an object, not a boolean", 10),
        ({"paths": {}, "security": [None]}, "a security requirement must be an object, not null", 9),
        ({"paths": {"/a": 1.5}}, "a path item must be an object, not a number", 8),
        ({"webhooks": {"a": []}}, "a path item must be an object, not an array", 8),
        (get(responses=[]), "responses must be an object, not an array", 10),
        (get(responses={"20": {}}), "the response '20' needs a status code, such as 404, 4XX or default", 11),
        (get(responses={"600": {}}), "the response '600' needs a status code, such as 404, 4XX or default", 11),
        (get(responses={"200": []}), "a response must be an object, not an array", 11),
        (get(responses={"200": {"headers": {"A": 1}}}), "a header must be an object, not a number", 13),
        (get(responses={"200": {"content": {"a/b": {"encoding": {"c": 1}}}}}), "an encoding must be an object, not a number", 15),
        (get(requestBody=[]), "a request body must be an object, not an array", 10),
        (get(parameters={}), "parameters must be an array, not an object", 10),
        (get(parameters=[{"in": "query"}]), "a parameter needs a name", 11),
        (get(parameters=[{"name": "a"}]), "the parameter 'a' needs `in`: query, path, header or cookie", 11),
        (get(callbacks={"c": {"e": 1}}), "a path item must be an object, not a number", 12),
        (schema(None), "a schema must be an object, not null", 9),
        (schema("a"), "a schema must be an object, not a string", 9),
        ({"paths": {"a": {}}}, "the path 'a' must start with a slash", 8),
        ({"paths": {"/{a}": {"get": {}}, "/{b}": {"get": {}}}}, "the paths /{a} and /{b} name the same addresses", 11),
        ({"paths": {"/a": {"put": {}}, "/%61": {"put": {}}}}, "the paths /a and /%61 name the same addresses", 11),
        ({}, "the document has neither paths nor webhooks nor components", 1),
    ],
)  # fmt: skip
def test_wrong_part_has_its_message_and_line(root: dict[str, Any], message: str, line: int) -> None:
    error = refused(root)
    assert (error.message, error.file, error.line) == (message, "main.json", line)


@pytest.mark.parametrize(
    "root",
    [
        schema(True),
        {"paths": {"/a": None, "x-a": 1, "/b": {"$ref": "#/paths/~1c"}, "/c": {}}},
        {"paths": {"/{a}": {"get": {}}, "/{b}": {"put": {}}, "/{c}": {}}},
        {"paths": None},
        {"webhooks": {}},
        get(responses={" 200 ": {}, "4xx": {}, "DEFAULT": {}, "x-a": 1, "5XX": {"content": {"a/b": None}}}),
        get(
            responses={"200": {"content": {"a/b": {"encoding": {"c": None}}}}},
            callbacks={"c": {"x-a": 1, "e": None}},
        ),
    ],
)
def test_part_of_the_right_type_is_accepted(root: dict[str, Any]) -> None:
    shape.check(load(root))


@pytest.mark.parametrize(
    ("openapi", "version"),
    [
        ("3.0", "3.0"),
        ("3.0.3", "3.0"),
        ("3.1.0", "3.1"),
        ("3.1.0-rc1", "3.1"),
        (" 3.1.1 ", "3.1"),
        (3.1, "3.1"),
    ],
)
def test_version_of_openapi_is_known(openapi: Any, version: str) -> None:
    assert load({"paths": {}}, openapi=openapi).version == version


@pytest.mark.parametrize(
    ("openapi", "shown"),
    [("2.0", "2.0"), ("3.2.0", "3.2.0"), ("3", "3"), (3, "3"), (True, "True"), ([], "[]"), ("x3.1", "x3.1")],
)
def test_other_version_of_openapi_is_refused(openapi: Any, shown: str) -> None:
    error = refused({"paths": {}}, openapi=openapi)
    assert (error.message, error.line) == (f"OpenAPI {shown} is not supported; use 3.0 or 3.1", 2)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "the document is empty", 1),
        ("\n- 1\n", "the document is an array, not an object", 2),
        ("a", "the document is a single value, not an object", 1),
        ("a: 1\nswagger: '2.0'\n", "Swagger 2.0 is not supported; convert the document to OpenAPI 3", 2),
        ("a: 1\n", "the document has no openapi field, so its version is unknown", 1),
        ("openapi: 3.0.0\nwebhooks: {}\n", "the document has no paths", 1),
    ],
)
def test_text_that_is_no_document_is_refused(text: str, message: str, line: int) -> None:
    with pytest.raises(DocumentError) as error:
        document.load(TextSource("a.yaml", text))
    assert (error.value.message, error.value.file, error.value.line) == (message, "a.yaml", line)


@pytest.mark.parametrize(("version", "text"), [("1", "1"), (1.5, "1.5"), (2, "2"), (None, ""), ([], "")])
def test_version_of_the_document_is_text(version: Any, text: str) -> None:
    assert load({"info": {"version": version}, "paths": {}}).info_version == text


def ref(target: str) -> dict[str, str]:
    return {"$ref": target}


START = "#/components/schemas/"


@pytest.mark.parametrize(
    ("root", "message", "line"),
    [
        (schema({"$ref": 1}), "a $ref must be a string", 10),
        (schema(ref("#/no")), "the $ref '#/no' cannot be resolved", 10),
        (schema(ref("#anchor")), "the $ref '#anchor' cannot be resolved", 10),
        (schema(ref("#/info/title")), "the $ref '#/info/title' does not lead to an object", 10),
        (schema(ref("#/info/title/0")), "the $ref '#/info/title/0' cannot be resolved", 10),
        (schema(ref(START + "S")), f"the $ref '{START}S' leads back to itself and defines nothing", 10),
        (schema(ref(START + "T"), T=ref(START + "S")), f"the $ref '{START}T' leads back to itself and defines nothing", 10),
        (schema({"allOf": [ref(START + "S")]}), f"the $ref '{START}S' leads back to itself by allOf", 12),
        (schema({"allOf": [{"allOf": [ref(START + "T")]}]}, T={"title": "a", **ref(START + "S")}),
         f"the $ref '{START}T' leads back to itself by allOf", 14),
        (schema(ref("b.yaml#/A")), "the $ref 'b.yaml' cannot be resolved: there is no such file", 10),
        (schema(ref("http://a.example/b.yaml")), "http://a.example/b.yaml is a URL; pass --allow-remote to fetch it", 10),
    ],
)  # fmt: skip
def test_wrong_reference_has_its_message_and_line(root: dict[str, Any], message: str, line: int) -> None:
    error = refused(root)
    assert (error.message, error.file, error.line) == (message, "main.json", line)


def test_name_with_a_parenthesis_is_no_pattern() -> None:
    found = load(schema(ref(START + "A("), **{"A(": {"$id": "b(", "$anchor": "c("}}))
    assert found.root["components"]["schemas"]["S"] == ref(START + "A(")


def test_recursion_without_all_of_is_accepted() -> None:
    both = {"allOf": [ref(START + "T")], "items": ref(START + "S"), "anyOf": [ref(START + "S")]}
    assert (
        load(schema(both, T={"properties": {"s": ref(START + "S")}})).root["components"]["schemas"]["S"]
        == both
    )
