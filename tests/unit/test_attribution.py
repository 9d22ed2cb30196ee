"""Attribution of a violation to the requirement that the target broke first."""

from __future__ import annotations

from typing import Any

import pytest
from support.exchanges import exchange

from contract_tests.assertions.attribution import find_writer, needs_operation, resolve_requirement
from contract_tests.assertions.lost_values import lost_field_requirement, round_trip_requirement
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Suspect, Violation, attributed_to

ID = "0b9c5d5e-6f0a-4c5b-9b8e-0d6b8a1f2c3d"
OTHER = "11111111-2222-4333-8444-555555555555"


def create(**fields: Any) -> Exchange:
    return exchange("POST", "/case", fields, 201, {"id": ID, **fields})


def put(status: int = 200, **fields: Any) -> Exchange:
    return exchange("PUT", f"/case/{ID}", fields, status)


def patch(status: int = 200, **fields: Any) -> Exchange:
    return exchange("PATCH", f"/case/{ID}", fields, status)


def get(**fields: Any) -> Exchange:
    return exchange("GET", f"/case/{ID}", shown={"id": ID, **fields})


TRANSITION = exchange("POST", f"/case/{ID}/transition", {"caseStatus": "Close"})


@pytest.mark.parametrize(
    ("trace", "writer"),
    [
        ([create(a=1), get(a=2)], "createCase"),
        ([create(a=1), put(a=3), get(a=2)], "replaceCase"),
        ([create(a=3), get(a=3), TRANSITION, get(a=2)], "transitionCase"),
        ([create(a=1), patch(a=3), get(a=2)], "updateCase"),
        ([create(a=3), get(a=3), patch(b=1), get(a=2)], "updateCase"),
    ],
)
def test_only_writer_since_the_right_value_is_suspected(trace: list[Exchange], writer: str) -> None:
    assert find_writer(trace, ID, "a", 3 if writer != "createCase" else 1) == writer


def test_writer_before_the_first_wrong_read_is_suspected() -> None:
    trace = [create(a=1), put(a=3), get(a=2), patch(b=1), TRANSITION, get(a=2)]
    assert find_writer(trace, ID, "a", 3) == "replaceCase"


def test_several_writers_leave_the_suspect_open() -> None:
    assert find_writer([create(a=3), get(a=3), patch(b=1), TRANSITION, get(a=2)], ID, "a", 3) is None


def test_refused_write_is_no_operation_to_suspect() -> None:
    assert find_writer([create(a=3), get(a=3), patch(422, a=2), get(a=2)], ID, "a", 3) is None


def test_requests_about_other_cases_are_ignored() -> None:
    other = exchange("PUT", f"/case/{OTHER}", {"a": 2})
    assert find_writer([create(a=3), get(a=3), patch(b=1), other, get(a=2)], ID, "a", 3) == "updateCase"


def test_violation_of_another_operation_fails_its_requirement() -> None:
    violation = Violation("one", "other", suspect=Suspect("replaceCase", "PUT-REPLACES"))
    assert resolve_requirement(violation, ["PATCH-PARTIAL"]) == "PUT-REPLACES"


def test_violation_of_the_verified_operation_fails_the_check() -> None:
    violation = Violation("one", "other", suspect=Suspect("updateCase", "PATCH-PARTIAL"))
    assert resolve_requirement(violation, ["PATCH-EMPTY"]) == "PATCH-EMPTY"


@pytest.mark.parametrize("requirement", ["PARALLEL-PUT", "UPDATE-ISOLATED"])
def test_check_of_several_clients_or_cases_keeps_its_violations(requirement: str) -> None:
    violation = Violation("one", "other", suspect=Suspect("createCase", "CREATE-STORES"))
    assert resolve_requirement(violation, [requirement]) == requirement


def test_differing_reads_decide_nothing_while_others_write() -> None:
    violation = Violation("one", "other").belongs_to("GET-SAFE", by_reads=True)
    assert resolve_requirement(violation, ["PARALLEL-PATCH"]) == "PARALLEL-PATCH"
    assert resolve_requirement(violation, ["PATCH-PARTIAL"]) == "GET-SAFE"


def test_named_requirement_wins() -> None:
    with pytest.raises(Violation) as caught, attributed_to("PATCH-PARTIAL"):
        raise Violation("one", "other", suspect=Suspect("updateCase", "PATCH-PARTIAL")).belongs_to("GET-SAFE")
    assert resolve_requirement(caught.value, ["PATCH-EMPTY"]) == "GET-SAFE"


@pytest.mark.parametrize(
    ("sent", "shown", "requirement"),
    [
        ("a", "A", "ROUND-TRIP-TEXT"),
        (1.5, 1, "ROUND-TRIP-NUMBER"),
        ({"a": [1, "x"]}, {"a": [1, "X"]}, "ROUND-TRIP-TEXT"),
        ({"a": [1]}, {"a": ["1"]}, "ROUND-TRIP-NUMBER"),
        ([], None, "ROUND-TRIP-SHAPE"),
        ("", None, "ROUND-TRIP-SHAPE"),
        (True, 1, "ROUND-TRIP-SHAPE"),
        ({"a": {"b": 1}}, {"a": {}}, "ROUND-TRIP-SHAPE"),
    ],
)
def test_lost_value_belongs_to_the_requirement_of_its_kind(sent: Any, shown: Any, requirement: str) -> None:
    assert round_trip_requirement(sent, shown) == requirement


@pytest.mark.parametrize(
    ("record", "requirement"),
    [
        ({"test_summary": "x"}, "ROUND-TRIP-NAMES"),
        ({"testSummary": "old", "test_summary": "x"}, "ROUND-TRIP-NAMES"),
        ({"testsummary": "x"}, "ROUND-TRIP-NAMES"),
        ({"other": "x"}, "CREATE-STORES"),
        ({}, "CREATE-STORES"),
        ({"testSummary": "X"}, "ROUND-TRIP-TEXT"),
    ],
)
def test_lost_field_is_renamed_dropped_or_changed(record: dict[str, Any], requirement: str) -> None:
    assert lost_field_requirement("testSummary", "x", record) == requirement


@pytest.mark.parametrize(
    ("response", "needs"),
    [
        (exchange("PATCH", f"/case/{ID}", status=405), ("PATCH-STATUS",)),
        (exchange("POST", f"/case/{ID}/transition", status=404), ("TRANSITION-STATUS",)),
        (exchange("PATCH", f"/case/{ID}", status=200), ()),
        (exchange("DELETE", f"/case/{ID}", status=405), ()),
    ],
    ids=["405", "404", "accepted", "undocumented"],
)
def test_refusal_for_another_reason_needs_the_operation(response: Exchange, needs: tuple[str, ...]) -> None:
    assert needs_operation(Violation("401", response.summary()), response).needs == needs
