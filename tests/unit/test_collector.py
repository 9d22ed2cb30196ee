"""Findings that the end of a test makes of its exchanges and of its error."""

from __future__ import annotations

from dataclasses import replace

from support.in_process import connected

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, Failure, NoResponse
from contract_tests.exceptions import Violation
from contract_tests.results.collector import Run
from contract_tests.results.verdicts import Verdict

CASE = "http://mock.invalid/case"


def run_of() -> Run:
    api = connected()
    run = Run(api, api.create({"testSummary": "first"}))
    run.begin("test")
    return run


def server_error(body: bytes) -> Exchange:
    headers = {"content-type": "application/json"}
    return Exchange("POST", CASE, {}, body, 500, "Error", headers, b"{}", 0.0, 0.1)


def test_hostile_input_is_shown_by_the_shortest_request() -> None:
    run = run_of()
    watch = run.api.session.watch
    assert watch is not None
    for body in (b'{"a": "\\ud800", "b": 1}', b'{"a": 1e999}', b'{"abc": 1e999}'):
        watch(server_error(body))
    found = run.conclude("test", ["NO-SERVER-ERROR", "HOSTILE-INPUT"], None)
    hostile = next(one for one in found if one.requirement == "HOSTILE-INPUT")
    assert hostile.verdict is Verdict.FAILED
    assert hostile.exchanges[-1]["request_body"] == '{"a": 1e999}'


def refused(run: Run) -> NoResponse:
    exchange = Exchange("GET", f"{CASE}/1", {}, b"", 0, "", {}, b"", 0.0, 0.1, failure="refused")
    return NoResponse(exchange, Failure(Cause.UNREACHABLE, "refused"))


def test_refused_connection_needs_the_server_to_survive() -> None:
    run = run_of()
    run.api.session.refused_after = server_error(b"{}")
    [found] = run.conclude("later", ["HOSTILE-INPUT"], refused(run))
    assert (found.verdict, found.needs) == (Verdict.ERROR, ("NO-SERVER-ERROR",))


def test_refused_connection_without_a_request_needs_nothing() -> None:
    run = run_of()
    [found] = run.conclude("later", ["HOSTILE-INPUT"], refused(run))
    assert (found.verdict, found.needs) == (Verdict.ERROR, ())


def test_violation_without_another_cause_is_the_one_shown() -> None:
    run = run_of()
    watch = run.api.session.watch
    assert watch is not None
    moved = replace(
        server_error(b""), method="GET", url=f"{CASE}/1", status=302, secrets=run.api.session.secrets
    )
    watch(moved)
    watch(replace(moved, request_headers={"Authorization": "Bearer dev-token"}))
    watch(moved)
    found = run.conclude("test", ["SCHEMA"], None)
    assert [(one.verdict, "AUTH-REQUIRED" in one.needs) for one in found] == [(Verdict.FAILED, False)]
    assert found[0].exchanges[-1]["request_headers"].keys() == {"Authorization"}


def test_needs_of_a_violation_are_those_of_its_finding() -> None:
    run = run_of()
    violation = Violation("moved", "open")
    violation.needs = ("UPDATE-VISIBLE",)
    [found] = run.conclude("test", ["TRANSITION-MOVES"], violation)
    assert (found.requirement, found.needs) == ("TRANSITION-MOVES", ("UPDATE-VISIBLE",))
