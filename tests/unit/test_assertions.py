"""Shared assertions against a mock in the same process: they pass on it, and fail with the right requirement."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from support.in_process import connected, edited, new_case

from contract_tests.assertions.access_control import (
    Operations,
    assert_indistinguishable,
    observe,
    path_spellings,
)
from contract_tests.assertions.attribution import resolve_requirement
from contract_tests.assertions.case import Case
from contract_tests.assertions.case_reuse import check_on_one_case, reset_case
from contract_tests.assertions.field_changes import assert_values_change
from contract_tests.assertions.identity import (
    assert_identity_kept,
    assert_no_case,
    client_dates,
    identity_payloads,
    obscured_identity,
)
from contract_tests.assertions.no_effect import assert_no_effect, refused_attempt
from contract_tests.assertions.retrieval import (
    assert_created_date,
    assert_head_matches_get,
    assert_shows_as_created,
    assert_unknown_ids_refused,
)
from contract_tests.assertions.round_trip import Writer
from contract_tests.assertions.shown_case import ShownCase
from contract_tests.assertions.tracked_case import TrackedCase
from contract_tests.client.api import JSON, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Unsupported, Violation
from contract_tests.testdata.corpus import ORDINARY
from mock_server import Request, Response


def violated(check: Callable[[], Any]) -> str | None:
    """Return the requirement that a check calls violated, "own" for the check's own one, None if it passes."""
    try:
        check()
    except Violation as violation:
        return violation.requirement or "own"
    return None


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda record: record.pop(name, None)


def with_field(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda record: record.__setitem__(name, value)


def test_retrieval_passes_on_the_mock() -> None:
    case = new_case()
    assert assert_shows_as_created(case)["testSummary"] == ORDINARY["testSummary"]
    assert_created_date(case, case.read())
    assert_unknown_ids_refused(case)
    assert_head_matches_get(case)
    assert_no_case(case.api, "00000000-0000-0000-0000-000000000000", "made up")


def test_get_that_hides_a_field_violates_get_same() -> None:
    case = new_case(change=edited(without("testSummary"), "GET"))
    assert violated(lambda: assert_shows_as_created(case)) == "GET-SAME"


def test_create_that_loses_a_field_violates_create_stores() -> None:
    def forget(request: Request, response: Response) -> Response:
        return response

    case = new_case(change=forget)
    case.api.update(case.id, {"testSummary": "changed behind the suite's back"})
    assert violated(lambda: assert_shows_as_created(case)) == "CREATE-STORES"


@pytest.mark.parametrize("status", [200, 500])
def test_unknown_id_must_be_refused(status: int) -> None:
    def change(request: Request, response: Response) -> Response:
        return Response(status, response.headers, b"{}") if response.status == 404 else response

    case = new_case(change=change)
    assert violated(lambda: assert_unknown_ids_refused(case)) is not None


def test_created_date_must_stay() -> None:
    case = new_case()
    record = {**case.read(), "createdDate": "2001-01-01T00:00:00Z"}
    assert violated(lambda: assert_created_date(case, record)) == "own"


@pytest.mark.parametrize(("status", "kind"), [(405, Unsupported), (501, Unsupported), (204, Violation)])
def test_head_must_match_get(status: int, kind: type[Exception]) -> None:
    def change(request: Request, response: Response) -> Response:
        return Response(status, {}) if request.method == "HEAD" else response

    with pytest.raises(kind):
        assert_head_matches_get(new_case(change=change))


def test_identity_stays_on_the_mock() -> None:
    case, other = (new_case() for _ in range(2))
    created = case.read()["createdDate"]
    for payload in identity_payloads(case, other):
        response = case.api.update(case.id, payload)
        if not response.refused:
            assert_identity_kept(case, created, case.read(), response)


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", "11111111-2222-4333-8444-555555555555"), ("createdDate", "2001-02-03T04:05:06Z")],
)
def test_changed_identity_is_a_violation(name: str, value: str) -> None:
    case = new_case()
    record = case.read()
    response = case.api.get(case.id)
    assert_identity_kept(case, record["createdDate"], record, response)
    assert violated(
        lambda: assert_identity_kept(case, record["createdDate"], {**record, name: value}, response)
    )


