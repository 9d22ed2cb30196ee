"""Test data: ids, the styles of JSON, kinds of values, batches of the corpus and random payloads."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from contract_tests.contract.deployment import IdFormat
from contract_tests.testdata import strategies, updates
from contract_tests.testdata.alternation import alternating
from contract_tests.testdata.corpus import (
    LARGEST_BATCH,
    NAMES,
    NUMBERS,
    ORDINARY,
    PLACEMENTS,
    REPLACEMENT,
    SHAPES,
    TEXTS,
    as_fields,
    as_items,
    as_members,
    batches,
    letters,
    long_text,
    named_fields,
    named_members,
    placed,
)
from contract_tests.testdata.ids import (
    is_uuid,
    leading_number,
    near_ids,
    neighbour_of,
    odd_ids,
    pattern_ids,
    unknown_id,
    unknown_like,
)
from contract_tests.testdata.invalid_input import NOT_OBJECTS
from contract_tests.testdata.serialization import NOTATIONS, escaped, indented
from contract_tests.testdata.update_sequence import FIRST_UPDATES, MOVED_UPDATES, SINGLE_PATCHES
from contract_tests.testdata.value_kinds import PROBES, kind_of

ID = "0a6f40b3-18cc-4126-8ae5-eee123a99fd2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, True),
        (ID.upper(), True),
        (f"{{{ID}}}", False),
        (ID.replace("-", ""), False),
        (ID[:-1], False),
        (f"urn:uuid:{ID}", False),
        ("", False),
    ],
)
def test_uuid_has_the_canonical_form(text: str, expected: bool) -> None:
    assert is_uuid(text) is expected


def test_unknown_id_is_a_new_uuid() -> None:
    assert is_uuid(unknown_id())
    assert unknown_id() != unknown_id()


@pytest.mark.parametrize("case_id", [ID, ID.upper(), "12345", "CASE-0001-x", "ab", "000000000000000001"])
def test_unknown_like_keeps_the_form(case_id: str) -> None:
    for _ in range(20):
        made = unknown_like(case_id)
        assert made != case_id
        if len(made) == len(case_id):  # a short id may be drawn again, and becomes a UUID
            for old, new in zip(case_id, made, strict=True):
                assert old.isdigit() == new.isdigit()
                assert old.isupper() == new.isupper()
                assert old.islower() == new.islower()
            assert made[: -12 - case_id.count("-")] == case_id[: -12 - case_id.count("-")]


def test_unknown_like_draws_high_digits_and_hexadecimal_letters() -> None:
    made = unknown_like("000-zzz-ZZZ")
    assert set(made[:3]) <= set("89")
    assert set(made[4:7]) <= set("abcdef")
    assert set(made[8:]) <= set("ABCDEF")
    assert made[3] == made[7] == "-"
    assert len({unknown_like(ID) for _ in range(50)}) == 50
    assert all(unknown_like(ID)[:24] == ID[:24] for _ in range(20))


def test_id_without_letters_and_digits_becomes_a_uuid() -> None:
    assert is_uuid(unknown_like("---"))


def test_similar_ids_differ_from_the_id() -> None:
    assert neighbour_of("120") == "121"
    assert neighbour_of("121") == "120"
    assert neighbour_of("12a") == "120"
    assert pattern_ids("abc") == ["%", "*", "ab%", "ab_", "abc' OR '1'='1", "abc'--", "abc,abc"]
    assert pattern_ids("ab_") == ["%", "*", "ab%", "ab_' OR '1'='1", "ab_'--", "ab_,ab_"]


@pytest.mark.parametrize(
    ("text", "expected"), [("3f2b", 3), ("f2b", 0), ("007x", 7), ("42", None), ("", None)]
)
def test_leading_number_is_not_the_whole_text(text: str, expected: int | None) -> None:
    assert leading_number(text) == expected
    assert near_ids(ID, IdFormat.UUID) == [ID[:-1], ID + "0"]
    assert near_ids("1", IdFormat.ANY) == ["1~no-such-case", "no-such-case~1"]


def test_odd_ids_exist_only_for_uuids() -> None:
    assert odd_ids(IdFormat.ANY) == []
    nil, highest, timed, upper, word = odd_ids(IdFormat.UUID)
    assert nil == "00000000-0000-0000-0000-000000000000"
    assert highest == "ffffffff-ffff-ffff-ffff-ffffffffffff"
    assert UUID(timed).version == 1
    assert upper.isupper()
    assert is_uuid(upper)
    assert word == "new"


VALUES: list[Any] = [None, True, 0, -1.5, "", 'a/b"é😀\n', [], {}, {"a/b": [1, {"c": "d"}]}]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("style", NOTATIONS)
def test_every_style_is_the_same_json(style: str, value: Any) -> None:
    assert json.loads(NOTATIONS[style](value)) == value


def test_styles_differ_as_described() -> None:
    assert indented({"a": "/"}) == b'\r\n  {\r\n\t"a": "\\/"\r\n}\r\n '
    assert escaped({"a": ["é", "😀", 1, None]}) == (rb'{"\u0061":["\u00E9","\uD83D\uDE00",1,null]}')


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", "texts"),
        (True, "booleans"),
        (1, "integers"),
        (1.5, "fractions"),
        (None, "nulls"),
        ([], "arrays"),
        (["a", 1], "arrays"),
        ([{}], "arrays of objects or arrays"),
        ([1, []], "arrays of objects or arrays"),
        ({}, "objects"),
        ({"a": 1}, "objects"),
        ({"a": {}}, "nested objects"),
        ({"a": []}, "objects with arrays"),
        ({"a": {}, "b": []}, "objects with arrays"),
    ],
)
def test_kind_of_a_value(value: Any, kind: str) -> None:
    assert kind_of(value) == kind


def test_probes_cover_each_kind_but_texts() -> None:
    kinds = {kind_of(value) for payload in (ORDINARY, REPLACEMENT) for value in payload.values()}
    assert [kind_of(value) for _, value in PROBES] == [
        "nested objects",
        "objects",
        "objects with arrays",
        "arrays of objects or arrays",
        "arrays",
        "fractions",
        "integers",
        "booleans",
    ]
    assert {kind_of(value) for _, value in PROBES} == kinds - {"texts"}


def test_batches_contain_every_value_once_in_order() -> None:
    assert list(batches([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
    assert list(batches([], 2)) == []


def test_batch_ends_before_it_is_too_large() -> None:
    large = "x" * (LARGEST_BATCH // 2)
    made = list(batches([large, large, "a", "b"], 10))
    assert [one for batch in made for one in batch] == [large, large, "a", "b"]
    assert len(made) == 2


def test_batch_may_have_exactly_the_largest_size() -> None:
    half = "y" * (LARGEST_BATCH // 2)
    full = "x" * LARGEST_BATCH
    assert list(batches([full, half, half, "z"], 10)) == [[full], [half, half], ["z"]]


@pytest.mark.parametrize(("index", "text"), [(0, "xaa"), (1, "xab"), (25, "xaz"), (26, "xba"), (675, "xzz")])
def test_letters_number_the_fields(index: int, text: str) -> None:
    assert letters(index) == text


@pytest.mark.parametrize("place", PLACEMENTS)
def test_placement_contains_each_value(place: Any) -> None:
    values = ["v", 7, True, [9], {"k": 8}]
    text = json.dumps(place(values))
    for value in values:
        assert json.dumps(value) in text


def test_placements_are_fields_items_and_members() -> None:
    values = ["v", 7, 1.5, True, [9], {"k": 8}, None]
    assert as_fields(values) == {
        "xaa": "v", "nab": 7, "nac": 1.5, "bad": True, "lae": [9], "oaf": {"k": 8}, "xag": None,
    }  # fmt: skip
    assert as_items(["v", 7, True]) == {"listedbnx": ["v", 7, True]}
    assert as_members(["v", 7]) == {
        "nested": {"inner": {"xaa": "v", "nab": 7}},
        "rows": [{"cellx": "v"}, {"celln": 7}],
    }
    assert placed(["v"]) == {**as_fields(["v"]), **as_items(["v"]), **as_members(["v"])}


def test_fields_of_a_case_have_the_suites_names() -> None:
    for payload in (ORDINARY, REPLACEMENT):
        assert all(name.startswith("test") for name in payload)


def test_named_fields_and_members_have_the_given_names() -> None:
    assert named_fields(["a", "b"]) == {"a": 1, "b": 2}
    assert named_members(["a", "b"]) == {
        "nested": {"a": "007", "b": "007"},
        "rows": [{"inner": {"a": "Ann (B) 1", "b": "Ann (B) 1"}}],
    }


def test_long_text_shows_a_cut() -> None:
    for length in (2, 45, 46, 1000):
        assert len(long_text(length)) == length
        assert long_text(length)[-1] == "§"
    assert long_text(5, "ab") == "abab§"


def test_corpus_repeats_no_value() -> None:
    for values in (TEXTS, NUMBERS, NAMES, SHAPES):
        written = [json.dumps(value) for value in values]
        assert len(set(written)) == len(written)


def test_no_body_of_not_objects_is_an_object() -> None:
    for body in NOT_OBJECTS:
        try:
            value = json.loads(body)
        except ValueError:
            continue
        assert not isinstance(value, dict), body


def test_updates_cover_each_change_of_kind() -> None:
    kinds = {(kind_of(old), kind_of(new)) for old, new in updates.PAIRS}
    scalars = {"texts", "booleans", "integers", "fractions", "nulls", "arrays"}
    assert {(old, new) for old in scalars for new in scalars} <= kinds
    assert not [pair for pair in updates.LOOKALIKES if json.dumps(pair[0]) == json.dumps(pair[1])]
    assert all(isinstance(one, dict) for pair in updates.OBJECTS for one in pair)


@given(strategies.plain_payloads)
def test_random_payload_has_plain_names_and_values(payload: dict[str, Any]) -> None:
    assert 1 <= len(payload) <= 6
    assert all(name.startswith("x") and name.isalpha() for name in payload)
    assert json.loads(json.dumps(payload)) == payload


@given(strategies.texts)
def test_random_text_contains_no_markup(text: str) -> None:
    assert not set(text) & set("<>&{}$%`'\";")


@given(strategies.numbers)
def test_random_number_is_exact_in_json(number: float) -> None:
    assert json.loads(json.dumps(number)) == number


def test_examples_of_several_kinds_take_turns() -> None:
    assert [*alternating("abc", "xy", "")] == ["a", "x", "b", "y", "c"]
    assert [*alternating([None], [0])] == [None, 0]


def test_sequence_of_updates_uses_only_fields_of_the_suite() -> None:
    steps = [*FIRST_UPDATES, *MOVED_UPDATES, *(("PATCH", patch) for patch in SINGLE_PATCHES)]
    names = {name for _, payload in steps for name in payload}
    assert all("test" in name.casefold() for name in names)
    assert {method for method, _ in steps} == {"PUT", "PATCH"}


def test_sequence_of_updates_repeats_and_empties() -> None:
    assert [step for step, following in pairwise(FIRST_UPDATES) if step == following and step[0] == "PUT"]
    assert ("PUT", {}) in FIRST_UPDATES
    assert ("PATCH", {}) in FIRST_UPDATES
    assert ("PATCH", {}) in MOVED_UPDATES
    assert all(len(patch) == 1 for patch in SINGLE_PATCHES if "testAssessor" not in patch)
