"""A connection of the mock without a socket: bytes in, and a transport that records the output."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mock_server import Handle, Limits, build
from mock_server.adapters.http_protocol import Connection, Service
from mock_server.core.messages import Execution

AUTHORIZED = b"Authorization: Bearer dev-token\r\nContent-Type: application/json\r\n"
POST = b"POST /case HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"Content-Length: 2\r\n\r\n{}"
GET = b"GET /case/1 HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"\r\n"


class Transport:
    """Transport that records the calls of a connection."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False
        self.ended = False
        self.reading = True

    def write(self, data: bytes) -> None:
        assert not self.ended
        self.written += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        assert not self.ended
        self.ended = True

    def close(self) -> None:
        self.closed = self.ended = True

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def statuses(self) -> list[int]:
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", self.written)]


class FakeConnection:
    """A connection to a handler, inside a running loop."""

    def __init__(
        self,
        handle: Handle | None = None,
        limits: Limits | None = None,
        threads: bool | Callable[[], bool] = False,
    ) -> None:
        self.transport = Transport()
        executor = ThreadPoolExecutor(4)
        in_threads = threads if callable(threads) else lambda: threads
        self.service = Service(
            handle or build(),
            limits or Limits(),
            executor,
            lambda _: Execution.IN_THREAD if in_threads() else Execution.AT_ONCE,
        )
        self.connection = Connection(self.service)
        self.connection.connection_made(self.transport)  # type: ignore[arg-type]

    def receive(self, *pieces: bytes) -> "FakeConnection":
        for piece in pieces:
            self.connection.data_received(piece)
        return self


def run_in_loop(function: Callable[[], Any]) -> Any:
    """Run a function or coroutine function inside an event loop."""

    async def call() -> Any:
        outcome = function()
        return await outcome if asyncio.iscoroutine(outcome) else outcome

    return asyncio.run(call())


def exchange_bytes(*pieces: bytes, **how: Any) -> Transport:
    """Send pieces through a connection and return its transport."""
    transport = run_in_loop(lambda: FakeConnection(**how).receive(*pieces).transport)
    assert isinstance(transport, Transport)
    return transport
