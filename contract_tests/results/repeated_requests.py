"""Failures that a request does not have if it is repeated: by the connection, by time, or by another server.

A server that does not read the body of a request takes its rest for the next request on the connection. Behind one
address may be several servers that do not share their tokens or cases.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Final

from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.client.session import READING
from contract_tests.exceptions import Disabled, TargetError, Violation
from contract_tests.text import shorten

RECENT: Final = 100  # exchanges
MOST: Final = 5  # attempts in a run, each with up to three requests
REPEATABLE: Final = (*READING, "PUT", "PATCH")


class RepeatedRequests:
    """Remembers the recent exchanges; a listener of the run's exchanges."""

    def __init__(self, api: CaseApi) -> None:
        self._api = api
        self._recent: deque[Exchange] = deque(maxlen=RECENT)
        self._left = MOST

    def __call__(self, exchange: Exchange) -> None:
        self._recent.append(exchange)

    def explain(self, violation: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return why the last request, if it was refused, does not fail again; None if it does.

        It is repeated on a new connection. If it gets another response there, it is repeated on one connection with the
        previous request.
        """
        failed = next((one for one in reversed(trace) if one.summary() == violation.actual), None)
        previous = next((one for one, other in pairwise(self._recent) if other is failed), None)
        if failed is None or previous is None or not failed.refused or not self._api.session.has_sockets:
            return None
        if not (previous.method in REPEATABLE or previous.refused) or not self._left:
            return None
        self._left -= 1
        with unwatched(self._api), suppress(TargetError, Disabled):
            return self._compare(previous, failed)
        return None

    def _compare(self, previous: Exchange, failed: Exchange) -> str | None:
        with self._api.session.other_connection():
            alone = self._repeat(failed)
        if alone.status == failed.status:
            return None
        with self._api.session.other_connection():
            self._repeat(previous)
            again = self._repeat(failed)
        if again.status != failed.status:
            return (
                f"repeated, the same request returns {alone.status}: the response depends on time, or on which of "
                "several servers responds"
            )
        path = shorten(previous.url.removeprefix(self._api.session.base_url), 60)
        return (
            f"{alone.status} on a new connection: {previous.method} {path}, to which the target responded with "
            f"{previous.status}, spoils the connection for the next request"
        )

    def _repeat(self, exchange: Exchange) -> Exchange:
        names = {name.lower() for name in exchange.request_headers}
        has_body = exchange.request_body or "content-length" in names
        return self._api.session.exchange_at(
            exchange.method,
            exchange.url,
            headers=exchange.request_headers,
            body=exchange.request_body if has_body else None,
        )


@contextmanager
def unwatched(api: CaseApi) -> Iterator[None]:
    """Keep the exchanges inside out of the trace and the findings."""
    before, watch = list(api.trace), api.session.watch
    api.session.watch = None
    try:
        yield
    finally:
        api.session.watch = watch
        api.trace.restart(*before)
