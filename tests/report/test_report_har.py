"""exchanges.har: the shape of HAR 1.2, with the data of the evidence."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

from support import report_samples as samples

from contract_tests.report.har import write

ENTRY = {
    "startedDateTime": str,
    "time": (int, float),
    "request": {
        "method": str,
        "url": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "queryString": list,
        "headersSize": int,
        "bodySize": int,
    },
    "response": {
        "status": int,
        "statusText": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "content": {"size": int, "mimeType": str},
        "redirectURL": str,
        "headersSize": int,
        "bodySize": int,
    },
    "cache": {},
    "timings": {"send": (int, float), "wait": (int, float), "receive": (int, float)},
}


def archive(*exchanges: dict[str, Any]) -> Any:
    file = io.StringIO()
    write(exchanges, file, "0.1.0", [])
    return json.loads(file.getvalue())["log"]


def has_shape(value: Any, shape: Any, place: str = "") -> None:
    if isinstance(shape, dict):
        for name, kind in shape.items():
            assert name in value, f"{place}/{name}"
            has_shape(value[name], kind, f"{place}/{name}")
    else:
        assert isinstance(value, shape), place


def test_archive_has_the_shape_of_har() -> None:
    log = archive(*samples.EXCHANGES)
    assert log["version"] == "1.2"
    assert log["creator"] == {"name": "caseiq-contract-suite", "version": "0.1.0"}
    assert len(log["entries"]) == len(samples.EXCHANGES)
    for entry in log["entries"]:
        has_shape(entry, ENTRY)
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None


def test_archive_without_exchanges_has_no_entries() -> None:
    assert archive()["entries"] == []


def test_bodies_and_queries_are_recorded() -> None:
    sent = samples.recorded(
        samples.exchange("POST", "/case?a=1&a=&b=%2F", '{"ä": "<>"}'.encode(), answer="né")
    )
    entry = archive(*sent)["entries"][0]
    assert entry["request"]["postData"] == {"mimeType": "application/json", "text": '{"ä": "<>"}'}
    assert entry["request"]["bodySize"] == 12
    assert [(one["name"], one["value"]) for one in entry["request"]["queryString"]] == [
        ("a", "1"),
        ("a", ""),
        ("b", "/"),
    ]
    assert entry["response"]["content"] == {"size": 3, "mimeType": "application/json", "text": "né"}
    assert entry["time"] == entry["timings"]["wait"] == 10
