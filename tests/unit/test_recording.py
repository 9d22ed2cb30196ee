"""The record of exchanges and of created cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from contract_tests.client.ledger import Ledger
from contract_tests.client.recording import Recording
from contract_tests.masking.secrets import Secrets


def recording(tmp_path: Path | None = None) -> Recording:
    return Recording("http://h/api", Ledger("run", None, None), Secrets())


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("POST", "http://h/api/case", True),
        ("POST", "http://h/api/case/", True),
        ("POST", "http://h/api/case?x=1", True),
        ("POST", "http://h/api/case/1", False),
        ("GET", "http://h/api/case", False),
        ("POST", "http://h/case", False),
        ("POST", None, False),
    ],
)
def test_create_is_recognised(method: str, url: str | None, expected: bool) -> None:
    assert recording().is_create(method, url) is expected


def test_exchange_is_recorded_and_counted() -> None:
    record, seen = recording(), []
    record.watch = seen.append
    request = requests.Request("GET", "http://h/api/case/1").prepare()
    response = requests.Response()
    response.status_code, response._content = 404, b"{}"
    exchange = record.add(request, response, 0.0)
    failed = record.add_failure(request, 0.0, "timed out", retried=False)
    record.add_failure(request, 0.0, "timed out", retried=True)
    assert (exchange.status, failed.failure) == (404, "timed out")
    assert list(record.trace) == [exchange, failed]
    assert (record.requests_sent, record.responses_received, len(seen)) == (3, 1, 3)
    with record.unwatched():
        record.add(request, response, 0.0)
    assert (list(record.trace), record.requests_sent, len(seen)) == ([exchange, failed], 4, 3)
    record.begin_test("next")
    assert (list(record.trace), record.ledger.test) == ([], "next")


@pytest.mark.parametrize(
    ("sent", "shown", "is_sent"),
    [
        ("abc-1", "abc-1", True), ("abc-1", "ABC-1", True), (17, "17", True), (" 17 ", 17, True),
        ("abc-1", "abc-2", False), (None, "abc-1", False),
    ],
)  # fmt: skip
def test_repeated_id_that_a_create_contained_is_no_repetition(sent: Any, shown: Any, is_sent: bool) -> None:
    record = recording()
    response = requests.Response()
    response.status_code, response._content = 201, json.dumps({"id": shown}).encode()
    for _ in range(2):
        request = requests.Request("POST", "http://h/api/case", json={"id": sent}).prepare()
        with record.ledger.create("http://h/api/case") as create:
            record.add(request, response, 0.0, create)
    assert record.ledger.repeated() == ([] if is_sent else [str(shown)])
