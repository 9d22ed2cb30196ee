"""Assertions about stored values, on a mock in the same process."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.in_process import connected, edited, new_case, violated

from contract_tests.assertions.attribution import resolve_requirement
from contract_tests.assertions.round_trip import Writer
from contract_tests.exceptions import Violation


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_values_come_back_from_the_mock(method: str) -> None:
    writer = Writer(connected(), method)
    writer.assert_kept({"testA": "é ", "testB": [1, {"c": None}]}, {"testA": "x", "testB": ["x"]})
    assert writer.case.read()["testA"] == "é "
    assert writer.store({"testA": 1}) == (True, None)
    accepted, difference = writer.store({"testA": 1}, {"testA": 2})
    assert accepted
    assert difference == "/testA is 1 instead of 2"


def test_lost_value_is_described() -> None:
    writer = Writer(connected("text-trimmed"), "PUT")
    with pytest.raises(Violation, match="what PUT stored to come back as sent"):
        writer.assert_kept({"testA": "x  "})


def lower_inner_texts(record: dict[str, Any]) -> None:
    for name, value in record.items():
        if name.startswith(("test", "alone")) and isinstance(value, (list, dict)):
            record[name] = json.loads(json.dumps(value).lower())


@pytest.mark.parametrize("payload", [{"testA": ["b", "B"]}, {"testA": {"inner": [{"name": "Ann (B)"}]}}])
def test_lost_text_in_a_shape_violates_round_trip_text(payload: dict[str, Any]) -> None:
    writer = Writer(connected(change=edited(lower_inner_texts, "GET", "PUT")), "PUT")
    with pytest.raises(Violation) as raised:
        writer.assert_kept(payload)
    assert raised.value.requirement == "ROUND-TRIP-TEXT"


def test_text_altered_by_a_put_violates_round_trip_text() -> None:
    case = new_case(change=edited(lower_inner_texts, "GET", "PUT"))
    case.replace({"testLocation": {"site": "Leeds"}})
    assert violated(case.assert_shows) == "ROUND-TRIP-TEXT"


def test_text_that_a_put_keeps_violates_put_replaces() -> None:
    case = new_case("put-merges")
    case.replace({"testSummary": "One field is left"})
    with pytest.raises(Violation) as raised:
        case.assert_shows(gone=["testCategory"])
    assert resolve_requirement(raised.value, ["PUT-REPLACES"]) == "PUT-REPLACES"


def numbers_as_texts(record: dict[str, Any]) -> None:
    for name, value in record.items():
        if isinstance(value, int) and not isinstance(value, bool):
            record[name] = str(value)


def password_as_text(record: dict[str, Any]) -> None:
    if "testPassword" in record:
        record["testPassword"] = str(record["testPassword"])


@pytest.mark.parametrize(
    ("edit", "requirement"),
    [(numbers_as_texts, "ROUND-TRIP-NUMBER"), (password_as_text, None)],
    ids=["every number", "a number in one field"],
)
def test_number_lost_in_any_field_is_a_lost_number(edit: Any, requirement: str | None) -> None:
    """The check of names and the check of shapes also send numbers."""
    writer = Writer(connected(change=edited(edit, "GET", "PUT")), "PUT")
    with pytest.raises(Violation) as raised:
        writer.assert_kept({"testPassword": 7})
    assert raised.value.requirement == requirement


@pytest.mark.parametrize(
    ("text", "shown"), [("@name", "'@name"), ("a & b", "a &amp; b"), ("-", "'-"), ("'", "&#x27;")]
)
def test_escaped_text_violates_round_trip_markup(text: str, shown: str) -> None:
    def escape(record: dict[str, Any]) -> None:
        record.update({name: shown for name, value in record.items() if value == text})

    writer = Writer(connected(change=edited(escape)), "PUT")
    assert violated(lambda: writer.assert_kept({"testA": text})) == "ROUND-TRIP-MARKUP"


def test_sorted_array_of_texts_violates_round_trip_shape() -> None:
    def sort(record: dict[str, Any]) -> None:
        record.update({name: sorted(value) for name, value in record.items() if isinstance(value, list)})

    writer = Writer(connected(change=edited(sort)), "PUT")
    payload, control = {"testA": ["long text", "a"]}, {"testA": ["a", "b"]}
    assert violated(lambda: writer.assert_kept(payload, control)) == "ROUND-TRIP-SHAPE"
