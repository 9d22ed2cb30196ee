"""Writes to unknown ids that created a case."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.results.unknown_id_writes import UnknownIdWrites


def exchange(method: str, path: str, status: int, shown: object = None) -> Exchange:
    body = json.dumps(shown).encode()
    return Exchange(method, f"http://h/api/case/{path}", {}, b"{}", status, "", {}, body, 0.0, 0.1)


@pytest.mark.parametrize(
    ("method", "path", "requirement"),
    [
        ("POST", "%25/transition", "TRANSITION-UNKNOWN"),
        ("PUT", "%25", "UPDATE-UNKNOWN"),
        ("PATCH", "%25?x=1", "UPDATE-UNKNOWN"),
    ],
)
def test_refused_write_that_created_a_case_is_found(method: str, path: str, requirement: str) -> None:
    writes, write = UnknownIdWrites(), exchange(method, path, 404)
    writes(write)
    shown = exchange("GET", "%25", 200, {"id": "%"})
    assert writes.find_creating(shown, "%") == {requirement: [write]}


def test_several_kinds_of_writes_are_kept() -> None:
    writes = UnknownIdWrites()
    for method, path in (("PUT", "%25"), ("POST", "%25/transition"), ("PATCH", "%25")):
        writes(exchange(method, path, 404))
    found = writes.find_creating(exchange("GET", "%25", 200, {"id": "%"}), "%")
    assert [*found] == ["UPDATE-UNKNOWN", "TRANSITION-UNKNOWN"]


def test_record_of_another_case_was_not_created() -> None:
    writes = UnknownIdWrites()
    writes(exchange("PUT", "%25", 404))
    assert writes.find_creating(exchange("GET", "%25", 200, {"id": "other"}), "%") == {}


@pytest.mark.parametrize(
    "write", [exchange("PUT", "%25", 500), exchange("GET", "%25", 404), exchange("POST", "%25", 404)]
)
def test_other_requests_created_no_case(write: Exchange) -> None:
    writes = UnknownIdWrites()
    writes(write)
    assert writes.find_creating(exchange("GET", "%25", 200, {"id": "%"}), "%") == {}


def test_accepted_write_explains_a_case_before_a_refused_one() -> None:
    writes, accepted = UnknownIdWrites(), exchange("PUT", "%25", 200)
    for one in (exchange("POST", "%25/transition", 404), accepted):
        writes(one)
    assert writes.find_creating(exchange("GET", "%25", 200, {"id": "%"}), "%") == {
        "UPDATE-UNKNOWN": [accepted]
    }


def test_writes_to_a_created_case_are_not_remembered() -> None:
    writes = UnknownIdWrites()
    writes(Exchange("POST", "http://h/api/case", {}, b"{}", 201, "", {}, b'{"id": "%"}', 0.0, 0.1))
    writes(exchange("PUT", "%25", 200))
    assert writes.find_creating(exchange("GET", "%25", 200, {"id": "%"}), "%") == {}


def test_earlier_refused_write_belongs_to_an_accepted_one() -> None:
    refused, accepted, later = (
        replace(exchange(method, "%25", status), started=started)
        for method, status, started in (("PUT", 404, 1.0), ("PATCH", 200, 2.0), ("PUT", 200, 3.0))
    )
    writes = UnknownIdWrites()
    for one in (refused, accepted, later):
        writes(one)
    found = writes.find_creating(exchange("GET", "%25", 200, {"id": "%"}), "%")
    assert found == {"UPDATE-UNKNOWN": [refused, accepted]}


@pytest.mark.parametrize(
    ("first", "remark"),
    [(404, "PUT with this id was refused before"), (200, None)],
    ids=["refused", "accepted"],
)
def test_accepted_write_after_a_refused_one_is_explained(first: int, remark: str | None) -> None:
    before = replace(exchange("PUT", "%25", first), started=1.0)
    last = replace(exchange("PATCH", "%25", 200), started=2.0)
    writes = UnknownIdWrites()
    for one in (before, last):
        writes(one)
    assert writes.explain(Violation("404", "200"), [last]) == remark
    assert writes.origin is (before if remark else None)
    assert writes.explain(Violation("404", "200"), [before, last]) is None
    assert writes.explain(Violation("404", "200"), []) is None
