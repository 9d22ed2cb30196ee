"""Requests without a response: the request that ended the server, and the requirements that explain the others."""

from __future__ import annotations

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, NoResponse
from contract_tests.client.session import RecordingSession
from contract_tests.exceptions import Violation, find_exception
from contract_tests.oracle.hostile_input import is_hostile
from contract_tests.text import shorten


def needs_of_error(error: BaseException | None, session: RecordingSession) -> tuple[str, ...]:
    """Return the requirements whose failure may explain that there is no response."""
    unanswered = find_exception(error, NoResponse)
    if unanswered is None:
        return ()
    sent = unanswered.exchange
    if unanswered.failure.cause is Cause.SILENT and is_hostile(
        sent.url, sent.request_headers, sent.request_body
    ):
        return ("HOSTILE-INPUT", "NO-SERVER-ERROR")
    return ("NO-SERVER-ERROR",) if _may_follow_fatal_request(unanswered, session) else ()


def _may_follow_fatal_request(unanswered: NoResponse, session: RecordingSession) -> bool:
    """Return True if a request that the server cannot handle may explain that there is no response.

    The target may not accept connections, or not respond, since an earlier request. A connection that broke may be
    that of such a request. A time-out may be one of an operation that worked before.
    """
    exchange, is_silent = unanswered.exchange, unanswered.failure.cause is Cause.SILENT
    if is_silent and session.silences.has_responded(exchange.method, exchange.url):
        return True
    fatal = {Cause.UNREACHABLE: session.refused_after, Cause.SILENT: session.silent_after}
    return unanswered.failure.cause is Cause.BROKEN or fatal.get(unanswered.failure.cause) is not None


class FatalRequests:
    """Finds the request during which the target stopped accepting connections."""

    def __init__(self, session: RecordingSession) -> None:
        self._session = session
        self._test = ""

    def find(self, test: str, error: BaseException | None) -> tuple[Violation, Exchange] | None:
        """Return the violation of a test that ended with `error`, and its request; None if there is none.

        The next tests have the same cause, so only one test reports it, each time that it is repeated.
        """
        unanswered = find_exception(error, NoResponse)
        fatal = self._session.refused_after
        if unanswered is None or fatal is None or not fatal.failure:
            return None
        self._test = self._test or test
        if self._test != test:
            return None
        path = fatal.url.removeprefix(self._session.base_url)
        violation = Violation(
            f"the server to survive {fatal.method} {shorten(path, 60)}",
            "no response, and no connection is accepted since then",
            "NO-SERVER-ERROR",
        )
        return violation, fatal
