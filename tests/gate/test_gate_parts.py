"""The modules of the gate one by one: what each of them records, reads or writes."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from gate.gate_samples import ADDED, FINDINGS, NARROWED, REQUEST, UNPROVEN, WIDENED, comparison
from gate.pair_tables import TextSource, document

from change_gate.comparison import (
    bodies,
    callbacks,
    flattening,
    lifecycle,
    media_types,
    names,
    operations,
    parameters,
    path_items,
    reasons,
    responses,
    security,
    servers,
    wire,
)
from change_gate.comparison.content import Content, media_types_of, meetings
from change_gate.comparison.context import Context
from change_gate.comparison.declared import DeclaredChanges
from change_gate.comparison.directions import Pair
from change_gate.comparison.discriminators import classes
from change_gate.comparison.headers import compare_response as compare_headers
from change_gate.comparison.options import Options
from change_gate.comparison.parameter_lists import parameters_of
from change_gate.comparison.recorder import Recorder, Scope
from change_gate.comparison.samples import is_valid, sample
from change_gate.comparison.schemas import Part, generalised
from change_gate.comparison.serialisation import (
    Encoding,
    encoding_of,
    header_text,
    path_text,
    query_text,
    scalar_text,
)
from change_gate.comparison.syntactic_equality import SyntacticEquality
from change_gate.comparison.text_values import TextPart, compare_text
from change_gate.comparison.values import references, same
from change_gate.comparison.witnesses import sample_of
from change_gate.documents import Document, load
from change_gate.findings import Direction, Verdict
from change_gate.mock_process import last_line
from change_gate.report import wording
from change_gate.schemas.explain import locate, pointer
from change_gate.schemas.schema import JsonSchema, from_document
from change_gate.schemas.validation import SchemaValidator

TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
Step = Callable[[Context, Scope], None]


def read(side: dict[str, Any], name: str = "base.json") -> Document:
    return load(TextSource(name, json.dumps(document(side))))


def scopes(base: dict[str, Any], head: dict[str, Any]) -> tuple[Context, Scope]:
    """Return the context and the scope of the only operation on both sides."""
    context = Context.create(read(base), read(head, "head.json"), Options(today=datetime.date(2026, 1, 1)))
    old, new = (next(iter(operations.operations_of(side).values())) for side in (context.base, context.head))
    return context, operations.scope_of(old, new)


def recorded(step: Step, base: dict[str, Any], head: dict[str, Any]) -> list[tuple[str, str]]:
    """Return rule and verdict of each finding that a step records."""
    context, scope = scopes(base, head)
    step(context, scope)
    return [(finding.rule, finding.verdict.value) for finding in context.recorder.ordered()]


def op(**fields: Any) -> dict[str, Any]:
    return {"op": fields}


def parameter(**fields: Any) -> dict[str, Any]:
    return op(parameters=[{"name": "q", "in": "query", "schema": {"type": "string"}, **fields}])


def answers(**statuses: Any) -> dict[str, Any]:
    return op(responses={name.strip("_"): {"description": "x", **value} for name, value in statuses.items()})


KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
BASIC = {"type": "http", "scheme": "basic"}


def secured(scheme: dict[str, Any], security_: Any) -> dict[str, Any]:
    return {"op": {"security": security_}, "root": {"components": {"securitySchemes": {"a": scheme}}}}


@pytest.mark.parametrize(
    ("step", "base", "head", "findings"),
    [
        (names.compare, op(operationId="a"), op(operationId="a"), []),
        (names.compare, op(operationId="a"), op(operationId="b"), [("operation-id-changed", "risky")]),
        (names.compare, op(tags=["a", "b"]), op(tags=["b", "a"]), []),
        (names.compare, op(tags=["a"]), op(), [("tags-changed", "risky")]),
        (lifecycle.compare, op(), op(deprecated=True), [("operation-deprecated", "compatible")]),
        (lifecycle.compare, op(deprecated=True), op(deprecated=True), []),
        (parameters.compare, op(), parameter(required=True), [("parameter-added-required", "breaking")]),
        (parameters.compare, parameter(), parameter(required=True), [("parameter-became-required", "breaking")]),
        (parameters.compare, parameter(required=True), parameter(), []),
        (bodies.compare, {"body": {"type": "object"}}, {"body": {"type": "object"}}, []),
        (
            bodies.compare,
            {"body": {"type": "object"}},
            {"body": {"type": "object", "required": ["a"]}},
            [("request-body-narrowed", "breaking")],
        ),
        (responses.compare, {"response": {"type": "string"}}, {"response": {"type": "string"}}, []),
        (
            responses.compare,
            {"response": {"type": "string"}},
            {"response": {"type": ["string", "null"]}},
            [("response-body-widened", "breaking")],
        ),
        (security.compare, secured(KEY, [{"a": []}]), secured(KEY, [{"a": []}]), []),
        (security.compare, secured(KEY, [{}]), secured(KEY, [{"a": []}]), [("security-tightened", "breaking")]),
        (servers.compare, op(servers=[{"url": "https://H:443/"}]), op(servers=[{"url": "https://h"}]), []),
        (
            servers.compare,
            op(servers=[{"url": "https://a"}]),
            op(servers=[{"url": "https://b"}]),
            [("server-removed", "risky")],
        ),
    ],
)  # fmt: skip
def test_step_records_its_findings(
    step: Step, base: dict[str, Any], head: dict[str, Any], findings: list[tuple[str, str]]
) -> None:
    assert recorded(step, base, head) == findings


def test_callback_is_compared_as_a_message_to_the_client() -> None:
    event = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "string"}}}}}}
    wider = json.loads(json.dumps(event).replace('"string"', '["string", "null"]'))
    base, head = (op(callbacks={"done": {"{$request.body#/url}": one}}) for one in (event, wider))
    context, scope = scopes(base, head)
    seen: list[str] = []
    callbacks.compare(context, scope, lambda _context, inner: seen.append(inner.label))
    assert len(seen) == 1
    assert "done" in seen[0]


def test_header_that_is_no_longer_promised_breaks() -> None:
    promised = {"headers": {"X-A": {"required": True, "schema": {"type": "string"}}}}
    base, head = answers(_200=promised), answers(_200={})
    context, scope = scopes(base, head)
    pair = Pair(*(side.node("/paths/~1orders/get/responses/200") for side in (context.base, context.head)))
    compare_headers(context, scope, pair, 200, "response 200")
    assert [(one.rule, one.verdict) for one in context.recorder.findings] == [
        ("response-header-no-longer-promised", Verdict.BREAKING)
    ]


@pytest.mark.parametrize(
    ("keys", "status", "key"),
    [(["200", "4XX", "default"], 200, "200"), (["4XX", "default"], 404, "4XX"), (["4XX"], 500, None),
     (["default"], 302, "default"), ([], 200, None)],
)  # fmt: skip
def test_status_is_defined_by_the_closest_key(keys: list[str], status: int, key: str | None) -> None:
    node = read({}).top
    assert responses.resolve(dict.fromkeys(keys, node), status) == key


def test_groups_of_statuses_have_one_definition_each() -> None:
    node = read({}).top
    sent, read_ = dict.fromkeys(["200", "default"], node), dict.fromkeys(["4XX"], node)
    assert [(case.label, case.sent, case.read) for case in responses.cases(sent, read_)] == [
        ("200", "200", None),
        ("4XX", "default", "4XX"),
        ("default", "default", None),
    ]


@pytest.mark.parametrize(
    ("text", "shown", "is_json", "is_range"),
    [
        ("Application/JSON; charset=UTF-8", "application/json", True, False),
        ("application/problem+json", "application/problem+json", True, False),
        ("text/plain; Charset=latin-1", "text/plain; charset=latin-1", False, False),
        ("text/*", "text/*", True, True),
        ("*/*", "*/*", True, True),
        ("text", "text/*", True, True),
    ],
)
def test_media_type_is_parsed(text: str, shown: str, is_json: bool, is_range: bool) -> None:
    parsed = media_types.parse(text)
    assert (str(parsed), parsed.is_json, parsed.is_range) == (shown, is_json, is_range)


@pytest.mark.parametrize(
    ("wanted", "offered", "match"),
    [
        ("text/plain", ["*/*", "text/*"], "text/*"),
        ("text/plain", ["text/plain", "text/*"], "text/plain"),
        ("text/plain; a=b", ["text/plain", "text/plain; a=b"], "text/plain; a=b"),
        ("a/x+json", ["a/*+json"], "a/*+json"),
        ("text/plain", ["text/html"], None),
        ("text/plain", ["text/plain; a=b"], None),
    ],
)
def test_most_specific_media_type_applies(wanted: str, offered: list[str], match: str | None) -> None:
    best = media_types.best_match(media_types.parse(wanted), map(media_types.parse, offered))
    assert (None if best is None else str(best)) == match


def test_bodies_meet_by_media_type() -> None:
    sides = [
        op(requestBody={"content": {name: {} for name in one}}) for one in (["text/*"], ["text/html", "a/b"])
    ]
    sent, read_ = (media_types_of(read(side).node("/paths/~1orders/get/requestBody")) for side in sides)
    assert [str(kind) for kind, _, _ in meetings(sent, read_)] == ["text/html"]
    assert media_types_of(None) == {}
    assert Content("n", "n", "l", TO_SERVER, sent, read_, lambda *_: REQUEST).sent is sent


FORM, COMMA = Encoding("form", True), Encoding("form", False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (query_text("q", "a b", FORM), "q=a%20b"),
        (query_text("q", [1, True], FORM), "q=1&q=true"),
        (query_text("q", [1, 2.0], COMMA), "q=1,2"),
        (query_text("q", [1, 2], Encoding("pipeDelimited", False)), "q=1%7C2"),
        (query_text("q", {"a": 1, "b": 2}, FORM), "a=1&b=2"),
        (query_text("q", {"a": 1}, COMMA), "q=a,1"),
        (query_text("q", {"a": 1}, Encoding("deepObject", True)), "q[a]=1"),
        (query_text("q", [1], Encoding("", False, "application/json")), "q=%5B1%5D"),
        (path_text("p", [1, 2], Encoding("simple", False)), "1,2"),
        (path_text("p", [1, 2], Encoding("label", False)), ".1.2"),
        (path_text("p", 5, Encoding("matrix", False)), ";p=5"),
        (header_text({"a": 1}, Encoding("simple", True)), "a=1"),
        (header_text({"a": 1}, Encoding("simple", False)), "a,1"),
        (scalar_text(None), None),
        (scalar_text(1e16), "1e+16"),
        (scalar_text(False), "false"),
        (scalar_text(1.5), "1.5"),
    ],
)
def test_value_becomes_text(text: str | None, expected: str | None) -> None:
    assert text == expected


def test_parameters_have_keys_encodings_and_samples() -> None:
    listed = [
        {"name": "X-A", "in": "header", "schema": {"type": "integer", "minimum": 5}},
        {"name": "Accept", "in": "header"},
        {"name": "id", "in": "path", "required": True},
        {"name": "c", "in": "cookie", "content": {"application/json": {}}},
        {"name": "q", "in": "query", "style": "pipeDelimited"},
    ]
    context, scope = scopes(*({"path": "/orders/{id}", "op": {"parameters": listed}},) * 2)
    found = parameters_of(scope, "base")
    assert list(found) == [("header", "x-a"), ("path", "0"), ("cookie", "c"), ("query", "q")]
    assert found["path", "0"].required
    assert sample_of(context, TO_SERVER, "base", found["header", "x-a"]) == 5
    assert found["cookie", "c"].encoding.media_type == "application/json"
    assert encoding_of(found["query", "q"].node, "query") == Encoding("pipeDelimited", False)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 7}, 7),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}, {"a": True}),
        ({"type": "array", "minItems": 2, "items": {"type": "integer"}}, [1, 1]),
        ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": ["null", "string"], "minLength": 3}, "aaa"),
        ({"type": "string", "format": "date"}, "2025-01-31"),
        ({"type": "string", "pattern": "^[0-9]+$"}, "1"),
        ({"type": "null"}, None),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"allOf": [{"required": ["a"], "type": "object"}, {"required": ["b"], "type": "object"}]},
         {"a": "x", "b": "x"}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"const": 1}}}, 1),
    ],
)  # fmt: skip
def test_sample_is_valid(schema: dict[str, Any], value: Any) -> None:
    assert sample(from_document(schema)) == value
    assert is_valid(value, from_document(schema))
    assert not is_valid(object, JsonSchema(False)) if value is None else True


def test_reference_chain_and_kinds_are_followed() -> None:
    schema = from_document(
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "integer"}}}
    )
    assert wire.dereferenced(schema) == {"type": "integer"}
    assert wire.kinds(schema) == {"integer"}
    assert wire.kinds(JsonSchema(True)) == frozenset()
    assert list(wire.readings("1")) == ["1", 1]
    assert list(wire.readings("true")) == ["true", True]
    assert next(wire.readings([1, "2"])) == ["1", 2]
    nested = {f"member{number}": [[1] * 40] * 40 for number in range(40)}  # more readings than memory holds
    assert len(list(itertools.islice(wire.readings(nested), 100))) == 100
    assert wire.is_read("5", from_document({"type": "integer"}))
    assert not wire.is_read("x", from_document({"type": "integer"}))


def test_alike_schemas_have_the_same_keywords() -> None:
    equality = SyntacticEquality()
    one = from_document(
        {"required": ["a", "b"], "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"minimum": 1}}}
    )
    other = from_document({"required": ["b", "a"], "properties": {"a": {"minimum": 1}}})
    assert equality.is_equal(one, other)
    assert not equality.is_equal(one, from_document({"required": ["a"], "properties": {"a": {"minimum": 1}}}))
    assert not equality.is_equal(from_document({"const": 1}), from_document({"const": True}))


def schema_node(schema: dict[str, Any], **components: Any) -> Any:
    root = {"components": {"schemas": {"S": schema, **components}}}
    return read({"root": root}).node("/components/schemas/S")


def test_alternatives_multiply_and_add() -> None:
    node = schema_node(
        {"allOf": [{"oneOf": [{"type": "string"}, {"type": "null"}]}], "anyOf": [{}, {"minLength": 1}]}
    )
    assert len(flattening.alternatives([node])) == 4
    assert len(list(flattening.parts(node))) == 2
    members = schema_node(
        {"properties": {"a": {}, "b": {"readOnly": True}, "c": {"writeOnly": True}, "d": False}}
    )
    assert list(flattening.properties((members,), TO_SERVER)) == ["a", "c"]
    assert list(flattening.properties((members,), TO_CLIENT)) == ["a", "b"]
    assert [
        one.value for one in flattening.children((schema_node({"items": {"type": "null"}}),), "items")
    ] == [{"type": "null"}]


def test_classes_of_a_discriminator_have_tags() -> None:
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in ("A", "B")]
    node = schema_node(
        {"oneOf": refs, "discriminator": {"propertyName": "kind", "mapping": {"x": "A"}}},
        A={"type": "object"},
        B={"type": "object"},
    )
    assert {tag: one.pointer.rpartition("/")[2] for tag, one in classes(node).items()} == {"x": "A", "B": "B"}


def test_removed_member_is_a_declared_change() -> None:
    pair = Pair(schema_node({"properties": {"a": {}, "b": {}}}), schema_node({"properties": {"a": {}}}))
    changes = DeclaredChanges(TO_CLIENT, lambda _pair: False).find(pair)
    assert [(change.rule, change.member) for change in changes] == [("property-removed", "/b")]
    assert DeclaredChanges(TO_CLIENT, lambda _pair: False).find(Pair(None, None)) == []


@pytest.mark.parametrize(
    ("keyword", "old", "new", "witness", "words"),
    [
        ("required", ["a"], ["a", "b"], {}, '"b" became required'),
        (
            "enum",
            [1, 2],
            [2, 3],
            1,
            "3 was added to the allowed values and 1 was removed from the allowed values",
        ),
        ("enum", [0], list(range(8)), 1, "1, 2, 3, 4, 5 and 2 more were added to the allowed values"),
        ("anyOf", [{"$ref": "#/a/A"}], [], 1, "A was removed from anyOf"),
        ("type", ["string", "null"], "string", None, "null was removed from the types"),
        ("type", "string", ["string", "null"], None, "null was added to the types"),
        ("additionalProperties", True, False, {}, "additional members were forbidden"),
        ("minimum", 1, 2, 1, "minimum changed from 1 to 2"),
        ("minimum", 2, 2, 1, ""),
    ],
)
def test_reason_says_what_changed(keyword: str, old: Any, new: Any, witness: Any, words: str) -> None:
    nodes = [read({"root": {"x-s": {keyword: value}}}).node(f"/x-s/{keyword}") for value in (old, new)]
    assert reasons.reason(keyword, Pair(*nodes), witness) == words


def test_shown_value_is_cut() -> None:
    assert reasons.shown("a") == '"a"'
    assert reasons.shown("x" * 58) == f'"{"x" * 58}"'
    assert reasons.shown("x" * 59) == f'"{"x" * 59}…'


@pytest.mark.parametrize(("member", "general"), [("/a/0/b/12", "/a/*/b/*"), ("/1a/2", "/1a/*"), ("", "")])
def test_member_is_generalised(member: str, general: str) -> None:
    assert generalised(member) == general


def test_same_and_references_look_inside() -> None:
    assert same({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]})
    assert not same({"a": 1}, {"a": True})
    assert not same([1], [1, 2])
    assert references({"a": [{"$ref": "#/x"}], "b": {"$ref": "#/y"}}) == {"#/x", "#/y"}


def test_path_item_has_fields_beside_its_reference() -> None:
    shared = {"components": {"pathItems": {"P": {"get": {"responses": {}}, "summary": "a"}}}}
    node = read({"root": {**shared, "paths": {"/a": {"$ref": "#/components/pathItems/P", "summary": "b"}}}})
    item = path_items.merged(node.node("/paths/~1a"))
    assert item is not None
    assert item.value["summary"] == "b"
    assert [method for method, _ in path_items.methods(item)] == ["get"]
    assert path_items.merged(None) is None


def test_consequences_follow_their_cause() -> None:
    base = read({})
    recorder = Recorder(base, base)
    shared, other = base.node("/paths"), base.node("/info")
    for rule, node in (("a", shared), ("b", other), ("a", shared)):
        verdict = Verdict.BREAKING if rule == "b" else Verdict.RISKY
        recorder.add(rule, verdict, "m", Pair(node, node))
    assert [(one.rule, bool(one.caused_by)) for one in recorder.ordered()] == [
        ("b", False),
        ("a", False),
        ("a", True),
    ]


def test_security_and_servers_are_canonical() -> None:
    base = read(secured(KEY, [{"a": []}]))
    scheme = security.scheme_of(base, "a")
    assert (scheme.name, str(scheme)) == ("x-key", "apiKey header X-Key")
    assert security.scheme_of(base, "missing").kind == "undefined"
    assert (
        security.scheme_of(read(secured({"type": "http", "scheme": "Bearer"}, [])), "a").as_token.kind
        == "token"
    )
    assert security.scheme_of(read(secured(BASIC, [])), "a").as_token.kind == "http"
    assert security.satisfies({scheme: frozenset("ab")}, {scheme: frozenset("a")})
    assert not security.satisfies({scheme: frozenset("a")}, {scheme: frozenset("ab")})
    assert not security.satisfies({}, {scheme: frozenset()})
    node = read(
        op(servers=[{"url": "HTTP://H:80/{v}/", "variables": {"v": {"enum": ["1", "2"], "default": "1"}}}])
    )
    assert list(servers.urls(node.node("/paths/~1orders/get/servers/0"))) == ["http://h/1", "http://h/2"]


def test_refusing_keyword_is_located() -> None:
    target = from_document({"properties": {"a/b": {"type": "array", "items": {"minimum": 3}}}})
    source = from_document({"properties": {"a/b": {"type": "array", "items": {"minimum": 1}}}})
    refusal = locate({"a/b": [3, 2]}, SchemaValidator(target.document()), source, target)
    assert refusal is not None
    assert (refusal.member, refusal.keyword) == ("/a~1b/1", "minimum")
    assert refusal.pointer == "/properties/a~1b/items/minimum"
    assert locate({"a/b": [3]}, SchemaValidator(target.document()), source, target) is None
    assert pointer(["a/b", 1, "~"]) == "/a~1b/1/~0"


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\nERROR: b\n\n", "b"), ("caseiq-mock: error: c", "c"), ("", "no message"), ("\n ", "no message")],
)
def test_last_line_of_the_mock_is_the_reason(text: str, line: str) -> None:
    assert last_line(text) == line


def test_reports_share_their_words() -> None:
    assert [wording.label(one) for one in (NARROWED, UNPROVEN, ADDED)] == [
        "breaking",
        "unproven",
        "compatible",
    ]
    assert [wording.is_notable(one) for one in (NARROWED, UNPROVEN, ADDED)] == [True, True, False]
    decided = comparison(*FINDINGS)
    shown = wording.groups(decided)
    assert [group.cause.rule for group in shown][:2] == [NARROWED.rule, WIDENED.rule]
    assert [len(group.consequences) for group in shown][:2] == [1, 0]
    assert wording.counts(decided) == "3 breaking, 1 risky, 1 compatible"
    assert wording.witness_title(REQUEST) == "Witness, valid under base and invalid under head"
    assert wording.witness_text(REQUEST).startswith("curl")


@pytest.mark.parametrize(
    ("sent", "read_", "rules"),
    [
        ({"type": "integer"}, {"type": "string"}, []),
        ({"type": "string"}, {"type": "integer"}, ["query-narrowed"]),
        ({"enum": [1, 2]}, {"enum": ["1"]}, ["query-narrowed"]),
    ],
)
def test_text_is_compared_as_the_reader_reads_it(
    sent: dict[str, Any], read_: dict[str, Any], rules: list[str]
) -> None:
    context, scope = scopes(parameter(schema=sent), parameter(schema=read_))
    pointer_ = "/paths/~1orders/get/parameters/0/schema"
    schemas = Pair(context.base.node(pointer_), context.head.node(pointer_))
    part = Part("query", "parameter q", "q", TO_SERVER, schemas, schemas, lambda *_: REQUEST)
    assert compare_text(context, scope, TextPart(part, FORM, FORM)) is (not rules)
    found = [one.rule for one in context.recorder.findings if one.verdict is Verdict.BREAKING]
    assert found == rules
