"""The two messages of the core: what came in and what goes out.

A message is plain data. It knows nothing of sockets, servers, `requests` or the contract, so every
adapter can build one, and a fault or a test can alter one with `dataclasses.replace`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


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
    """One HTTP response. The adapters add Content-Length where `headers` does not have it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""


Handle = Callable[[Request], Response]
"""The whole mock, seen from an adapter. It never raises for anything that a client sends."""

Fault = Callable[[Handle], Handle]
"""A deviation from the contract, wrapped around a handle from outside."""
