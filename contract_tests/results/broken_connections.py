"""Requests that get no response in any attempt of a check, while the target responds to others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, NoResponse
from contract_tests.client.session import RecordingSession
from contract_tests.exceptions import Violation, find_exception
from contract_tests.oracle.hostile_input import is_hostile

ATTEMPTS: Final = 3
"""Attempts of a check whose connection fails."""


class BrokenConnections:
    """Turns the error of a check into a violation if each of its attempts ended with the same request.

    A connection may break for many reasons. The server only fails if the same request never gets a complete response,
    and other requests of the same attempt did. A hostile request may also time out, if others do so far less often.
    """

    def __init__(self, session: RecordingSession) -> None:
        self._session = session
        self._last: tuple[str, str, bytes] | None = None
        self._count = 0

    def instead_of(
        self, error: BaseException | None, test: str, trace: Sequence[Exchange]
    ) -> BaseException | None:
        """Return the error, or the violation that explains it."""
        unanswered = find_exception(error, NoResponse)
        if unanswered is None:
            self._last = None
            return error
        sent, is_silent = unanswered.exchange, unanswered.failure.cause is Cause.SILENT
        hostile = is_hostile(sent.url, sent.request_headers, sent.request_body)
        if unanswered.failure.cause is not Cause.BROKEN and not (hostile and is_silent):
            self._last = None
            return error
        silences = self._session.silences
        if is_silent and silences.drops_hostile:
            return Violation("a response to a hostile request", unanswered.failure.text, "HOSTILE-INPUT")
        # The next attempt may send another hostile request, since data is random.
        request = (test, sent.method, b"" if is_silent else _without_ids(sent.request_body, trace))
        self._count = self._count + 1 if request == self._last else 1
        self._last = request
        if self._count < ATTEMPTS or self._session.refused_after or not any(one.status for one in trace):
            return error
        if is_silent and not silences.hostile_more_often:
            return error
        actual = f"none in {ATTEMPTS} attempts, while other requests got one: {unanswered.failure.text}"
        return Violation("a complete response", actual, "HOSTILE-INPUT" if hostile else "NO-SERVER-ERROR")


def _without_ids(body: bytes, trace: Sequence[Exchange]) -> bytes:
    """Return a body without the ids that responses contained: each attempt creates a case of its own."""
    for name in ("id", "lastWorkflowId"):
        for value in {one.object.get(name) for one in trace}:
            if isinstance(value, str) and value:
                body = body.replace(json.dumps(value).encode(), json.dumps(name).encode())
    return body
