"""The request that ended the server, and the requirements that may explain that there is no response."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.in_process import connected

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, Failure, NoResponse
from contract_tests.client.session import RecordingSession
from contract_tests.exceptions import TargetError, Violation
from contract_tests.results.missing_responses import FatalRequests, needs_of_error

URL = "http://mock.invalid/case/1"
READ = Exchange("GET", URL, {}, b"", 0, "", {}, b"", 0.0, 0.1, failure="refused")
HOSTILE = replace(READ, method="PATCH", request_body=b'{"nul": "a\\u0000b"}')


def no_response(cause: Cause, exchange: Exchange = READ) -> NoResponse:
    return NoResponse(exchange, Failure(cause, "no response"))


def session_after(fatal: Exchange | None) -> RecordingSession:
    session = connected().session
    session.refused_after = fatal
    return session


@pytest.mark.parametrize(
    ("error", "needs"),
    [
        (None, ()),
        (TargetError("no token"), ()),
        (Violation("a response", "none"), ()),
        (no_response(Cause.BROKEN), ("NO-SERVER-ERROR",)),
        (no_response(Cause.SILENT), ()),
        (no_response(Cause.UNREACHABLE), ()),
        (no_response(Cause.SILENT, HOSTILE), ("HOSTILE-INPUT", "NO-SERVER-ERROR")),
    ],
    ids=["none", "other", "violation", "broken", "silent", "unreachable", "hostile"],
)
def test_needs_depend_on_the_cause(error: BaseException | None, needs: tuple[str, ...]) -> None:
    assert needs_of_error(error, session_after(None)) == needs


def test_refused_connection_after_a_request_needs_it() -> None:
    assert needs_of_error(no_response(Cause.UNREACHABLE), session_after(HOSTILE)) == ("NO-SERVER-ERROR",)


def test_fatal_request_is_found_in_each_run_of_one_test() -> None:
    requests = FatalRequests(session_after(HOSTILE))
    error = no_response(Cause.UNREACHABLE)
    found = requests.find("first", error)
    assert found is not None
    violation, request = found
    assert (violation.requirement, request) == ("NO-SERVER-ERROR", HOSTILE)
    assert violation.expected == "the server to survive PATCH /case/1"
    assert requests.find("second", error) is None
    assert requests.find("first", error) is not None


@pytest.mark.parametrize("fatal", [None, replace(READ, status=200, failure="")], ids=["none", "a response"])
def test_request_with_a_response_is_not_fatal(fatal: Exchange | None) -> None:
    assert FatalRequests(session_after(fatal)).find("test", no_response(Cause.UNREACHABLE)) is None
