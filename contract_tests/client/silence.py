"""Time-outs of the target: requests that are no longer sent, because it does not respond to them."""

from __future__ import annotations

import threading
from typing import Final

import requests

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, Failure, NoResponse
from contract_tests.contract.openapi import operation_of
from contract_tests.oracle.hostile_input import is_hostile

MOST: Final = 4  # time-outs in a row after which nothing is sent to the target any more
MOST_OF_OPERATION: Final = 6  # the same for one operation, while the target responds to others
# No hostile request is sent after this many time-outs, if they are at least this part of the hostile requests.
MOST_HOSTILE: Final = 6
DROPPED: Final = 1 / 20
# The connection is not the cause if hostile requests time out more than this many times as often as others.
MORE_OFTEN: Final = 3


class Silence:
    """Counts time-outs since the last response. Those of parallel requests count as one.

    `consequence`: the end of a sentence on what follows if there are too many of them.
    """

    def __init__(
        self, most: int, consequence: str = " in a row, so nothing more is sent to the target"
    ) -> None:
        self._most = most
        self._consequence = consequence
        self._count = 0
        self._ended = 0.0
        self._last: Exchange | None = None
        self._lock = threading.Lock()

    def add(self, exchange: Exchange) -> None:
        with self._lock:
            if exchange.started >= self._ended:
                self._count += 1
                self._ended = exchange.started + exchange.elapsed
                self._last = exchange

    def end(self) -> None:
        """Count from the beginning: the target has responded."""
        if not self._count:
            return
        with self._lock:
            if self._count < self._most:
                self._count = 0

    @property
    def has_time_outs(self) -> bool:
        """True if a time-out counts."""
        return self._count > 0

    @property
    def is_final(self) -> bool:
        """True once the target has been silent too often."""
        return self._count >= self._most

    def check(self) -> None:
        """Raise NoResponse once the target has been silent too often."""
        if self.is_final and self._last is not None:
            reason = f"{self._last.failure}, {self._most} times{self._consequence}"
            raise NoResponse(self._last, Failure(Cause.SILENT, reason))


class DroppedRequests(Silence):
    """Counts time-outs of hostile requests, some of which a firewall may drop, and refuse others.

    They need not follow each other. A connection that loses a few responses of all kinds drops a smaller part of them.
    """

    def __init__(self) -> None:
        super().__init__(MOST_HOSTILE, ", so no hostile request is sent any more")
        self._responses = 0

    def end(self) -> None:
        """Note a response to a hostile request after the first time-out."""
        with self._lock:
            self._responses += 1

    @property
    def part(self) -> float:
        """The part of the hostile requests that timed out, since the first one that did."""
        return self._count / max(1, self._count + self._responses)

    @property
    def is_final(self) -> bool:
        """True once too many of the hostile requests timed out."""
        return self._count >= self._most and self.part >= DROPPED


class Silences:
    """The time-outs of the target, of each operation, and of hostile requests.

    Those of hostile requests do not count for the others, because a firewall may drop such requests.

    `first`: the first request that timed out since the last response, or None.
    """

    def __init__(self) -> None:
        self.first: Exchange | None = None
        self._of_target = Silence(MOST)
        self._of_operations: dict[str, Silence] = {}
        self._of_hostile = DroppedRequests()
        self._responding: set[str] = set()
        self._responses = self._ordinary_time_outs = 0

    def check(self, request: requests.PreparedRequest) -> None:
        """Raise NoResponse if the target has not responded to too many requests of the kind."""
        self._of_target.check()
        self._of_operation(request.method, request.url).check()
        if self._of_hostile.is_final and self.hostile_more_often and _is_hostile(request):
            self._of_hostile.check()

    def add(self, exchange: Exchange) -> None:
        """Count a time-out."""
        self.first = self.first or exchange
        if is_hostile(exchange.url, exchange.request_headers, exchange.request_body):
            self._of_hostile.add(exchange)
        else:
            self._ordinary_time_outs += 1
            self._of_target.add(exchange)
            self._of_operation(exchange.method, exchange.url).add(exchange)

    def end(self, request: requests.PreparedRequest) -> None:
        """Note a response, after which the time-outs of the target and of the operation count from the beginning."""
        self.first = None
        self._responses += 1
        self._of_target.end()
        self._of_operation(request.method, request.url).end()
        self._responding.add(_operation(request.method, request.url))
        if self._of_hostile.has_time_outs and _is_hostile(request):
            self._of_hostile.end()

    @property
    def drops_hostile(self) -> bool:
        """True if hostile requests are not sent any more, although the target responds to others."""
        return self._of_hostile.is_final and self.hostile_more_often and not self._of_target.is_final

    @property
    def hostile_more_often(self) -> bool:
        """True if hostile requests time out far more often than others, so that the connection is not the cause."""
        others = self._ordinary_time_outs / max(1, self._ordinary_time_outs + self._responses)
        return self._of_hostile.part > MORE_OFTEN * others

    def has_responded(self, method: str, url: str) -> bool:
        """Return True if the operation that a request addresses has got a response in this run."""
        return _operation(method, url) in self._responding

    def stopped_responding(self, method: str, url: str) -> bool:
        """Return True if an operation got responses, and now gets none any more."""
        return self.has_responded(method, url) and self._of_operation(method, url).is_final

    def _of_operation(self, method: str | None, url: str | None) -> Silence:
        consequence = f" in a row, so no {method} is sent any more"
        return self._of_operations.setdefault(
            _operation(method, url), Silence(MOST_OF_OPERATION, consequence)
        )


def _operation(method: str | None, url: str | None) -> str:
    return operation_of(method or "", url or "") or method or ""


def _is_hostile(request: requests.PreparedRequest) -> bool:
    body = request.body or b""
    return is_hostile(
        request.url or "", request.headers, body.encode() if isinstance(body, str) else bytes(body)
    )
