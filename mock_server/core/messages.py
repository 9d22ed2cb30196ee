"""Requests and responses as plain data. `dataclasses.replace` alters them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

WITHOUT_CONTENT = frozenset({204, 304})
"""Final statuses whose responses have no content and no Content-Length (RFC 9110 section 8.6)."""


SHAPED_BY = "x-mock-shaped-by"
"""The header that lists why a response differs from that of an undisturbed mock."""

IGNORED = "x-mock-ignored"
"""The header that lists the preferences of a request that the mock could not meet."""

SHORTENED = {SHAPED_BY: "token life"}
"""The header of a response that a shortened token life has changed."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request with its complete body."""

    method: str
    path: str
    """The path of the request target as received: percent-encoded, without the query."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; values of a repeated name joined by ", " (RFC 9110 section 5.2)."""
    body: bytes = b""
    query: str = ""
    """The part of the request target after "?", as received."""


class Transfer(Enum):
    """The way in which an adapter sends a response."""

    COMPLETE = auto()
    TRUNCATED = auto()
    """The connection closes after half of the body."""
    DROPPED = auto()
    """The connection closes without a response."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    delay: float = 0.0
    """Seconds that an adapter waits before it sends the response."""
    transfer: Transfer = Transfer.COMPLETE

    @property
    def sent_body(self) -> bytes:
        """The part of the body that reaches the client."""
        return self.body if self.transfer is Transfer.COMPLETE else self.body[: len(self.body) // 2]

    def fields(self) -> Mapping[str, str]:
        """Return the header fields to send, with Content-Length if the response may have content."""
        if "content-length" in self.headers or self.status in WITHOUT_CONTENT:
            return self.headers
        return {**self.headers, "content-length": str(len(self.body))}


Handle = Callable[[Request], Response]
"""A mock as an adapter sees it. It raises for no request."""


class Execution(Enum):
    """The way in which an adapter runs the handle for a request."""

    AT_ONCE = auto()
    """In the event loop: the handle never waits."""
    SUSPENDABLE = auto()
    """In the event loop, as a call that suspends itself while it waits."""
    IN_THREAD = auto()
    """In a thread, because the handle may block or sleep."""


Schedule = Callable[[Request], Execution]
"""Returns the way in which to run the handle for a request."""


def at_once(_request: Request) -> Execution:
    """Return AT_ONCE: the schedule of a handle that never waits."""
    return Execution.AT_ONCE


BodyLimit = Callable[[Request], int]
"""Returns the largest body to buffer for a request, in bytes. The request has no body yet."""


def control_body_limit(handle: Handle, default: int) -> BodyLimit:
    """Return the body limit for requests to the control API.

    A handle with a control API has a method `body_limit`, which allows a large body only after it has checked the
    other parts of the request. A handle without one gets `default`.
    """

    def default_limit(_request: Request) -> int:
        return default

    return getattr(handle, "body_limit", default_limit)


Fault = Callable[[Handle], Handle]
"""A deviation from the contract: wraps a handle."""
