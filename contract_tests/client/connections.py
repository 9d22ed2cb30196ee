"""Connections of urllib3 and http.client that detect incomplete responses, and limit their time and size.

All private names of the two libraries are used here; tests/unit/test_transport_internals.py checks them.

- A server may send interim responses before the final one (RFC 9110 section 15.2). http.client skips 100 alone.
- http.client takes a header section for complete if the connection ends inside it.
- The time-out of a socket starts again with each byte, and no library bounds the length of a line or a body.
- Some servers send header section and body apart, and the body only once the client's system has acknowledged the
  first. It does so at once instead of after 40 ms.
- Some servers close a connection after an error without announcing it, so no request follows a 5xx on it.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

SECONDS: Final = 30.0
SIZE: Final = 16 * 1024 * 1024
FRAMING: Final = 1024 * 1024  # bytes of header section and chunk sizes, beyond the body
PIECE: Final = 64 * 1024
MOST_INTERIM: Final = 100
QUICK_ACKNOWLEDGEMENT: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)  # Linux


@dataclass(frozen=True)
class Bounds:
    """Bounds of one response: seconds until it is complete, and bytes of its body, decompressed."""

    seconds: float = SECONDS
    size: int = SIZE


@dataclass
class Reuse:
    """Permission to send a request on the connection of an earlier one."""

    allowed: bool = True


class IncompleteHeaders(http.client.HTTPException):
    """The connection ended inside the header section."""

    def __init__(self) -> None:
        super().__init__("the connection ended inside the response's header section")


class ResponseTooLarge(http.client.HTTPException):
    """The response exceeds the bound of its size."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the response is larger than {size:,} bytes")


class ResponseTooSlow(TimeoutError):
    """The response exceeds its time limit."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the response is not complete after {seconds:g} s")


class _BoundedStream(io.RawIOBase):
    """The bytes that a socket receives, within the bounds of one response."""

    def __init__(self, connection: socket.socket, bounds: Bounds) -> None:
        self._socket = connection
        self._bytes = connection.makefile("rb", buffering=0)
        self._bounds = bounds
        self._deadline = time.monotonic() + bounds.seconds
        self._left = bounds.size + FRAMING
        self._has_begun = False
        self.has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise ResponseTooSlow(self._bounds.seconds)
        timeout = self._socket.gettimeout()
        if timeout is None or remaining < timeout:
            self._socket.settimeout(remaining)
        if self._has_begun and QUICK_ACKNOWLEDGEMENT is not None:
            with suppress(OSError, AttributeError):  # not a TCP socket
                self._socket.setsockopt(socket.IPPROTO_TCP, QUICK_ACKNOWLEDGEMENT, 1)
        try:
            count = self._bytes.readinto(buffer)
        except TimeoutError:
            if self._has_begun and time.monotonic() >= self._deadline:
                raise ResponseTooSlow(self._bounds.seconds) from None
            raise
        self._has_begun = True
        if not count:
            self.has_ended = True
            return count
        self._left -= count
        if self._left < 0:
            raise ResponseTooLarge(self._bounds.size)
        return count

    def close(self) -> None:
        self._bytes.close()
        super().close()


class _ChunkSizes:
    """A stream whose last line is only complete with its line feed: part of a chunk size may be another number."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream

    def readline(self, size: int = -1) -> bytes:
        line = self._stream.readline(size)
        if line and not line.endswith(b"\n") and len(line) != size:
            raise http.client.IncompleteRead(line)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Source:
    """Stands for the socket, of which http.client.HTTPResponse uses `makefile` alone."""

    def __init__(self, connection: socket.socket, bounds: Bounds) -> None:
        self.stream = _BoundedStream(connection, bounds)

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(self.stream)


class _Response(http.client.HTTPResponse):
    def __init__(
        self, bounds: Bounds, reuse: Reuse, connection: socket.socket, *args: Any, **named: Any
    ) -> None:
        source = _Source(connection, bounds)
        super().__init__(source, *args, **named)  # type: ignore[arg-type]
        self._stream = source.stream
        self._reuse = reuse

    def begin(self) -> None:
        self._begin_once()
        interim = 0
        while HTTPStatus.SWITCHING_PROTOCOLS < self.status < HTTPStatus.OK:
            interim += 1
            if interim > MOST_INTERIM:
                raise http.client.HTTPException(f"more than {MOST_INTERIM} interim responses")
            self.headers = None  # type: ignore[assignment]  # so that the next header section is read
            self._begin_once()
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not self._reuse.allowed:
            self.will_close = True
        if self.chunked and self.fp is not None:
            self.fp = _ChunkSizes(self.fp)  # type: ignore[assignment]

    def _begin_once(self) -> None:
        super().begin()
        if self._stream.has_ended:  # a whole header section ends before the connection does
            raise IncompleteHeaders


_exact = threading.local()


@contextmanager
def exact_target(target: str) -> Iterator[None]:
    """Send the request target of this thread as it is: urllib3 would repair invalid percent-encoding."""
    _exact.target = target
    try:
        yield
    finally:
        _exact.target = ""


def _target_for(url: str) -> str:
    # The URL of a request through a proxy is absolute, and stays as it is.
    return getattr(_exact, "target", "") or url if url.startswith("/") else url


def pool_classes(bounds: Bounds, reuse: Reuse) -> dict[str, type[HTTPConnectionPool]]:
    """Return the classes of connection pools, by scheme, whose responses are within the bounds."""

    class Connection(HTTPConnection):
        response_class = partial(_Response, bounds, reuse)  # type: ignore[assignment]

        def putrequest(self, method: str, url: str, *args: Any, **named: Any) -> None:
            super().putrequest(method, _target_for(url), *args, **named)

    class TlsConnection(HTTPSConnection):
        response_class = partial(_Response, bounds, reuse)  # type: ignore[assignment]

        def putrequest(self, method: str, url: str, *args: Any, **named: Any) -> None:
            super().putrequest(method, _target_for(url), *args, **named)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = TlsConnection

    return {"http": Pool, "https": TlsPool}


def read(response: urllib3.BaseHTTPResponse, bounds: Bounds) -> bytes:
    """Return the decompressed body. Raises ResponseTooLarge, or an error of urllib3 if the body is incomplete."""
    if (response.length_remaining or 0) > bounds.size:
        response.close()
        raise ResponseTooLarge(bounds.size)
    if response.length_remaining is not None and "content-encoding" not in response.headers:
        return response.read()
    pieces: list[bytes] = []
    size = 0
    for piece in response.stream(PIECE, decode_content=True):
        size += len(piece)
        if size > bounds.size:
            response.close()
            raise ResponseTooLarge(bounds.size)
        pieces.append(piece)
    return b"".join(pieces)
