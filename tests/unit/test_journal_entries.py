"""Entries of the mock's journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_server.core.messages import IGNORED, SHAPED_BY, Request, Response
from mock_server.core.service import create_locate
from mock_server.core.settings import Settings
from mock_server.journal import LONGEST_BODY, Journal, format_line, printable
from mock_server.masking import MASKED, Mask

ID = "01977c4a-62f1-7000-8000-3f2b8a6d9e10"
OK = Response(200, {"content-type": "application/json"}, b'{"id":"x"}')


def journal(on_exchange: Callable[[Any], None] | None = None) -> Journal:
    return Journal(create_locate(Settings()), Mask(["dev-token"]), on_exchange)


def request(method: str = "GET", path: str = f"/case/{ID}", body: bytes = b"", query: str = "") -> Request:
    return Request(method, path, {"authorization": "Bearer dev-token"}, body, query)


def test_entry_describes_an_exchange() -> None:
    entries: list[Any] = []
    seen = journal(entries.append)
    seen.add(1_700_000_000.0, 1_700_000_000.25, request(body=b"{}", query="a=dev-token"), OK)
    [entry] = seen.read()
    assert entries == [entry]
    assert (entry["number"], entry["milliseconds"], entry["operation"]) == (1, 250.0, "getCase")
    assert (entry["case"], entry["time"]) == (ID, "2023-11-14T22:13:20.000+00:00")
    assert entry["request"] == {
        "method": "GET", "path": f"/case/{ID}", "query": f"a={MASKED}",
        "headers": {"authorization": f"Bearer {MASKED}"}, "body": "{}",
    }  # fmt: skip
    assert (entry["problem"], entry["findings"], entry["shaped_by"]) == (None, [], [])


def test_case_of_an_entry_comes_from_the_path_or_from_location() -> None:
    seen = journal()
    created = Response(201, {"location": f"case/{ID}"}, b"{}")
    for one, response in (
        (request("POST", "/case"), created),
        (request("POST", "/case"), OK),
        (request(path="/other"), OK),
    ):
        seen.add(0, 0, one, response)
    assert [(entry["case"], entry["operation"]) for entry in seen.read()] == [
        (ID, "createCase"), (None, "createCase"), (None, None),
    ]  # fmt: skip


def test_entries_are_selected_by_number_case_and_limit() -> None:
    seen = journal()
    for path in (f"/case/{ID}", "/case/other", f"/case/{ID}", f"/case/{ID}"):
        seen.add(0, 0, request(path=path), OK)
    assert [entry["number"] for entry in seen.read(after=1)] == [2, 3, 4]
    assert [entry["number"] for entry in seen.read(case=ID, limit=2)] == [1, 3]
    assert seen.last == 4
    seen.clear()
    assert (seen.last, seen.read()) == (0, [])
    seen.add(0, 0, request(), OK)
    assert seen.last == 5


def test_long_body_is_cut_and_time_never_negative() -> None:
    seen = journal()
    seen.add(
        2, 1, request("PUT", body=b"x" * (2 * LONGEST_BODY)), Response(200, {}, b"y" * (2 * LONGEST_BODY))
    )
    [entry] = seen.read()
    assert len(entry["request"]["body"]) == len(entry["response"]["body"]) == LONGEST_BODY
    assert entry["milliseconds"] == 0


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"title":"T","detail":"D dev-token"}', f"D {MASKED}"),
        (b'{"title":"T","detail":""}', "T"),
        (b'{"error":"invalid_client"}', "invalid_client"),
        (b"[]", None),
        (b"<html>", None),
    ],
)
def test_refusal_is_explained(body: bytes, problem: str | None) -> None:
    seen = journal()
    seen.add(0, 0, request("PATCH"), Response(400, {}, body))
    seen.add(0, 0, request("PATCH"), Response(200, {}, body))
    refused, accepted = seen.read()
    assert (refused["problem"], accepted["problem"]) == (problem, None)


def test_line_names_findings_notes_and_causes() -> None:
    seen = journal()
    errors = b'{"detail":"no","errors":[{"pointer":"/a","message":"is bad"},{"pointer":"","message":"is odd"},{"pointer":1}]}'
    seen.add(
        0,
        0.0034,
        request("PATCH", query="q=1"),
        Response(422, {SHAPED_BY: "fault a, latency", IGNORED: "b"}, errors),
    )
    [entry] = seen.read()
    assert entry["findings"] == [{"pointer": "/a", "message": "is bad"}, {"pointer": "", "message": "is odd"}]
    line = format_line(entry)
    assert line.endswith(f"PATCH /case/{ID}?q=1 422 3 ms  /a is bad; the body is odd b [fault a, latency]")


def test_line_without_notes_ends_with_its_time() -> None:
    seen = journal()
    seen.add(0, 0, request(), OK)
    assert format_line(seen.read()[0]).endswith("200 0 ms")
    assert printable("a\nb\x1b[1m é") == "a\\nb\\x1b[1m é"
