"""Limits of the comparison: depths, numbers and dates, on both sides of each limit."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from gate.pair_tables import document, read
from gate.sides import op, read_side, schema_node

from change_gate.comparison import compare, discriminators, lifecycle, readings, servers
from change_gate.comparison.nulls import without_null
from change_gate.comparison.options import Options
from change_gate.comparison.samples import sample
from change_gate.comparison.syntactic_equality import SyntacticEquality
from change_gate.findings import Comparison
from change_gate.schemas.schema import JsonSchema, from_document

Nest = Callable[[Any], Any]


def in_items(inner: Any) -> Any:
    return {"type": "array", "minItems": 1, "items": inner}


def in_any_of(inner: Any) -> Any:
    return {"anyOf": [inner]}


def in_all_of(inner: Any) -> Any:
    return {"allOf": [inner]}


def in_members(inner: Any) -> Any:
    return {"type": "object", "required": ["a"], "properties": {"a": inner}}


def nested(times: int, inner: Any, nest: Nest) -> Any:
    for _ in range(times):
        inner = nest(inner)
    return inner


@pytest.mark.parametrize("nest", [in_items, in_any_of, in_members])
def test_null_is_left_out_to_a_depth(nest: Nest) -> None:
    nullable, text = {"type": ["string", "null"]}, {"type": ["string"]}
    for depth, inner in ((20, text), (21, nullable)):
        schema = from_document(nested(depth, nullable, nest))
        assert without_null(schema).root == nested(depth, inner, nest)


@pytest.mark.parametrize(
    ("schema", "stripped"),
    [
        ({"type": ["null"]}, {"type": ["null"]}),
        ({"enum": [None]}, {"enum": [None]}),
        ({"enum": [None, 1]}, {"enum": [1]}),
        ({"anyOf": [{"type": "null"}, {"type": ["null"]}, {"enum": [None]}, {"const": None}, True, {"const": 0}]},
         {"anyOf": [True, {"const": 0}]}),
        ({"oneOf": [{"type": "null"}]}, {"oneOf": [{"type": "null"}]}),
        ({"additionalProperties": {"enum": [None, 1]}}, {"additionalProperties": {"enum": [1]}}),
        ({"not": {"type": ["null", "string"]}}, {"not": {"type": ["null", "string"]}}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"enum": [1, None]}}}, {"enum": [1]}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, {"$ref": "#/$defs/A"}),
        (False, False),
    ],
)  # fmt: skip
def test_null_is_left_out_where_other_values_remain(schema: Any, stripped: Any) -> None:
    whole = from_document(schema)
    assert without_null(whole).root == stripped


def test_schema_without_null_is_the_same_object() -> None:
    schema = JsonSchema({"type": "string"})
    assert without_null(schema) is schema


@pytest.mark.parametrize(
    ("nest", "value"),
    [(in_any_of, None), (in_items, lambda inner: [inner]), (in_members, lambda inner: {"a": inner})],
)
def test_sample_has_a_depth(nest: Nest, value: Nest | None) -> None:
    for depth, inner in ((12, True), (13, "x")):
        expected = inner if value is None else nested(depth, inner, value)
        assert sample(from_document(nested(depth, {"type": "boolean"}, nest))) == expected


def test_samples_of_joined_schemas_are_as_deep() -> None:
    part = {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}
    for depth, value in ((11, {"a": True}), (12, {"a": "x"})):
        assert sample(from_document(nested(depth, part, in_all_of))) == value


@pytest.mark.parametrize(
    ("keywords", "number"),
    [
        ({"minimum": 5, "multipleOf": 4}, 8), ({"minimum": 8, "multipleOf": 4}, 8), ({"minimum": 0.5}, 1.0),
        ({"exclusiveMinimum": 4, "multipleOf": 4}, 8), ({"exclusiveMinimum": 3}, 4), ({"exclusiveMaximum": 1}, 0),
        ({"exclusiveMaximum": 3}, 1), ({"maximum": 0}, 0), ({"maximum": 1}, 1), ({"maximum": 2}, 1),
        ({"exclusiveMaximum": 0, "multipleOf": 5}, -5), ({"multipleOf": 0.5}, 1.0), ({"multipleOf": 3}, 0),
        ({"minimum": -3, "exclusiveMinimum": 7}, -3), ({}, 1),
    ],
)  # fmt: skip
def test_sample_number_follows_its_bounds(keywords: Any, number: float) -> None:
    found = sample(from_document({"type": "number", **keywords}))
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(("length", "count"), [(99, 99), (100, 100), (101, 100)])
def test_sample_list_is_not_long(length: int, count: int) -> None:
    assert sample(from_document({"type": "array", "minItems": length})) == ["x"] * count


@pytest.mark.parametrize("length", [9_999, 10_000, 10_001])
def test_sample_text_is_not_long(length: int) -> None:
    assert sample(from_document({"type": "string", "minLength": length})) == "a" * min(length, 10_000)


def test_equality_is_checked_to_a_depth() -> None:
    def is_equal(nest: Nest, depth: int) -> bool:
        sides = (from_document(nested(depth, {"type": "null"}, nest)) for _ in range(2))
        return SyntacticEquality().is_equal(*sides)

    assert is_equal(in_items, 120)
    assert not is_equal(in_items, 121)
    assert is_equal(in_all_of, 60)  # a list is a level, too
    assert not is_equal(in_all_of, 61)


def ref(name: str, **beside: Any) -> Any:
    return {"$ref": f"#/$defs/{name}", **beside}


@pytest.mark.parametrize(
    ("left", "right", "is_equal"),
    [
        ({"enum": [1, "b"]}, {"enum": ["b", 1]}, True),
        ({"enum": [{"a": 1, "b": 2}]}, {"enum": [{"b": 2, "a": 1}]}, True),
        ({"enum": [1, 1]}, {"enum": [1]}, False),
        ({"enum": [1]}, {"enum": [True]}, False),
        ({"prefixItems": [{}, {"minimum": 1}]}, {"prefixItems": [{"minimum": 1}, {}]}, False),
        ({"prefixItems": [{}]}, {"prefixItems": [{}, {}]}, False),
        ({"items": True}, {"items": {}}, False),
        ({"minimum": 1}, {"minimum": 1.0}, True),
        ({"minimum": 1}, {"maximum": 1}, False),
        ({"minimum": 1}, {"minimum": 1, "maximum": 1}, False),
        (ref("A", **{"$defs": {"A": {"minimum": 1}}}), {"minimum": 1}, True),
        (ref("A", title="x", **{"$defs": {"A": {"minimum": 1}}}), ref("B", title="x", **{"$defs": {"B": {"minimum": 1}}}), True),
        (ref("A", title="x", **{"$defs": {"A": {"minimum": 1}}}), ref("A", title="x", **{"$defs": {"A": {"minimum": 2}}}), False),
        (ref("A", **{"$defs": {"A": in_items(ref("A"))}}), ref("B", **{"$defs": {"B": in_items(in_items(ref("B")))}}), True),
    ],
)  # fmt: skip
def test_schemas_are_equal_by_their_content(left: Any, right: Any, is_equal: bool) -> None:
    equality = SyntacticEquality()
    one, other = from_document(left), from_document(right)
    for _ in range(2):  # the second time from memory
        assert equality.is_equal(one, other) is is_equal
        assert equality.is_equal(other, one) is is_equal


@pytest.mark.parametrize(
    ("value", "count", "listed"),
    [([1] * 8, 256, 257), ([1] * 9, 512, 2), (["a"] * 300, 1, 2), ({"a": [1, 1], "b": True}, 8, 11), ([], 1, 2),
     (None, 1, 1), ("1", 2, 2), ("x", 1, 1), (1.5, 2, 2), ([None], 1, 2)],
)  # fmt: skip
def test_readings_are_counted(value: Any, count: int, listed: int) -> None:
    assert readings.count(value) == count
    assert len(list(readings.readings(value))) == listed


def test_first_reading_of_a_large_value_is_all_text() -> None:
    value = {"a": [1, None, True, {"b": 2.0}] * 3}
    assert list(readings.readings(value)) == [{"a": ["1", None, "true", {"b": "2"}] * 3}, value]


@pytest.mark.parametrize(
    ("schema", "is_read"),
    [
        (True, True),
        (False, False),
        ({"items": False}, False),
        ({"items": {"const": "1"}}, True),
        ({"type": "odd"}, False),
    ],
)
def test_large_value_is_read_by_its_members(schema: Any, is_read: bool) -> None:
    assert readings.is_read([1] * 9, from_document(schema)) is is_read
    assert readings.is_read([1] * 2, from_document(schema)) is is_read


@pytest.mark.parametrize(
    ("url", "variables", "urls"),
    [
        ("http://H:80/", {}, ["http://h"]), ("https://H:443/a/", {}, ["https://h/a"]), ("http://h:443", {}, ["http://h:443"]),
        ("https://h:80", {}, ["https://h:80"]), ("HTTPS://H/Ab", {}, ["https://h/Ab"]), ("/v1/", {}, ["/v1"]),
        ("ftp://H:21", {}, ["ftp://h:21"]), ("/{c}", {}, ["/{}"]), ("/{a}", {"a": {"enum": []}}, ["/{}"]),
        ("/{a}", {"a": {"enum": [1, 2]}}, ["/1", "/2"]),
        ("http://{a}.x/{b}/{a}", {"a": {"enum": ["1", "2"]}, "b": {"default": "z"}}, ["http://1.x/{}/1", "http://2.x/{}/2"]),
    ],
)  # fmt: skip
def test_server_has_canonical_urls(url: str, variables: Any, urls: list[str]) -> None:
    side = read_side(op(servers=[{"url": url, "variables": variables}]))
    assert list(servers.urls(side.node("/paths/~1orders/get/servers/0"))) == urls


@pytest.mark.parametrize(("count", "found"), [(199, 199), (200, 200), (201, 200)])
def test_urls_of_a_server_are_limited(count: int, found: int) -> None:
    variable = {"enum": [str(number) for number in range(count)]}
    side = read_side(op(servers=[{"url": "/{a}", "variables": {"a": variable}}]))
    assert len(list(servers.urls(side.node("/paths/~1orders/get/servers/0")))) == found


@pytest.mark.parametrize(("depth", "tags"), [(4, []), (5, ["A"])])
def test_tag_of_a_class_is_looked_up_to_a_depth(depth: int, tags: list[str]) -> None:
    other = nested(depth, {"properties": {"k": {"const": "x"}}}, in_any_of)
    branch = {"$ref": "#/components/schemas/A"}
    node = schema_node({"oneOf": [branch], "discriminator": {"propertyName": "k"}}, A=other)
    assert list(discriminators.classes(node)) == tags


def compared(base: Any, head: Any, **options: Any) -> Comparison:
    return compare(read(document(base)), read(document(head)), Options(**options))


@pytest.mark.parametrize(("depth", "rules"), [(3, ["event-removed"]), (4, [])])
def test_callbacks_are_compared_to_a_depth(depth: int, rules: list[str]) -> None:
    def side(methods: Any) -> Any:
        for level in range(depth - 1):
            methods = {"post": {"responses": {}, "callbacks": {"c": {f"/{level}": methods}}}}
        return op(callbacks={"c": {"/": methods}})

    post: Any = {"post": {"responses": {}}}
    assert [
        finding.rule for finding in compared(side({**post, "put": post["post"]}), side(post)).findings
    ] == rules


@pytest.mark.parametrize(
    ("day", "allow_deprecated", "verdict"),
    [("2026-05-05", False, "breaking"), ("2026-05-06", False, "risky"), ("2026-05-07", True, "compatible"),
     ("2026-05-05", True, "breaking")],
)  # fmt: skip
def test_operation_may_be_removed_after_its_end(day: str, allow_deprecated: bool, verdict: str) -> None:
    operation = {"responses": {}, "deprecated": True, "x-sunset": "2026-05-06"}
    base, head = ({"root": {"paths": {"/b": {}, **more}}} for more in ({"/a": {"get": operation}}, {}))
    options = {"today": datetime.date.fromisoformat(day), "allow_deprecated": allow_deprecated}
    [finding] = compared(base, head, **options).findings
    assert (finding.rule, finding.verdict.value) == ("operation-removed", verdict)


@pytest.mark.parametrize(
    ("fields", "day"),
    [({"x-sunset": "2026-05-06"}, "2026-05-06"), ({"sunset": "2026-05-06T07:08:09Z"}, "2026-05-06"), ({}, None),
     ({"x-sunset": "2026-05-07", "sunset": "2026-05-06"}, "2026-05-07"), ({"x-sunset": "2026-13-01"}, None)],
)  # fmt: skip
def test_end_of_an_operation_is_read(fields: Any, day: str | None) -> None:
    found = lifecycle.sunset_of(read_side(op(**fields)).node("/paths/~1orders/get"))
    assert (found.isoformat() if found else None) == day
