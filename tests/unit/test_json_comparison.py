"""Comparison of JSON values: equality as the contract means it, dates, merges and the status of a record."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from contract_tests.oracle.comparison import (
    find_difference,
    find_field_difference,
    find_remaining,
    first_difference,
    instant,
    is_same_date,
    merge,
    moment,
    pointer,
    replaced_or_merged,
    show,
    status_name,
    status_of,
    stored_fields,
)

MOMENT = datetime(2026, 1, 5, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1e25, int(1e25)),
        (0.1, Decimal("0.1")),
        ({"a": None}, {}),
        ({}, {"a": None}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([[]], [[]]),
        (None, None),
    ],
)
def test_equal_values_have_no_difference(one: Any, other: Any) -> None:
    assert find_difference(one, other) is None


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        (True, 1, "/ is 1 instead of true"),
        (0, False, "/ is false instead of 0"),
        ("1", 1, '/ is 1 instead of "1"'),
        (1, 2, "/ is 2 instead of 1"),
        (1.5, 10**400, f"/ is {show(10**400)} instead of 1.5"),
        (None, "", '/ is "" instead of null'),
        ([1, 2], [2, 1], "/0 is 2 instead of 1"),
        ([1], [1, 2], "/ has 2 items instead of 1: [1, 2]"),
        ({"a": 1}, {}, "/a is absent instead of 1"),
        ({}, {"a": 0}, "/a was not sent, but is 0"),
        ({"a": {}}, {"a": []}, "/a is [] instead of {}"),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, "/a/0/b is 2 instead of 1"),
        ({"a/b~c": 1}, {"a/b~c": 2}, "/a~1b~0c is 2 instead of 1"),
    ],
)
def test_difference_names_place_and_values(expected: Any, actual: Any, difference: str) -> None:
    assert find_difference(expected, actual) == difference


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ("a\U0001d4b3", "a\ud835\udcb3", "/t has U+D835 instead of U+1D4B3 after 1 characters: "),
        ("x" * 900 + "b" + "x" * 900, "x" * 1801, "/t has U+0078 instead of U+0062 after 900 characters: "),
    ],
)
def test_texts_that_look_the_same_are_distinguished(expected: str, actual: str, difference: str) -> None:
    found = find_difference({"t": expected}, {"t": actual})
    assert found is not None
    assert found.startswith(difference)


def test_difference_starts_with_the_given_path() -> None:
    assert find_difference(1, 2, "/x") == "/x is 2 instead of 1"
    assert find_field_difference({"a": 1}, {"a": 2}, "/x") == "/x/a is 2 instead of 1"
    assert find_difference([1], [], "/x") == "/x has 0 items instead of 1: []"


def test_record_may_have_more_fields() -> None:
    assert find_field_difference({"a": 1, "b": None}, {"a": 1.0, "c": 2}) is None
    assert find_field_difference({"a": 1}, {"c": 2}) == "/a is absent instead of 1"
    assert find_field_difference({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}) == "/a/c was not sent, but is 2"


def test_first_of_several_differences_is_returned() -> None:
    assert find_field_difference({"a": 1, "b": 1}, {"a": 2, "b": 2}) == "/a is 2 instead of 1"


@pytest.mark.parametrize(
    ("expected", "actual", "inner"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, (1, 2)),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, (2, 3)),
        ([1, [2]], [1, [3]], (2, 3)),
        ([1, 2], [2, 1], ([1, 2], [2, 1])),
        ([1], [1, 2], ([1], [1, 2])),
        ({"a": 1}, {"b": 1}, ({"a": 1}, {"b": 1})),
        ({"a": 1}, [1], ({"a": 1}, [1])),
    ],
)
def test_innermost_difference_is_found(expected: Any, actual: Any, inner: tuple[Any, Any]) -> None:
    assert first_difference(expected, actual) == inner


def test_pointer_escapes_and_shortens() -> None:
    assert pointer("a~/b") == "a~0~1b"
    assert len(pointer("x" * 60)) == 60
    assert pointer("x" * 61) != "x" * 61


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("é\n", '"é\\n"'),
        ([1, None], "[1, null]"),
        ({"名": "🙂 \\ue9"}, '{"名": "🙂 \\\\ue9"}'),
        ("e\u0301", '"e\\u0301"'),  # looks like the é above
        ("\u212b", '"\\u212b"'),
        ("\u00a0\u200b\u202e", '"\\u00a0\\u200b\\u202e"'),
        ("\u05d0", '"\\u05d0"'),
        ("\ud800", '"\\ud800"'),
        ("\x00\x7f", '"\\u0000\\u007f"'),
    ],
)
def test_value_is_shown_on_one_readable_line(value: Any, shown: str) -> None:
    assert show(value) == shown


@pytest.mark.parametrize(
    ("record", "remaining"),
    [({"a": 1, "b": 2}, "/b is still 2"), ({"b": None}, None), ({}, None), ({"b": 0}, "/b is still 0")],
)
def test_remaining_field_is_named(record: dict[str, Any], remaining: str | None) -> None:
    assert find_remaining(["b", "c"], record) == remaining


def test_fields_of_the_server_are_not_stored() -> None:
    sent = {"id": 1, "createdDate": 2, "lastWorkflowId": 3, "caseStatus": 4, "status": 5, "a": 6, "ID": 7}
    assert stored_fields(sent) == {"a": 6, "ID": 7}


@pytest.mark.parametrize(
    ("old", "new", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": [1]}, {"a": [2]}, {"a": [2]}),
        ({"a": 1}, [1], [1]),
        (1, {"a": 1}, {"a": 1}),
    ],
)
def test_merge_patch_follows_rfc_7396(old: Any, new: Any, merged: Any) -> None:
    assert merge(old, new) == merged


@pytest.mark.parametrize(
    ("shown", "readings"),
    [
        ({"a": {"y": 2}}, {"replace", "shallow merge"}),
        ({"a": {"x": 1, "y": 2}}, {"deep merge"}),
        ({"a": {"x": 1}}, set()),
    ],
)
def test_readings_of_a_patched_object(shown: Any, readings: set[str]) -> None:
    assert replaced_or_merged({"a": {"x": 1}}, {"a": {"y": 2}}, shown) == readings


def test_shallow_merge_differs_from_replacement() -> None:
    assert replaced_or_merged({"a": 1}, {"b": 2}, {"a": 1, "b": 2}) == {"deep merge", "shallow merge"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-05T10:00:00Z", MOMENT),
        ("2026-01-05t10:00:00z", MOMENT),
        ("2026-01-05T10:00:00+00:00", MOMENT),
        ("2026-01-05T10:00:00-00:00", MOMENT),
        ("2026-01-05T10:00:00.250Z", MOMENT.replace(microsecond=250_000)),
        ("2026-01-05T10:00:60Z", MOMENT.replace(second=59)),
        ("2026-01-05T10:00:00+01:00", None),
        ("2026-01-05 10:00:00Z", None),
        ("2026-01-05T10:00:00", None),
        ("2026-02-30T10:00:00Z", None),
        ("2026-01-05T24:00:00Z", None),
        ("\uff12026-01-05T10:00:00Z", None),
        (1767607200, None),
        (None, None),
    ],
)
def test_instant_is_an_rfc_3339_date_in_utc(text: Any, expected: datetime | None) -> None:
    assert instant(text) == expected
    assert moment(text) == (expected or text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000+00:00", True),
        ("2026-01-05T10:00:00.999Z", "2026-01-05T10:00:00Z", True),
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00.999Z", True),
        ("2026-01-05T10:00:01Z", "2026-01-05T10:00:00Z", False),
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:01Z", False),
        ("yesterday", "yesterday", True),
        ("yesterday", "today", False),
        ("yesterday", "2026-01-05T10:00:00Z", False),
        ("2026-01-05T10:00:00Z", None, False),
    ],
)
def test_dates_within_a_second_are_the_same(one: Any, other: Any, same: bool) -> None:
    assert is_same_date(one, other) is same


@pytest.mark.parametrize(
    ("record", "field", "name", "status"),
    [
        ({"status": "A", "caseStatus": "B"}, None, "caseStatus", "B"),
        ({"caseStatus": None, "state": "A"}, None, "state", "A"),
        ({"caseStatus": "A", "own": "B"}, "own", "own", "B"),
        ({"caseStatus": "A"}, "own", "own", None),
        ({}, None, None, None),
    ],
)
def test_status_is_found_under_its_name(
    record: dict[str, Any], field: str | None, name: str | None, status: Any
) -> None:
    assert status_name(record, field) == name
    assert status_of(record, field) == status
