"""The pace of requests: a rate limit that is given, or that the target turns out to have."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final

FIRST: Final = 0.004  # seconds between requests, after the first refusal
LONGEST: Final = 1.0
STEEP: Final = 1.8  # factor of the interval after a refusal, while no interval is known to be sufficient
GENTLE: Final = 1.15
STEADY: Final = 40  # requests in a row without a refusal
UNRELATED: Final = 200
PRECISE: Final = 1.15  # quotient of two intervals that need no value between them


class Pace:
    """Keeps the time between requests that a rate demands, or a longer one that the target turns out to demand.

    A target that refuses requests for their rate makes the interval longer, first by half and more. After STEADY
    requests without a refusal, a shorter interval is tried, between the longest one that was too short and the
    shortest one that was not. The interval never falls below that of `rate`, in requests per second.
    """

    def __init__(
        self,
        rate: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.interval = self._shortest = 1 / rate if rate else 0.0
        self.refusals = 0
        self._clock, self._sleep = clock, sleep
        self._next = self._last = self._changed = -math.inf
        self._too_short = 0.0
        self._sufficient: float | None = None
        self._in_a_row = 0
        self._since_refusal = 0
        self._lock = threading.Lock()

    @property
    def learned_rate(self) -> float | None:
        """The requests per second to which the target slowed the run down; None if it did not."""
        return 1 / self.interval if self.interval > self._shortest else None

    def wait(self) -> float:
        """Wait until a request may be sent. Return the time then."""
        if not self.interval:
            self._last = self._clock()
            return self._last
        # The next request waits for the lock, so that a late one does not come too close to it.
        with self._lock:
            left = self._next - self._clock()
            if left > 0:
                self._sleep(left)
            self._last = self._clock()
            self._next = self._last + self.interval
            return self._last

    def note(self, sent: float, *, refused: bool) -> None:
        """Note if the target refused, for its rate, the request that was sent at this time."""
        if refused:
            self.refuse(sent)
        else:
            self.accept()

    def accept(self) -> None:
        """Note a request that the target did not refuse for its rate."""
        self._since_refusal += 1
        if not self._too_short:
            return
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row < STEADY or self.interval <= self._shortest:
                return
            self._in_a_row, self._sufficient = 0, self.interval
            if self.interval > PRECISE * self._too_short:
                self.interval = max(self._shortest, (self.interval + self._too_short) / 2)

    def refuse(self, sent: float) -> None:
        """Note that the target refused a request for its rate, which was sent at this time, and slow down."""
        with self._lock:
            self.refusals += 1
            before, self._since_refusal = self._since_refusal, 0
            # Sent in parallel with another refused one, or after so many others that the rate is not the cause.
            if sent < self._changed or before >= UNRELATED:
                return
            self._changed, self._in_a_row = self._clock(), 0
            if self._sufficient is not None and self._sufficient > self.interval:
                self._too_short, self.interval = self.interval, self._sufficient
                return
            steps = GENTLE if self._sufficient is not None else STEEP
            self._too_short, self._sufficient = max(self._too_short, self.interval, FIRST / STEEP), None
            self.interval = max(self._shortest, min(LONGEST, max(self.interval * steps, FIRST)))
