"""Media types, and the text of parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from gate.gate_samples import REQUEST
from gate.sides import op, parameter, read_side, scopes

from change_gate.comparison import (
    media_types,
)
from change_gate.comparison.content import Content, media_types_of, meetings
from change_gate.comparison.directions import Pair
from change_gate.comparison.parameter_lists import parameters_of
from change_gate.comparison.schemas import Part
from change_gate.comparison.serialisation import (
    Encoding,
    encoding_of,
    header_text,
    path_text,
    query_text,
    scalar_text,
)
from change_gate.comparison.text_values import TextPart, compare_text
from change_gate.comparison.witnesses import sample_of
from change_gate.findings import Direction, Verdict

TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT


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


@pytest.mark.parametrize(
    ("wanted", "refused", "example"),
    [
        ("application/pdf", ["application/pdf"], "application/pdf"),
        ("*/*", [], "text/plain"),
        ("*/*", ["text/*"], "application/octet-stream"),
        ("*/*", ["text/*", "application/*", "multipart/*", "image/*"], "audio/ogg"),
        ("application/*", ["application/octet-stream", "application/json"], "application/x-example"),
        ("font/*", ["font/x-example"], "font/x-other"),
        ("application/*+xml", [], "application/x-example+xml"),
        ("text/*; a=b", [], "text/plain; a=b"),
        ("*/xml", [], "*/xml"),
        ("*/*", ["*/*"], "text/plain"),
    ],
)
def test_example_of_a_range_is_not_refused(wanted: str, refused: list[str], example: str) -> None:
    def is_chosen(kind: media_types.MediaType) -> bool:
        return media_types.best_match(kind, map(media_types.parse, refused)) is None

    assert str(media_types.example(media_types.parse(wanted), is_chosen)) == example


def test_bodies_meet_by_media_type() -> None:
    sides = [
        op(requestBody={"content": {name: {} for name in one}}) for one in (["text/*"], ["text/html", "a/b"])
    ]
    sent, read_ = (media_types_of(read_side(side).node("/paths/~1orders/get/requestBody")) for side in sides)
    assert [str(kind) for kind, _, _ in meetings(sent, read_)] == ["text/html"]
    assert media_types_of(None) == {}
    assert Content("n", "n", "l", TO_SERVER, sent, read_, lambda *_: REQUEST).sent is sent


FORM, COMMA = Encoding("form", True), Encoding("form", False)


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        (query_text, ("q", "a b", FORM), "q=a%20b"),
        (query_text, ("q", [1, True], FORM), "q=1&q=true"),
        (query_text, ("q", [1, 2.0], COMMA), "q=1,2"),
        (query_text, ("q", [1, 2], Encoding("spaceDelimited", False)), "q=1%202"),
        (query_text, ("q", [1, 2], Encoding("pipeDelimited", True)), "q=1&q=2"),
        (query_text, ("q", [1, 2], Encoding("odd", False)), "q=1,2"),
        (
            query_text,
            ("q/", {"a/": "b/", "c": None}, Encoding("deepObject", False)),
            "q%2F[a%2F]=b%2F&q%2F[c]=",
        ),
        (query_text, ("q", {"a/": "b/"}, FORM), "a%2F=b%2F"),
        (query_text, ("q", None, FORM), "q="),
        (query_text, ("q", "ä", Encoding("", False, "application/json")), "q=%22%5Cu00e4%22"),
        (path_text, ("p", {"a": 1, "b": 2}, Encoding("label", True)), ".a=1.b=2"),
        (path_text, ("p", {"a": 1, "b": 2}, Encoding("simple", False)), "a,1,b,2"),
        (path_text, ("p", ["a/", "b"], Encoding("simple", False)), "a%2F,b"),
        (header_text, ("a/b", Encoding("simple", False)), "a/b"),
        (header_text, (["a", "b"], Encoding("simple", False)), "a,b"),
        (header_text, (None, Encoding("simple", False)), ""),
        (header_text, ([1], Encoding("", False, "application/json")), "[1]"),
        (scalar_text, (1e16,), "1e+16"),
        (scalar_text, (0,), "0"),
        (query_text, ("q", [1, 2], Encoding("pipeDelimited", False)), "q=1%7C2"),
        (query_text, ("q", {"a": 1, "b": 2}, FORM), "a=1&b=2"),
        (query_text, ("q", {"a": 1}, COMMA), "q=a,1"),
        (query_text, ("q", {"a": 1}, Encoding("deepObject", True)), "q[a]=1"),
        (query_text, ("q", [1], Encoding("", False, "application/json")), "q=%5B1%5D"),
        (path_text, ("p", [1, 2], Encoding("simple", False)), "1,2"),
        (path_text, ("p", [1, 2], Encoding("label", False)), ".1.2"),
        (path_text, ("p", 5, Encoding("matrix", False)), ";p=5"),
        (path_text, ("p", 5, Encoding("label", False)), ".5"),
        (path_text, ("p q", "a/b", Encoding("matrix", False)), ";p%20q=a%2Fb"),
        (path_text, ("p", "a/b", Encoding("simple", False)), "a%2Fb"),
        (header_text, ({"a": 1}, Encoding("simple", True)), "a=1"),
        (header_text, ({"a": 1}, Encoding("simple", False)), "a,1"),
        (scalar_text, (None,), None),
        (scalar_text, (-3.0,), "-3"),
        (scalar_text, (9999999999999998.0,), "9999999999999998"),
        (scalar_text, (7,), "7"),
        (scalar_text, (True,), "true"),
        (scalar_text, ("7",), "7"),
        (scalar_text, (False,), "false"),
        (scalar_text, (1.5,), "1.5"),
    ],
)
def test_value_becomes_text(
    function: Callable[..., str | None], arguments: tuple[Any, ...], text: str | None
) -> None:
    assert function(*arguments) == text


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
