"""Assertions about reads, ids and dates, on a mock in the same process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.in_process import edited, new_case, violated

from contract_tests.assertions.identity import (
    assert_identity_kept,
    assert_no_case,
    client_dates,
    identity_payloads,
    obscured_identity,
)
from contract_tests.assertions.retrieval import (
    assert_created_date,
    assert_head_matches_get,
    assert_shows_as_created,
    assert_unknown_ids_refused,
)
from contract_tests.assertions.shown_case import ShownCase
from contract_tests.exceptions import Unsupported, Violation
from contract_tests.testdata.corpus import ORDINARY
from mock_server import Request, Response


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda record: record.pop(name, None)


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


def test_list_in_place_of_the_record_violates_get_same() -> None:
    def wrap(record: dict[str, Any]) -> None:
        whole = dict(record)
        record.clear()
        record["records"] = [whole]

    case = new_case(change=edited(wrap, "GET"))
    assert violated(case.read) == "GET-SAME"
