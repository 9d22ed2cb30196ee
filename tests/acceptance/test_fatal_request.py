"""A request that stops the server, in the middle of a run."""

from __future__ import annotations

import pytest
from reference_server.faults.connections import Dies
from reference_server.service import CaseService
from reference_server.sockets import Handler, Request, running
from support.suite_run import run_suite

from contract_tests.client import session
from contract_tests.results.verdicts import Verdict


class LongTextStopsTheServer(Dies):
    """A PUT of more than 30 kB stops the process."""

    def is_fatal(self, request: Request) -> bool:
        return request.method == "PUT" and len(request.body) > 30_000


def test_request_that_stops_the_server_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "RESTART", 0.2)
    with running(LongTextStopsTheServer()) as url:
        result = run_suite(url, requirements=["ROUND-TRIP-TEXT"])
    assert result.failed() == {"NO-SERVER-ERROR"}
    assert result.verdicts["ROUND-TRIP-TEXT"] is Verdict.UNVERIFIED
    (finding,) = [one for one in result.findings if one.verdict is Verdict.FAILED]
    assert "to survive PUT /case/" in finding.expected
    assert [one["method"] for one in finding.exchanges] == ["POST", "PUT"]


class DroppingHandler(Handler):
    """Closes the connection instead of a response if the service asks for it."""

    def serve(self) -> None:
        try:
            super().serve()
        except ConnectionAbortedError:
            self.close_connection = True


class EmojiStopTheWorker(CaseService):
    """A character beyond U+FFFF stops the worker, and another one takes its place."""

    handler = DroppingHandler

    def parse(self, body: bytes) -> object:
        document = super().parse(body)
        if any(ord(character) > 0xFFFF for character in str(document)):
            raise ConnectionAbortedError
        return document


def test_value_that_stops_the_worker_in_many_checks_is_reported() -> None:
    with running(EmojiStopTheWorker()) as url:
        result = run_suite(url, profile="quick")
    assert result.failed() == {"NO-SERVER-ERROR"}
    found = [one.actual for one in result.findings if one.verdict is Verdict.FAILED]
    assert any("none in 13 attempts, while other requests got one" in actual for actual in found)
