"""Refusals that do not occur again when the request is repeated: due to the connection, to time, or to another server.

A server that does not read the whole body of a request takes the rest of it for the next request on the connection.
That violates a requirement of its own, and each further request is sent on a new connection. Several servers behind one
address may not share their tokens or cases.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Final

from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.client.session import NEED_LENGTH, READING
from contract_tests.exceptions import Disabled, TargetError, Violation
from contract_tests.oracle.hostile_input import is_hostile
from contract_tests.text import shorten

RECENT: Final = 100  # exchanges
MOST: Final = 5  # attempts in a run, each with up to 24 requests
EARLIER: Final = 8  # requests before the previous one, which may have been on another connection
REPEATABLE: Final = (*READING, "PUT", "PATCH")


class RepeatedRequests:
    """Remembers the recent exchanges; a listener of the run's exchanges."""

    def __init__(self, api: CaseApi) -> None:
        self._api = api
        self._recent: deque[Exchange] = deque(maxlen=RECENT)
        self._left = MOST
        self._spoilt: tuple[Violation, Sequence[Exchange]] | None = None

    def __call__(self, exchange: Exchange) -> None:
        self._recent.append(exchange)

    def explain(self, violation: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return why the last request, if it was refused, does not fail again; None if it does.

        It is repeated on a new connection. If it gets another response there, it is repeated on one connection with the
        previous request, or with an earlier one that changed nothing: the session keeps several connections.
        """
        failed = next((one for one in reversed(trace) if one.summary() == violation.actual), None)
        previous = next((one for one, other in pairwise(self._recent) if other is failed), None)
        if failed is None or previous is None or not failed.refused or not self._api.session.has_sockets:
            return None
        if not (previous.method in REPEATABLE or previous.refused) or not self._left:
            return None
        self._left -= 1
        with self._api.session.recording.unwatched(), suppress(TargetError, Disabled):
            return self._compare([previous, *self._bodies_before(previous)], failed)
        return None

    def _bodies_before(self, previous: Exchange) -> list[Exchange]:
        """Return the last requests before another one that had a body and changed nothing, the last one first."""
        recent = list(self._recent)
        earlier = recent[: recent.index(previous)][::-1]
        changed_nothing = (one for one in earlier if one.refused or one.method in READING)
        return [one for one in changed_nothing if one.request_body][:EARLIER]

    def take_spoilt_connection(self) -> tuple[Violation, Sequence[Exchange]] | None:
        """Return the failure of the last request that `explain` found to be due to its connection, once.

        From then on, the session sends each request on a new connection, so no other failure has this cause.
        """
        spoilt, self._spoilt = self._spoilt, None
        if spoilt is not None:
            self._api.session.end_reuse()
        return spoilt

    def _compare(self, earlier: Sequence[Exchange], failed: Exchange) -> str | None:
        alone = self._alone(failed)
        if alone == failed.status:
            return None
        spoiling = next((one for one in earlier if self._after(one, failed) == failed.status), None)
        # Twice: the next connection may lead to another server.
        is_spoilt = (
            spoiling is not None
            and self._alone(failed) == alone
            and self._alone(failed) == alone
            and self._after(spoiling, failed) == failed.status
        )
        if spoiling is None or not is_spoilt:
            return (
                f"repeated, the same request returns {alone}: the response depends on time, or on which of "
                "several servers responds"
            )
        path = shorten(spoiling.url.removeprefix(self._api.session.base_url), 60)
        text = (
            f"{alone} on a new connection: {spoiling.method} {path}, to which the target responded with "
            f"{spoiling.status}, spoils the connection for the next request"
        )
        violation = Violation(
            "a response that does not depend on the request before it on the connection",
            f"{failed.summary()} ({text})",
            _requirement_of(spoiling),
        )
        self._spoilt = violation, (spoiling, failed)
        return text

    def _alone(self, failed: Exchange) -> int:
        with self._api.session.other_connection():
            return self._repeat(failed).status

    def _after(self, previous: Exchange, failed: Exchange) -> int:
        with self._api.session.other_connection():
            self._repeat(previous)
            return self._repeat(failed).status

    def _repeat(self, exchange: Exchange) -> Exchange:
        names = {name.lower() for name in exchange.request_headers}
        has_body = exchange.request_body or "content-length" in names
        return self._api.session.exchange_at(
            exchange.method,
            exchange.url,
            headers=exchange.request_headers,
            body=exchange.request_body if has_body else None,
        )


def _requirement_of(previous: Exchange) -> str:
    """Return the requirement that a request breaks if the server does not read its body to the end."""
    # No client sends a body with GET by mistake, and such a body has no meaning (RFC 9110 section 9.3.1).
    is_odd = previous.method not in NEED_LENGTH and bool(previous.request_body)
    hostile = is_odd or is_hostile(previous.url, previous.request_headers, previous.request_body)
    return "HOSTILE-INPUT" if hostile else "NO-SERVER-ERROR"
