"""A limit on requests a second over all clients, as a token bucket.

The bucket holds the requests of one second, so a client that keeps the rate never waits.
"""

import math
from collections.abc import Callable
from threading import Lock

from mock_server.core.errors import Problem, Refused

LONGEST_WAIT = 86_400
"""Greatest Retry-After, in seconds."""


class RateLimiter:
    """Counts requests: call it once for each. Raises Refused (TOO_MANY_REQUESTS, with Retry-After)."""

    def __init__(self, rate: float, now: Callable[[], float]) -> None:
        """Limit to `rate` requests a second; `now` returns seconds."""
        self._rate = rate
        self._size = max(rate, 1.0)
        self._now = now
        self._left = self._size
        self._seen = now()
        self._lock = Lock()

    def __call__(self) -> None:
        with self._lock:
            now = self._now()
            # A clock that was set back must not empty the bucket.
            self._left = min(self._size, self._left + max(0.0, now - self._seen) * self._rate)
            self._seen = now
            if self._left >= 1:
                self._left -= 1
                return
            wait = math.ceil(min((1 - self._left) / self._rate, LONGEST_WAIT))
        headers = {"retry-after": str(wait)}
        raise Refused(Problem.TOO_MANY_REQUESTS, rate=self._rate, wait=wait, headers=headers)
