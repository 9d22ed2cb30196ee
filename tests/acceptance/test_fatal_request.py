"""A request that stops the server, in the middle of a run."""

from __future__ import annotations

import time

import pytest
from reference_server.faults.connections import Dies
from reference_server.service import CaseService
from reference_server.sockets import Handler, Request, Response, running
from support.suite_run import run_suite

from contract_tests.client import session
from contract_tests.oracle.hostile_input import is_hostile
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


class RefusedPatchKeepsALock(CaseService):
    """A PATCH of an array keeps a lock, for which every later PATCH waits."""

    locked = False

    def perform(self, request: Request) -> Response:
        if request.method == "PATCH":
            if self.locked:
                time.sleep(1)
            self.locked |= request.body.startswith(b"[")
        return super().perform(request)


def test_operation_that_stops_responding_is_reported() -> None:
    with running(RefusedPatchKeepsALock()) as url:
        result = run_suite(url, profile="quick", options=["--response-time=0.5"])
    assert result.failed() == {"NO-SERVER-ERROR"}
    found = [one for one in result.findings if one.verdict is Verdict.FAILED]
    assert [one.expected for one in found] == ["each PATCH to get a response"] * len(found)
    assert "no PATCH is sent any more" in found[0].actual


class FirewallDropsHostileRequests(CaseService):
    """A firewall drops hostile requests: the client waits in vain."""

    def perform(self, request: Request) -> Response:
        if is_hostile(f"http://h{request.target}", request.headers, request.body):
            time.sleep(1)
        return super().perform(request)


@pytest.mark.parametrize("profile", ["brief", "quick"])
def test_hostile_requests_without_a_response_fail_one_row(profile: str) -> None:
    with running(FirewallDropsHostileRequests()) as url:
        result = run_suite(url, profile=profile, options=["--response-time=0.5"])
    assert result.failed() == {"HOSTILE-INPUT"}, result.describe_failures()
    assert Verdict.ERROR not in result.verdicts.values()