def test_dates_of_clients_mean_their_instant() -> None:
    payloads = client_dates()
    assert {type(payload.get("createdDate")) for payload, _ in payloads} == {str, int, type(None)}
    assert len({str(payload) for payload, _ in payloads}) == len(payloads)
    assert all(moment.tzinfo is not None for _, moment in payloads)
    repeated, escaped = obscured_identity("x")
    assert json.loads(f"{{{repeated}}}") == {"id": "x", "createdDate": "2001-02-03T04:05:06Z"}
    assert json.loads(f"{{{escaped}}}") == {"id": "x", "createdDate": "2001-02-03T04:05:06Z"}


def test_case_that_exists_is_found() -> None:
    case = new_case()
    assert violated(lambda: assert_no_case(case.api, case.id, "just created")) == "own"


def test_record_shown_differently_is_noticed() -> None:
    case = new_case()
    assert isinstance(case, ShownCase)
    before = case.snapshot()
    case.assert_unchanged(before)
    case.api.update(case.id, {"testCategory": "changed"})
    assert violated(lambda: case.assert_unchanged(before)) is not None
    case.update({"testCategory": ORDINARY["testCategory"]})
    case.assert_unchanged(before, accepted=True)


def test_snapshot_shows_a_new_status() -> None:
    case = new_case()
    before = case.snapshot()
    assert case.status() == "Open"
    case.transition("Close")
    assert case.status() == "Close"
    assert case.workflow_id() != before.workflow_id
    assert violated(lambda: case.assert_unchanged(before)) is not None


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
        return [*refused, ("an accepted update", lambda: not case.api.update(case.id, {"testTags": []}).ok)]

    assert assert_no_effect(new_case(), attempts) == 3


def test_field_that_an_attempt_adds_is_found() -> None:
    def attempts(case: Case) -> list[Any]:
        return [("an attempt", lambda: case.api.update(case.id, {"testAdded": 1}).ok)]

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


def test_operations_are_refused_without_credentials() -> None:
    case = new_case()
    operations = Operations(case)
    responses = dict(operations.send({}))
    assert list(responses) == ["createCase", "getCase", "replaceCase", "updateCase", "transitionCase"]
    assert {response.status for response in responses.values()} == {401}
    what, attempt = operations.rejected_attempt("getCase", {}, "with nothing")
    assert what == "getCase with nothing"
    assert attempt()
    assert list(operations.select(5, lambda variants, place, places: [*variants][place::places])) == [
        "getCase",
        "replaceCase",
    ]
    sent = list(operations.each([("none", {})], lambda variants, place, places: [*variants]))
    assert [(operation, what) for operation, what, _ in sent] == [(one, "none") for one in responses]


def test_open_access_is_a_violation() -> None:
    case = new_case()
    operations = Operations(case)
    valid = {"Authorization": "Bearer dev-token"}
    for operation, words in (("getCase", "show no case"), ("createCase", "create no case")):
        _, attempt = operations.rejected_attempt(operation, valid, "with a valid token")
        with pytest.raises(Violation, match=words):
            attempt()


def test_responses_reveal_nothing_about_ids() -> None:
    case = new_case()
    operations = Operations(case)
    assert_indistinguishable(case.api, case.id, lambda case_id: operations.send({}, case_id))
    valid = {"Authorization": "Bearer dev-token"}
    with pytest.raises(Violation, match='"unknown-case" for the unknown id'):
        assert_indistinguishable(case.api, case.id, lambda case_id: operations.send(valid, case_id))


def test_observation_hides_the_requested_id() -> None:
    exchange = Exchange(
        *(
            "GET",
            "http://h/case/abc",
            {},
            b"",
            404,
            "",
            {"X-Id": "abc"},
            b'{"a": ["no abc", 1], "b": {}}',
            0,
            0,
        )
    )
    assert observe(exchange, "abc") == {
        "status": 404,
        "header x-id": "{id}",
        "/a/0": "no {id}",
        "/a/1": "1",
    }


def test_spellings_of_a_path_differ_from_it() -> None:
    spellings = list(path_spellings("/case/abc"))
    assert len(set(spellings)) == len(spellings)
    assert "/case/abc" not in spellings
    for one in (
        "/case/abc/",
        "/CASE/abc",
        "/%63ase/abc",
        "/case//abc",
        "/case/ABC",
        "/case/%61bc",
        "/case/abc?x=1",
    ):
        assert one in spellings
    assert "/case//" not in list(path_spellings("/case"))
