"""Failures that the next requests meet: a queue, and what stands in it. It knows no request and no answer."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

UNAVAILABLE = 503
STATUSES = range(400, 600)
LONGEST_DELAY = 60.0
"""Seconds that an answer may be held back, by one cause."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the next requests get in place of an answer."""

    status: int = UNAVAILABLE
    times: int = 1
    operation: str | None = None
    """The operationId of the requests that it meets; None is all."""
    delay: float = 0.0
    """Seconds."""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"a failure has a status from 400 to 599, not {self.status}")
        if self.times < 1:
            raise ValueError(f"a failure meets at least one request, not {self.times}")
        if not 0 <= self.delay <= LONGEST_DELAY:
            raise ValueError(
                f"a failure is held back between 0 and {LONGEST_DELAY:.0f} s, not {self.delay:g}"
            )


class Failures:
    """A queue of failures: each request takes the first that fits it."""

    def __init__(self) -> None:
        self._queue: deque[Failure] = deque()
        self._lock = Lock()

    def add(self, failure: Failure) -> None:
        """Put it behind the others."""
        with self._lock:
            self._queue.append(failure)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._queue.clear()

    def list(self) -> Sequence[Failure]:
        """Those that are still to come, with the times that are left."""
        with self._lock:
            return list(self._queue)

    def __len__(self) -> int:
        return len(self._queue)

    def take(self, operation: str | None) -> Failure | None:
        """The failure that a request of this operation meets, if there is one; it is then used up once."""
        with self._lock:
            for index, failure in enumerate(self._queue):
                if failure.operation in (None, operation):
                    if failure.times > 1:
                        self._queue[index] = replace(failure, times=failure.times - 1)
                    else:
                        del self._queue[index]
                    return failure
        return None
