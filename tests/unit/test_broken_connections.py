"""Requests that get no response in any attempt of a check."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from support.in_process import new_case

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, Failure, NoResponse
from contract_tests.client.silence import MOST_HOSTILE
from contract_tests.exceptions import Violation
from contract_tests.results.broken_connections import ATTEMPTS, BrokenConnections
from contract_tests.results.collector import Run
from contract_tests.results.verdicts import Verdict

NUL = b'{"nul": "a\\u0000b"}'
TEXT = b'{"testSummary": "Kauf \xc3\xbcber Umwege"}'


def exchange(status: int = 0, body: bytes = TEXT, case: int = 1) -> Exchange:
    return Exchange("PATCH", f"http://h/case/{case}", {}, body, status, "", {}, b"", 0, 0, failure="cut off")


def broken(body: bytes = TEXT, cause: Cause = Cause.BROKEN, case: int = 1) -> NoResponse:
    return NoResponse(exchange(body=body, case=case), Failure(cause, "connection failed: cut off"))


def last(
    *errors: NoResponse, trace: tuple[Exchange, ...] = (exchange(200),), lost: int = 0
) -> BaseException | None:
    """Return the result of the last attempt. The connection has also lost so many ordinary requests."""
    session = new_case().api.session
    connections: Any = BrokenConnections(session)
    for number in range(lost):
        session.silences.add(replace(exchange(), started=10.0 * number))
    found = None
    for number, error in enumerate(errors):
        if error.failure.cause is Cause.SILENT:
            session.silences.add(replace(error.exchange, started=1000.0 * number, elapsed=1.0))
        found = connections.instead_of(error, "test", trace)
    return found


def test_request_without_any_response_is_a_violation() -> None:
    found = last(*[broken(case=number) for number in range(ATTEMPTS)])
    assert isinstance(found, Violation)
    assert found.requirement == "NO-SERVER-ERROR"
    assert found.actual.endswith("in 3 attempts, while other requests got one: connection failed: cut off")


def test_ids_of_the_case_do_not_distinguish_attempts() -> None:
    connections: Any = BrokenConnections(new_case().api.session)
    for number in range(ATTEMPTS):
        record = json.dumps({"id": f"case-{number}", "lastWorkflowId": f"flow-{number}"}).encode()
        headers = {"content-type": "application/json"}
        shown = Exchange("POST", "http://h/case", {}, b"", 201, "", headers, record, 0, 0)
        body = json.dumps({"caseStatus": [], "workflowId": f"flow-{number}"}).encode()
        found = connections.instead_of(broken(body), "test", [shown])
    assert isinstance(found, Violation)
    assert found.requirement == "NO-SERVER-ERROR"


def test_broken_hostile_request_is_hostile_input() -> None:
    found = last(*[broken(NUL)] * ATTEMPTS)
    assert isinstance(found, Violation)
    assert found.requirement == "HOSTILE-INPUT"


def test_hostile_requests_that_time_out_are_hostile_input() -> None:
    other = NUL.replace(b"nul", b"other")  # random data differs between the attempts
    found = last(*[broken(body, Cause.SILENT) for body in (NUL, other, NUL)])
    assert isinstance(found, Violation)
    assert found.requirement == "HOSTILE-INPUT"


def test_hostile_request_on_a_lossy_connection_is_an_error() -> None:
    error = broken(NUL, Cause.SILENT)
    assert last(*[error] * ATTEMPTS, lost=2) is error


def test_hostile_request_that_is_no_longer_sent_is_hostile_input() -> None:
    session = new_case().api.session
    for started in range(MOST_HOSTILE):
        session.silences.add(replace(exchange(body=NUL), started=2.0 * started, elapsed=1.0))
    found = BrokenConnections(session).instead_of(broken(NUL, Cause.SILENT), "test", [])
    assert isinstance(found, Violation)
    assert found.requirement == "HOSTILE-INPUT"


def test_error_of_a_hostile_request_needs_its_requirement() -> None:
    case = new_case()
    run = Run(case.api, next(iter(case.api.trace)))
    (finding,) = run.conclude("test", ["PATCH-PARTIAL"], broken(NUL, Cause.SILENT))
    assert finding.verdict is Verdict.ERROR
    assert finding.needs == ("HOSTILE-INPUT", "NO-SERVER-ERROR")


@pytest.mark.parametrize(
    "errors",
    [
        [broken()] * (ATTEMPTS - 1),
        [broken(), broken(b"{}"), broken()],
        [broken(cause=Cause.SILENT)] * ATTEMPTS,
        [broken(cause=Cause.OVERSIZED)] * ATTEMPTS,
    ],
    ids=["fewer attempts", "another request", "no response in time", "a response beyond the limit"],
)
def test_error_without_a_known_cause_stays(errors: list[NoResponse]) -> None:
    assert last(*errors) is errors[-1]


def test_error_stays_if_no_request_got_a_response() -> None:
    assert isinstance(last(*[broken()] * ATTEMPTS, trace=(exchange(),)), NoResponse)


def test_check_needs_that_its_requests_get_a_response() -> None:
    case = new_case()
    run = Run(case.api, next(iter(case.api.trace)))
    for _ in range(ATTEMPTS):
        run.begin("test")
        case.read()
        findings = run.conclude("test", ["PATCH-PARTIAL"], broken())
    assert [(one.requirement, one.verdict) for one in findings] == [
        ("NO-SERVER-ERROR", Verdict.FAILED),
        ("PATCH-PARTIAL", Verdict.UNVERIFIED),
    ]
    assert run.raised == "NO-SERVER-ERROR"


def test_error_needs_that_no_request_breaks_its_connection() -> None:
    case = new_case()
    run = Run(case.api, next(iter(case.api.trace)))
    found = {cause: run.conclude("test", ["PATCH-PARTIAL"], broken(cause=cause))[0] for cause in Cause}
    assert {one.verdict for one in found.values()} == {Verdict.ERROR}
    assert [cause for cause, one in found.items() if one.needs] == [Cause.BROKEN]
    assert found[Cause.BROKEN].needs == ("NO-SERVER-ERROR",)
