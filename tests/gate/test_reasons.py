"""Sentences about a change, and the place of its cause."""

from __future__ import annotations

from typing import Any

import pytest
from gate.gate_samples import ADDED, FINDINGS, NARROWED, REQUEST, UNPROVEN, WIDENED, comparison
from gate.sides import op, read_side, schema_node

from change_gate.comparison import (
    path_items,
    reasons,
    security,
    servers,
)
from change_gate.comparison.declared import DeclaredChanges
from change_gate.comparison.directions import Pair
from change_gate.comparison.recorder import Recorder
from change_gate.comparison.schemas import generalised
from change_gate.comparison.serialisation import (
    Encoding,
)
from change_gate.comparison.values import references, same
from change_gate.findings import Direction, Verdict
from change_gate.mock_process import last_line
from change_gate.report import wording
from change_gate.schemas.explain import locate, pointer
from change_gate.schemas.schema import from_document
from change_gate.schemas.validation import SchemaValidator

TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT


KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}

BASIC = {"type": "http", "scheme": "basic"}


def secured(scheme: dict[str, Any], security_: Any) -> dict[str, Any]:
    return {"op": {"security": security_}, "root": {"components": {"securitySchemes": {"a": scheme}}}}


FORM, COMMA = Encoding("form", True), Encoding("form", False)


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
        ("minimum", 1, 2, 1, "minimum rose from 1 to 2"),
        ("maxLength", 100, 50, "a", "maxLength fell from 100 to 50"),
        ("multipleOf", 2, 0.5, 1, "multipleOf fell from 2 to 0.5"),
        ("exclusiveMinimum", True, False, 1, "exclusiveMinimum changed from true to false"),
        ("pattern", "a", "b", "a", 'pattern changed from "a" to "b"'),
        (
            "anyOf",
            [{"type": "null", "description": "none"}],
            [],
            1,
            '{"type": "null"} was removed from anyOf',
        ),
        ("minimum", 2, 2, 1, ""),
    ],
)
def test_reason_says_what_changed(keyword: str, old: Any, new: Any, witness: Any, words: str) -> None:
    nodes = [read_side({"root": {"x-s": {keyword: value}}}).node(f"/x-s/{keyword}") for value in (old, new)]
    assert reasons.reason(keyword, Pair(*nodes), witness, TO_SERVER) == words


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
    node = read_side(
        {"root": {**shared, "paths": {"/a": {"$ref": "#/components/pathItems/P", "summary": "b"}}}}
    )
    item = path_items.merged(node.node("/paths/~1a"))
    assert item is not None
    assert item.value["summary"] == "b"
    assert [method for method, _ in path_items.methods(item)] == ["get"]
    assert path_items.merged(None) is None


def test_consequences_follow_their_cause() -> None:
    base = read_side({})
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
    base = read_side(secured(KEY, [{"a": []}]))
    scheme = security.scheme_of(base, "a")
    assert (scheme.name, str(scheme)) == ("x-key", "apiKey header X-Key")
    assert security.scheme_of(base, "missing").kind == "undefined"
    assert (
        security.scheme_of(read_side(secured({"type": "http", "scheme": "Bearer"}, [])), "a").as_token.kind
        == "token"
    )
    assert security.scheme_of(read_side(secured(BASIC, [])), "a").as_token.kind == "http"
    assert security.satisfies({scheme: frozenset("ab")}, {scheme: frozenset("a")})
    assert not security.satisfies({scheme: frozenset("a")}, {scheme: frozenset("ab")})
    assert not security.satisfies({}, {scheme: frozenset()})
    node = read_side(
        op(servers=[{"url": "HTTP://H:80/{v}/", "variables": {"v": {"enum": ["1", "2"], "default": "1"}}}])
    )
    assert list(servers.urls(node.node("/paths/~1orders/get/servers/0"))) == ["http://h/1", "http://h/2"]


def test_refusing_keyword_is_located() -> None:
    target = from_document({"properties": {"a/b": {"type": "array", "items": {"minimum": 3}}}})
    refusal = locate({"a/b": [3, 2]}, SchemaValidator(target.document()), target)
    assert refusal is not None
    assert (refusal.member, refusal.keyword) == ("/a~1b/1", "minimum")
    assert refusal.pointer == "/properties/a~1b/items/minimum"
    assert locate({"a/b": [3]}, SchemaValidator(target.document()), target) is None
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
    ("old", "new", "words"),
    [
        (["string"], ["string", "null"], "null was added to the types"),
        (["string", "null"], ["string"], "null was removed from the types"),
        ("null", ["string"], "null was removed from the types"),
    ],
)
def test_reason_names_null(old: Any, new: Any, words: str) -> None:
    nodes = [read_side({"root": {"x-s": {"type": value}}}).node("/x-s/type") for value in (old, new)]
    places = Pair(*nodes)
    assert reasons.reason("type", places, None, TO_SERVER) == words
    assert reasons.reason("type", places, "x", TO_SERVER) != words
