"""Limits of the schema engine: sizes, lengths and depths, on both sides of each limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from change_gate.findings import Direction
from change_gate.schemas import algebra, exclusive, texts
from change_gate.schemas.dialect import Dialect
from change_gate.schemas.facts import merge
from change_gate.schemas.formats import CHECKS
from change_gate.schemas.hints import Hints
from change_gate.schemas.locations import Definitions
from change_gate.schemas.rules import Rules
from change_gate.schemas.values import Generator

NONE = Definitions({})
FOREVER = float("inf")


@pytest.mark.parametrize(("members", "is_subtracted"), [(999, True), (1000, False)])
def test_size_of_a_difference_is_limited(members: int, is_subtracted: bool) -> None:
    schema = {"properties": {f"m{number}": {} for number in range(members)}}
    assert (algebra.subtract(schema, True) is not None) is is_subtracted
    assert (algebra.subtract(True, schema) is not None) is is_subtracted


@pytest.mark.parametrize(("length", "is_unsent"), [(98, True), (99, False)])
def test_chain_of_references_to_a_mark_is_limited(length: int, is_unsent: bool) -> None:
    definitions: dict[str, Any] = {f"A{number}": {"$ref": f"A{number + 1}"} for number in range(length)}
    definitions[f"A{length}"] = {"readOnly": True, "type": "string"}
    member = {"a": {"$ref": "A0"}}
    dialect = Dialect("3.1", Direction.CLIENT_TO_SERVER, definitions.__getitem__)
    assert ("x-unsent" in str(dialect.convert({"properties": member}).root)) is is_unsent


@pytest.mark.parametrize(("branches", "has_cases"), [(1, True), (24, True), (25, False)])
def test_source_is_split_into_few_cases(branches: int, has_cases: bool) -> None:
    source: Any = {"anyOf": [{"const": number} for number in range(branches)]}
    cases = Rules(NONE, NONE)._cases((source,))
    assert (cases == [({"const": number},) for number in range(branches)]) is has_cases
    assert cases is not None or not has_cases


@pytest.mark.parametrize(
    ("source", "cases"),
    [
        ({"type": ["string", "null"]}, [{"type": "null"}, {"type": "string"}]),
        ({"type": ["number", "null"]}, [{"type": "null"}, {"type": "number"}]),
        ({"type": "number"}, None),
        ({"type": ["string"]}, None),
        ({}, None),
        ({"type": ["array", "boolean", "null", "number", "object"]},
         [{"type": kind} for kind in ("array", "boolean", "null", "number", "object")]),
        ({"type": ["array", "boolean", "null", "number", "object", "string"]}, None),
    ],
)  # fmt: skip
def test_source_of_some_types_has_a_case_for_each(source: Any, cases: Any) -> None:
    found = Rules(NONE, NONE)._cases((source,))
    assert found == (None if cases is None else [(source, case) for case in cases])


def test_condition_of_a_source_has_two_cases() -> None:
    source: Any = {"type": "string", "if": {"minLength": 1}, "then": {"maxLength": 2}}
    assert Rules(NONE, NONE)._cases((source,)) == [
        ({"type": "string"}, {"minLength": 1}, {"maxLength": 2}), ({"type": "string"}, {"not": {"minLength": 1}}),
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "is_split"), [(1, False), (2, True), (200, True), (201, False)])
def test_branch_is_split_by_a_member_with_few_values(count: int, is_split: bool) -> None:
    tags = [f"t{number}" for number in range(count)]
    sent: Any = [{"type": "object", "properties": {"k": {"enum": tags}}}]
    read: Any = [{"type": "object", "properties": {"k": {"const": tag}}} for tag in tags]
    proof = exclusive._Proof(
        exclusive.Branches.of(sent, NONE), exclusive.Branches.of(read[:1], NONE), [[]], sides=None  # type: ignore[arg-type]
    )  # fmt: skip
    pieces: list[Any] = [piece["allOf"][1] for piece in proof._pieces(0)]  # type: ignore[index, call-overload]
    members = [{"properties": {"k": {"const": tag}}, "required": ["k"], "type": "object"} for tag in tags]
    assert pieces == ([{"properties": {"k": False}}, *members] if is_split else [])


@pytest.mark.parametrize(
    ("name", "text", "is_valid"),
    [
        ("hostname", ".".join(["a" * 63] * 3 + ["b" * 61]), True),
        ("hostname", ".".join(["a" * 63] * 3 + ["b" * 62]), False),
        ("hostname", "a" * 64, False),
        ("hostname", "a", True),
        ("hostname", "-a", False),
        ("hostname", "a-", False),
        ("hostname", "a_b", False),
        ("hostname", "a..b", False),
        ("email", "a@b", True), ("email", "@b", False), ("email", "a@", False), ("email", "a\n@\nb", True),
        ("idn-email", "é@b", True), ("idn-email", "é", False),
        ("uri", "a:", True), ("uri", "/a", False), ("uri", "a b:c", False), ("uri", "http://h:80/p?q#f", True), ("uri", "1:a", False),
        ("uri-reference", "", True), ("uri-reference", "/a", True), ("uri-reference", "1:a", False), ("uri-reference", "%4", False),
        ("uri-reference", "é", False), ("iri-reference", "é", True), ("iri", "a:é", True), ("iri", "é", False),
        ("duration", "P1Y2M3DT4H5M6S", True), ("duration", "P", False), ("duration", "PT", False), ("duration", "P1W", True),
        ("duration", "P1DT", False), ("duration", "P1H", False), ("duration", "P\u0661D", False),
        ("json-pointer", "", True), ("json-pointer", "/a~0~1", True), ("json-pointer", "a", False), ("json-pointer", "/~2", False),
        ("relative-json-pointer", "0#", True), ("relative-json-pointer", "01", False), ("relative-json-pointer", "1/a", True),
        ("uri-template", "/{a}{?b*,c:9}", True), ("uri-template", "{", False), ("uri-template", "{a:0}", False), ("uri-template", "a b", False),
    ],
)  # fmt: skip
def test_format_is_checked_as_its_standard_says(name: str, text: str, is_valid: bool) -> None:
    assert CHECKS[name](text) is is_valid


def values(schema: Any, **hints: Any) -> list[Any]:
    return Generator(NONE, Hints(**hints), FOREVER).values((schema,))


def test_number_of_values_depends_on_the_depth() -> None:
    widths = []
    schema: Any = {"enum": list(range(400))}
    generator = Generator(NONE, Hints(), FOREVER)
    for depth in range(8):
        widths.append(len(generator.values((schema,), depth)))
    assert widths == [300, 80, 30, 16, 10, 6, 6, 6]


@pytest.mark.parametrize(("length", "longest"), [(2000, 2000), (2001, 2000)])
def test_longest_array_is_limited(length: int, longest: int) -> None:
    assert len(values({"type": "array", "items": {"const": 1}, "minItems": length})[0]) == longest


def test_hinted_length_of_an_array_is_limited() -> None:
    found = values({"type": "array", "items": {"const": 1}}, lengths={6, 7, 2000, 2001})
    assert sorted({len(value) for value in found}) == [*range(8), 2000]


@pytest.mark.parametrize(("count", "is_enough"), [(199, True), (200, False)])
def test_objects_get_fresh_members_up_to_a_number(count: int, is_enough: bool) -> None:
    [value, *_] = values({"type": "object", "additionalProperties": {"const": 1}, "minProperties": count})
    assert (len(value) == count) is is_enough


@pytest.mark.parametrize(("length", "is_made"), [(100_000, True), (100_001, False)])
def test_length_of_a_hinted_text_is_limited(length: int, is_made: bool) -> None:
    facts = merge(({"type": "string"},))
    assert ("a" * length in set(texts.texts(facts, Hints(lengths={length})))) is is_made


@pytest.mark.parametrize(
    ("schema", "hints", "first"),
    [
        ({"minLength": 2, "maxLength": 4}, {}, ["aa", "aaaa", "aaa", "aa"]),
        ({"maxLength": 0}, {}, ["", ""]),
        ({"minLength": 3}, {"lengths": {2, 5}}, ["aaa", "aaaaa", "aaaa", "aaa"]),
        ({"pattern": "^b{2,4}$"}, {"lengths": {3, 9}}, ["bb", "bbb"]),
        ({"pattern": "^[bc]$"}, {"patterns": {"b"}}, ["b", "c", "b"]),
        ({"format": "date"}, {"constants": ["2025-03-04", 7]}, ["2026-01-31", "2024-02-29", "2025-03-04"]),
        ({"not": {"pattern": "a"}}, {}, ["", "a"]),
    ],
)  # fmt: skip
def test_simplest_texts_come_first(schema: Any, hints: Any, first: list[str]) -> None:
    found = list(texts.texts(merge(({"type": "string", **schema},)), Hints(**hints)))
    assert json.dumps(found[: len(first)]) == json.dumps(first)


def few(count: int) -> Any:
    return {"enum": list(range(count))}


def test_arrays_vary_few_elements_at_once() -> None:
    found = values({"type": "array", "items": few(20)}, lengths={2})
    pairs = [value for value in found if len(value) == 2]
    assert [value for value in found if len(value) == 1] == [[number] for number in range(20)]
    assert pairs[:5] == [[number, number] for number in range(5)]
    assert sorted(pairs) == sorted(
        [[number, number] for number in range(20)]
        + [[0, number] for number in range(1, 20)]
        + [[one, other] for one in (1, 2, 3) for other in range(4) if one != other]
    )


def test_contained_elements_are_limited() -> None:
    found = values(
        {"type": "array", "contains": few(20), "items": {"enum": ["a", "b", "c", "d", *range(20)]}}
    )
    assert [value for value in found if len(value) == 2 and value[0] == "a" and value[1] != "a"][:12] == [
        ["a", number] for number in range(12)
    ]
    assert {value[0] for value in found if len(value) == 2 and value[1] == 11} >= {"a", "b", "c"}


@pytest.mark.parametrize(
    ("schema", "hints", "prefix", "count"),
    [
        ({"propertyNames": {"enum": [f"k{number:02}" for number in range(30)]}}, {}, "k", 20),
        ({}, {"names": {f"n{number:02}" for number in range(40)}}, "n", 30),
        ({}, {"patterns": {f"^p{number:02}$" for number in range(15)}}, "p", 10),
    ],
)
def test_names_of_candidates_are_limited(schema: Any, hints: Any, prefix: str, count: int) -> None:
    found = values({"type": "object", "additionalProperties": {"const": 1}, **schema}, **hints)
    assert sorted({name for value in found for name in value}) == [
        "extra", *(f"{prefix}{number:02}" for number in range(count))
    ]  # fmt: skip


def test_members_are_combined_in_pairs() -> None:
    names = "abcdefghijklmn"
    members = {name: {"const": name} for name in names}
    found = values({"type": "object", "additionalProperties": False, "properties": members})
    assert [list(value) for value in found if len(value) > 2] == [list(names[:12])]
    assert sorted("".join(value) for value in found if len(value) == 2) == [
        one + other for index, one in enumerate(names[:12]) for other in names[index + 1 : 12]
    ]
    assert sorted("".join(value) for value in found if len(value) < 2) == ["", *names]


def test_hinted_patterns_of_a_text_are_limited() -> None:
    hints = Hints(patterns={f"^p{number:02}$" for number in range(25)})
    found = texts.texts(merge(({"type": "string"},)), hints)
    assert [text for text in found if text.startswith("p")] == [f"p{number:02}" for number in range(20)]
