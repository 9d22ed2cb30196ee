"""The two messages of the core: what came in and what goes out.

A message is plain data. It knows nothing of sockets, servers, `requests` or the contract, so every
adapter can build one, and a fault or a test can alter one with `dataclasses.replace`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

WITHOUT_CONTENT = frozenset({204, 304})
"""Final statuses whose responses have no content and no Content-Length (RFC 9110 section 8.6)."""


SHAPED_BY = "x-mock-shaped-by"
"""The header that lists what made an answer differ from an undisturbed mock's."""

IGNORED = "x-mock-ignored"
"""The header that says what a request asked of the mock in vain."""

SHORTENED = {SHAPED_BY: "token life"}
"""What an answer says that a shortened life of tokens has shaped."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, its body read to the end."""

    method: str
    path: str
    """The path of the request target as received: percent-encoded, without the query."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; values of a repeated name joined by ", " (RFC 9110 section 5.2)."""
    body: bytes = b""
    query: str = ""
    """What follows "?" in the request target, as received."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    delay: float = 0.0
    """Seconds that an adapter waits before it sends this."""

    def fields(self) -> Mapping[str, str]:
        """The header fields as they go out: with Content-Length, where there can be content."""
        if "content-length" in self.headers or self.status in WITHOUT_CONTENT:
            return self.headers
        return {**self.headers, "content-length": str(len(self.body))}


Handle = Callable[[Request], Response]
"""The whole mock, seen from an adapter. It never raises for anything that a client sends."""

Fault = Callable[[Handle], Handle]
"""A deviation from the contract, wrapped around a handle from outside."""
