"""A queue of failures for the next requests."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock

UNAVAILABLE = 503
STATUSES = range(400, 600)
LONGEST_DELAY = 60.0
"""Longest delay of a response by one cause, in seconds."""


class Kind(StrEnum):
    """The kind of a failure. Only STATUS prevents the operation; the others spoil its response."""

    STATUS = "status"
    """A response with the status of the failure."""
    DROP = "drop"
    """No response: the connection closes."""
    TRUNCATE = "truncate"
    """Half of the body: then the connection closes."""
    NOT_JSON = "not-json"
    """An HTML page, as proxies send it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of the next requests."""

    status: int = UNAVAILABLE
    times: int = 1
    operation: str | None = None
    """The operationId of the requests that fail; None means all requests."""
    delay: float = 0.0
    """Seconds."""
    kind: str = Kind.STATUS
    case: str | None = None
    """The id of the case whose requests fail; None means all requests."""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"the status of a failure is between 400 and 599, not {self.status!r}")
        if self.kind not in list(Kind):
            raise ValueError(f"the kind of a failure is one of {', '.join(Kind)}, not {self.kind!r}")
        object.__setattr__(self, "kind", Kind(self.kind))
        if not is_number(self.times) or self.times < 1:
            raise ValueError(f"times is the number of requests that fail, at least 1, not {self.times!r}")
        if not is_number(self.delay):
            raise ValueError(f"the delay of a failure is a number of seconds, not {self.delay!r}")
        if not 0 <= self.delay <= LONGEST_DELAY:
            raise ValueError(
                f"the delay of a failure is between 0 and {LONGEST_DELAY:.0f} s, not {self.delay:g} s"
                f"{seconds_hint(self.delay)}"
            )


def is_number(value: object) -> bool:
    """Return True for an integer or a float, and False for True and False."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def seconds_hint(delay: float) -> str:
    """Return a hint for a delay in milliseconds that was given instead of seconds, or ""."""
    if not LONGEST_DELAY < delay <= LONGEST_DELAY * 1000:
        return ""
    return f"; did you mean milliseconds? For {delay:g} ms, write {delay / 1000:g}"


class Failures:
    """A queue of failures. Each request takes the first that fits it."""

    def __init__(self) -> None:
        self._queue: deque[Failure] = deque()
        self._lock = Lock()

    def add(self, failure: Failure) -> None:
        """Append a failure."""
        with self._lock:
            self._queue.append(failure)

    def clear(self) -> None:
        """Remove all failures."""
        with self._lock:
            self._queue.clear()

    def list(self) -> Sequence[Failure]:
        """Return the pending failures, each with the times that remain."""
        with self._lock:
            return list(self._queue)

    def __len__(self) -> int:
        return len(self._queue)

    def take(self, operation: str | None, case: str | None) -> Failure | None:
        """Return the first failure for this operation and case, and count it as used once; None if there is none."""
        with self._lock:
            for index, failure in enumerate(self._queue):
                if failure.operation in (None, operation) and failure.case in (None, case):
                    if failure.times > 1:
                        self._queue[index] = replace(failure, times=failure.times - 1)
                    else:
                        del self._queue[index]
                    return failure
        return None
