"""The pace of requests: a rate limit, and a stop if the target no longer responds."""

from __future__ import annotations

import threading
import time

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, Failure, NoResponse


class Pace:
    """Keeps the time between requests that a rate demands."""

    def __init__(self, rate: float | None) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        if not self._interval:
            return
        with self._lock:
            now = time.monotonic()
            slot = max(now, self._next)
            self._next = slot + self._interval
        time.sleep(slot - now)


class Silence:
    """Counts time-outs since the last response. Those of parallel requests count as one."""

    def __init__(self, most: int) -> None:
        self._most = most
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

    def check(self) -> None:
        """Raise NoResponse once the target has been silent too often."""
        if self._count >= self._most and self._last is not None:
            reason = (
                f"{self._last.failure}, {self._most} times in a row, so nothing more is sent to the target"
            )
            raise NoResponse(self._last, Failure(Cause.SILENT, reason))
