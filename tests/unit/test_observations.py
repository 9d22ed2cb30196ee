"""Observations about a target where the document is silent."""

from __future__ import annotations

from typing import Any

import pytest
from support.exchanges import exchange

from contract_tests.client.exchange import Exchange
from contract_tests.results.observations import Observer, date_pattern, merged

ID = "0b9c5d5e-6f0a-4c5b-9b8e-0d6b8a1f2c3d"
RECORD = {"id": ID, "createdDate": "2026-01-02T03:04:05Z", "lastWorkflowId": "w1", "caseStatus": "Open"}
CASE = f"/api/case/{ID}"


@pytest.mark.parametrize(
    ("date", "pattern"),
    [
        ("2026-11-29T13:48:39.419Z", "YYYY-MM-DDThh:mm:ss.fffZ"),
        ("2026-11-29T13:48:39Z", "YYYY-MM-DDThh:mm:ssZ"),
        ("2026-11-29 13:48:39.123456+00:00", "YYYY-MM-DD hh:mm:ss.ffffff+00:00"),
    ],
)
def test_pattern_of_a_date_is_not_a_date(date: str, pattern: str) -> None:
    assert date_pattern(date) == pattern


def observed(*exchanges: Exchange) -> dict[str, str]:
    """Return what the exchanges showed, by the id of its title."""
    observer = Observer()
    for one in exchanges:
        observer(one)
    return {id_: found["text"] for id_, found in observer.observations().items()}


def create(record: Any = RECORD, **sent: Any) -> Exchange:
    return exchange("POST", "/api/case", sent, 201, record)


def get(**shown: Any) -> Exchange:
    return exchange("GET", CASE, shown=RECORD | shown)


def test_create_shows_id_date_and_status() -> None:
    found = observed(create(testSummary="x"))
    assert found["case-id"] == "a UUID"
    assert found["created-date"] == "YYYY-MM-DDThh:mm:ssZ"
    assert found["status-field"] == "caseStatus"
    assert found["status-names"] == '"Open"'
    assert observed(create(RECORD | {"id": "C-1"}))["case-id"] == "a string of another form"
    assert (
        observed(create(RECORD | {"createdDate": "today"}))["created-date"] == "no RFC 3339 date-time in UTC"
    )


def test_other_paths_and_creates_without_an_id_show_nothing() -> None:
    assert observed(exchange("GET", "/api/cases", shown=RECORD)) == {}
    assert "case-id" not in observed(create({"caseStatus": "Open"}, a=1))
    assert "case-id" not in observed(exchange("GET", CASE, shown=RECORD))


@pytest.mark.parametrize(
    ("workflow_id", "text"), [("w1", "stays when a case moves"), ("w2", "changes when a case moves")]
)
def test_move_shows_what_becomes_of_the_workflow_id(workflow_id: str, text: str) -> None:
    moved = exchange(
        "POST", f"{CASE}/transition", {"caseStatus": "Close", "workflowId": "w1"},
        shown=RECORD | {"caseStatus": "Close", "lastWorkflowId": workflow_id}, started=1,
    )  # fmt: skip
    found = observed(create(), moved)
    assert found["last-workflow-id"] == text
    assert found["update-answer"] == "the record"
    assert found["transitions"] == "Open → Close"
    assert "last-workflow-id" not in observed(create(), get(lastWorkflowId=workflow_id))


def test_move_shows_the_name_of_its_state() -> None:
    moved = exchange(
        "POST", f"{CASE}/transition", {"caseStatus": "Close"}, shown=RECORD | {"caseStatus": "Closed"}, started=1
    )  # fmt: skip
    assert observed(create(), moved)["transitions"] == 'Open → Close; Close is shown as "Closed"'


def test_transition_read_by_get_is_no_move() -> None:
    found = observed(create(), exchange("GET", f"{CASE}/transition", shown=RECORD | {"caseStatus": "Close"}))
    assert "last-workflow-id" not in found
    assert "update-answer" not in found


@pytest.mark.parametrize(
    ("shown", "text"), [({"testNote": None}, "is stored as null"), ({}, "removes the field")]
)
def test_get_after_a_patch_with_null_shows_how_null_is_stored(shown: dict[str, Any], text: str) -> None:
    patched = exchange("PATCH", CASE, {"testNote": None, "id": None}, shown={"status": "ok"})
    found = observed(create(), patched, get(**shown), get(testNote="later"))
    assert found["patched-null"] == text
    assert found["update-answer"] == "a status object"


@pytest.mark.parametrize(
    ("shown", "text"),
    [({"testNote": None}, "are shown as null"), ({}, "are absent"), ({"testNote": "x"}, None)],
)
def test_get_after_a_put_shows_what_becomes_of_other_fields(shown: dict[str, Any], text: str | None) -> None:
    put = exchange("PUT", CASE, {"testSummary": "y"}, shown={"status": "ok"})
    found = observed(create(RECORD | {"testNote": "x", "owner": "u"}), put, get(**shown))
    assert found.get("removed-fields") == text


def test_refusals_show_their_format() -> None:
    problem = {"title": "Bad", "detail": "x"}
    found = observed(
        exchange("PATCH", CASE, {}, 422, problem, media_type="application/problem+json"),
        exchange("PATCH", CASE, {}, 404, media_type=""),
        exchange("PATCH", CASE, {}, 400, b"<html>", media_type="text/html"),
        exchange("PATCH", CASE, {}, 409, ["x"], media_type=""),
    )
    assert found["refusals"] == "400; 404; 409; 422"
    assert found["error-format"] == (
        "application/problem+json with detail, title; no body; no media type; text/html"
    )
    assert "refusals" not in observed(exchange("PATCH", CASE, {}, 500))


def test_sizes_and_limits_are_the_extreme_ones() -> None:
    found = observed(
        create(testSummary="x" * 100), create(testSummary="x"),
        exchange("PUT", CASE, {"testSummary": "y" * 300}, 413), exchange("PUT", CASE, {"testSummary": "y" * 200}, 413),
        exchange("PUT", CASE, {}, 429),
    )  # fmt: skip
    assert found["body-size"] == "119 bytes are accepted; 219 bytes are refused with 413"
    assert found["rate-limit"] == "429, Retry-After absent"


def test_observations_of_processes_are_merged() -> None:
    refused = {"title": "Refusals", "text": "400; 404"}
    assert merged("refusals", refused, {"title": "Refusals", "text": "404; 500"})["text"] == "400; 404; 500"
    small = {"title": "Body size", "text": "", "accepted": "10", "refused": "30"}
    large = {"title": "Body size", "text": "", "accepted": "2000", "refused": ""}
    assert (
        merged("body-size", small, large)["text"] == "2,000 bytes are accepted; 30 bytes are refused with 413"
    )
