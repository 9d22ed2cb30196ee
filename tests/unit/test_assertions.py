"""Shared assertions against a mock in the same process: they pass on it, and fail with the right requirement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any
from unittest.mock import Mock

import pytest
from support.in_process import connected, edited, new_case, violated

from contract_tests.assertions.attribution import resolve_requirement
from contract_tests.assertions.case import Case
from contract_tests.assertions.case_reuse import check_on_one_case, reset_case
from contract_tests.assertions.field_changes import assert_values_change
from contract_tests.assertions.no_effect import Attempt, assert_no_effect, refused_attempt
from contract_tests.assertions.tracked_case import TrackedCase
from contract_tests.client.api import JSON, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, Failure, NoResponse
from contract_tests.exceptions import Violation
from contract_tests.testdata.corpus import ORDINARY
from mock_server.core.messages import Fault
from mock_server.faults.call import PATCH, PUT, change_stored
from mock_server.faults.value_changes import at_top, numbers, texts
from mock_server.faults.wrong_updates import change_patch


def attempts_of(*effective: int, count: int = 20) -> Callable[[Case], list[Any]]:
    """Return `count` refused attempts, of which some also change the case."""

    def attempts(case: Case) -> list[Any]:
        def attempt(place: int) -> Callable[[], Exchange]:
            def send() -> Exchange:
                if place in effective:
                    case.api.update(case.id, {"testSummary": f"changed by {place}"})
                return case.api.raw("PATCH", case_path(case.id), b"{", {"Content-Type": JSON})

            return send

        return [refused_attempt(f"attempt {place}", attempt(place)) for place in range(count)]

    return attempts


@pytest.mark.parametrize("count", [1, 8, 9, 20])
def test_attempts_without_an_effect_are_counted(count: int) -> None:
    assert assert_no_effect(new_case(), attempts_of(count=count)) == count


@pytest.mark.parametrize("place", [0, 7, 8, 13, 19])
def test_attempt_with_an_effect_is_found_by_bisection(place: int) -> None:
    with pytest.raises(Violation) as violation:
        assert_no_effect(new_case(), attempts_of(place))
    assert violation.value.expected == f"attempt {place} to change nothing"
    assert f"changed by {place}" in violation.value.actual


def test_accepted_attempt_is_left_out() -> None:
    def attempts(case: Case) -> list[Any]:
        refused = attempts_of(count=3)(case)
        accepted = Attempt("an accepted update", lambda: not case.api.update(case.id, {"testTags": []}).ok)
        return [*refused, accepted]

    assert assert_no_effect(new_case(), attempts) == 3


def test_field_that_an_attempt_adds_is_found() -> None:
    def attempts(case: Case) -> list[Any]:
        return [Attempt("an attempt", lambda: case.api.update(case.id, {"testAdded": 1}).ok)]

    case = new_case()
    assert violated(lambda: assert_no_effect(case, attempts, gone=["testAdded"])) == "own"


def test_values_change_on_the_mock() -> None:
    case = new_case()

    def write(changed: Mapping[str, Any], kept: Mapping[str, Any]) -> Exchange:
        return case.api.update(case.id, {**changed, **kept})

    assert_values_change(case, [("a", "b"), (1, True), ([1], [2])], write)


def test_confused_values_are_found_one_by_one() -> None:
    case = new_case()
    stored: dict[str, Any] = {}

    def write(changed: Mapping[str, Any], kept: Mapping[str, Any]) -> Exchange:
        # Equal to Python, as for a server that compares before it writes.
        stored.update({name: value for name, value in changed.items() if stored.get(name) != value})
        stored.update(kept)
        return case.api.replace(case.id, {**ORDINARY, **stored})

    with pytest.raises(Violation, match="1 to become true"):
        assert_values_change(case, [("a", "b"), (1, True)], write)


def test_fields_that_change_only_alone_are_shown_together() -> None:
    case = new_case()

    def write(new: Mapping[str, Any], _: Mapping[str, Any]) -> Exchange:
        return case.api.update(case.id, dict(list(new.items())[:3]))

    pairs = [(f"a{place}", f"b{place}") for place in range(3)]
    with pytest.raises(Violation, match="an update of several fields"):
        assert_values_change(case, pairs, write)
    assert [exchange.method for exchange in case.api.trace] == ["PATCH", "PATCH", "GET"]
    assert len(case.api.trace[0].sent) == len(pairs)


def test_case_is_reset_to_its_start() -> None:
    case = new_case()
    case.update({"testSummary": "changed", "testNew": 1})
    case.transition("Close")
    again = reset_case(case)
    assert again is None or again.read()["testSummary"] == ORDINARY["testSummary"]
    fresh = new_case()
    fresh.update({"testNew": 1})
    assert reset_case(fresh) is fresh
    assert fresh.read().get("testNew") is None


@pytest.mark.parametrize("member", [{"id": "chosen"}, {"createdDate": "2001-02-03T04:05:06Z"}], ids=str)
def test_case_with_another_identity_is_not_reused(member: dict[str, str]) -> None:
    case = new_case(change=edited(lambda record: record.update(member), "GET"))
    case.update({"testSummary": "changed"})
    assert reset_case(case) is None


@pytest.mark.parametrize(("cause", "is_replaced"), [(Cause.BROKEN, True), (Cause.SILENT, False)])
def test_case_that_the_server_cannot_send_is_not_reused(
    monkeypatch: pytest.MonkeyPatch, cause: Cause, is_replaced: bool
) -> None:
    case = new_case()
    error = NoResponse(case.api.trace[-1], Failure(cause, "cut off"))
    monkeypatch.setattr(case, "read", Mock(side_effect=error))
    with nullcontext() if is_replaced else pytest.raises(NoResponse):
        assert reset_case(case) is None


def test_check_on_one_case_is_repeated_on_a_new_one() -> None:
    seen: list[tuple[str, int]] = []

    def check(case: Case, item: int) -> None:
        seen.append((case.id, item))
        if item == 2 and len(seen) == 2:
            raise Violation("a", "b")

    api = connected()
    from contract_tests.assertions.case import create_case  # noqa: PLC0415

    found = violated(lambda: check_on_one_case(lambda: create_case(api, ORDINARY), [1, 2], check, "REPEATED"))
    assert found == "REPEATED"
    assert [item for _, item in seen] == [1, 2, 2]
    assert seen[0][0] == seen[1][0] != seen[2][0]


def test_tracked_case_agrees_with_the_mock() -> None:
    tracked = TrackedCase(new_case())
    tracked.replace({"testSummary": "one"})
    tracked.replace({"testSummary": "one"})
    tracked.update({"testTags": ["a"]})
    tracked.update({})
    tracked.transition_next()
    assert (tracked.state, tracked.shown) == ("Close", "Close")
    tracked.transition_next()
    tracked.attempt_refused_transition()
    tracked.attempt_refused_update()
    tracked.read()
    assert "testCategory" in tracked.gone


@pytest.mark.parametrize(
    ("fault", "operate", "requirement"),
    [
        ("put-merges", lambda tracked: tracked.replace({"testSummary": "one"}), "PUT-REPLACES"),
        ("patch-replaces", lambda tracked: tracked.update({"testSummary": "one"}), "PATCH-PARTIAL"),
        ("transition-does-nothing", lambda tracked: tracked.transition_next(), "TRANSITION-MOVES"),
    ],
)
def test_tracked_case_names_the_broken_requirement(
    fault: str, operate: Callable[[TrackedCase], None], requirement: str
) -> None:
    tracked = TrackedCase(new_case(fault))
    assert violated(lambda: operate(tracked)) == requirement


@pytest.mark.parametrize(
    ("fault", "operate", "requirement"),
    [
        (
            change_stored(at_top(texts(str.title)), PATCH),
            lambda tracked: tracked.update({"testSummary": "one"}),
            "ROUND-TRIP-TEXT",
        ),
        (
            change_stored(at_top(numbers(int)), PUT),
            lambda tracked: tracked.replace({"testAmount": 1.5}),
            "ROUND-TRIP-NUMBER",
        ),
        (
            change_patch(lambda old, new: {**old, **new, "testSummary": old["testSummary"] + "!"}),
            lambda tracked: tracked.update({"testSummary": "one"}),
            "PATCH-PARTIAL",
        ),
    ],
    ids=["text in a PATCH", "number in a PUT", "old text"],
)
def test_update_that_alters_a_value_violates_a_round_trip(
    fault: Fault, operate: Callable[[TrackedCase], None], requirement: str
) -> None:
    tracked = TrackedCase(new_case(fault))
    with pytest.raises(Violation) as caught:
        operate(tracked)
    assert resolve_requirement(caught.value, [requirement]) == requirement


def test_status_that_a_second_read_shows_again_was_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    tracked = TrackedCase(new_case())
    old = tracked.case.read()
    tracked.transition_next()
    monkeypatch.setattr(tracked.case, "read", lambda: old)
    assert violated(tracked.assert_agrees) == "UPDATE-VISIBLE"
    tracked.shown = "Reopen"
    assert violated(tracked.assert_agrees) == "GET-SAFE"
