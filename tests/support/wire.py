"""One connection in a test's hands: bytes in, and a transport that only remembers."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from uvicorn.server import ServerState

from mock_server import Handle, Limits, build
from mock_server.adapters.http_protocol import Connection, Service

AUTHORIZED = b"Authorization: Bearer dev-token\r\nContent-Type: application/json\r\n"
POST = b"POST /case HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"Content-Length: 2\r\n\r\n{}"
GET = b"GET /case/1 HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"\r\n"


class Transport:
    """What a connection does to its transport."""

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


class Talk:
    """A connection to a handle, inside a running loop."""

    def __init__(
        self,
        handle: Handle | None = None,
        limits: Limits | None = None,
        threads: bool | Callable[[], bool] = False,
    ) -> None:
        self.state = ServerState()
        self.transport = Transport()
        executor = ThreadPoolExecutor(4)
        blocking = threads if callable(threads) else lambda: threads
        service = Service(handle or build(), limits or Limits(), self.state, executor, blocking)
        self.connection = Connection(service)
        self.connection.connection_made(self.transport)  # type: ignore[arg-type]

    def say(self, *pieces: bytes) -> "Talk":
        for piece in pieces:
            self.connection.data_received(piece)
        return self


def run(story: Callable[[], Any]) -> Any:
    """The outcome of a story that needs a loop."""

    async def told() -> Any:
        outcome = story()
        return await outcome if asyncio.iscoroutine(outcome) else outcome

    return asyncio.run(told())


def answers(*pieces: bytes, **how: Any) -> Transport:
    transport = run(lambda: Talk(**how).say(*pieces).transport)
    assert isinstance(transport, Transport)
    return transport
