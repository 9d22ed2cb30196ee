"""One HTTP/1.1 connection: from the transport to the handle and back, with no task in between.

Rules it keeps: answers go out in the order of the requests; what is no HTTP gets an answer in JSON, and the
connection closes; a client that does not read its answers is not read from, nor is anything done for it; one that is
silent, or dribbles, or does not read, loses the connection after a while. A handle that waits runs in threads, one
request of a connection at a time; an answer that is to be held back holds back those after it.

It takes the place of uvicorn's own protocol, and uses uvicorn's list of connections and its Date field.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import cast

from uvicorn.server import ServerState

from mock_server.adapters.http_parser import Incoming
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Handle, Request, Response
from mock_server.core.pipeline import refusal
from mock_server.core.settings import Limits

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What the connections of one server share."""

    handle: Handle
    limits: Limits
    state: ServerState
    executor: Executor
    """Where the handle runs while it waits."""
    blocking: Callable[[], bool]
    """Whether the handle waits; asked at each request."""


class Connection(asyncio.Protocol):
    """A protocol for asyncio."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._incoming = Incoming(service.limits, self._arrived, self._go_on)
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Request, bool]] = deque()
        """Requests in their turn, each with whether the connection stays open after it."""
        self._running: asyncio.Future[Response] | None = None
        """The handle's work in a thread."""
        self._busy = False
        """The handle has a request, or its answer is held back."""
        self._choked = False
        """The client does not read."""
        self._stopping = False
        """The next answer is the last."""
        self._over = False
        """The last answer is out."""
        self._answered = 0
        self._progress = (-1, -1)

    # Events of the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's, but not its class.
        self._transport = cast(asyncio.Transport, transport)
        self._service.state.connections.add(self)  # type: ignore[arg-type]  # uvicorn asks nothing of it
        self._watch()

    def connection_lost(self, _error: Exception | None) -> None:
        # What nobody will hear the answer to is not done either.
        self._over = True
        self._waiting.clear()
        self._service.state.connections.discard(self)
        self._watcher.cancel()

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        try:
            if not self._incoming.feed(data):
                self._end()
        except Refused as refused:
            self._refuse(refused)

    def eof_received(self) -> bool:
        """The client sends no more, but may listen; returns whether the transport is to stay open for that."""
        if self._over:
            return False
        if self._incoming.partial:
            self._refuse(Refused(Problem.NOT_HTTP, reason="it ends in the middle of a request"))
        else:
            self._end()
        return self._busy or bool(self._waiting)

    def pause_writing(self) -> None:
        self._choked = True
        self._read_or_not()

    def resume_writing(self) -> None:
        self._choked = False
        self._next()
        self._read_or_not()

    def shutdown(self) -> None:
        """The server stops: close, but not before the answer to what has arrived, if only in part."""
        self._stopping = True
        if self._over or not (self._incoming.partial or self._busy or self._waiting):
            self._over = True
            self._transport.close()

    @property
    def owes_an_answer(self) -> bool:
        """Whether a request has arrived, in part or whole, whose answer has not left."""
        unanswered = not self._over and (self._incoming.partial or self._busy or bool(self._waiting))
        return unanswered or self._transport.get_write_buffer_size() > 0

    def abort(self) -> None:
        """End at once, whatever is unanswered."""
        if self._running is not None:
            self._running.cancel()
        self._transport.abort()

    # Requests

    def _go_on(self) -> None:
        if not self._over:
            self._transport.write(_CONTINUE)

    def _arrived(self, request: Request, keep: bool) -> None:
        if self._over:
            return
        self._waiting.append((request, keep))
        self._next()
        if self._waiting or self._busy:
            self._read_or_not()

    def _next(self) -> None:
        """Have answered what waits, as far as its turn has come and the client reads."""
        while self._waiting and not (self._busy or self._choked):
            request, keep = self._waiting.popleft()
            if self._service.blocking():
                self._busy = True
                self._running = self._loop.run_in_executor(self._service.executor, self._answer, request)
                self._running.add_done_callback(partial(self._ran, keep))
                continue
            response = self._answer(request)
            if response.delay:
                self._hold(keep, response)
            else:
                self._send(response, keep)

    def _answer(self, request: Request) -> Response:
        try:
            return self._service.handle(request)
        except Exception:
            _log.exception("%s %s failed outside the core", request.method, request.path)
            return refusal(Refused(Problem.BROKEN))

    def _ran(self, keep: bool, running: asyncio.Future[Response]) -> None:
        self._running = None
        if not running.cancelled():
            self._hold(keep, running.result())

    def _hold(self, keep: bool, response: Response) -> None:
        self._busy = True
        self._loop.call_later(response.delay, self._release, keep, response)

    def _release(self, keep: bool, response: Response) -> None:
        self._busy = False
        if not self._over:
            self._send(response, keep)
        self._next()
        self._read_or_not()

    # Answers

    def _send(self, response: Response, keep: bool) -> None:
        keep = keep and not self._stopping
        self._answered += 1
        head = "".join([f"{name}: {value}\r\n" for name, value in response.fields().items()])
        if not keep:
            head += "connection: close\r\n"
        pieces = [_STATUS_LINES.get(response.status) or b"HTTP/1.1 %d \r\n" % response.status]
        for name, value in self._service.state.default_headers:
            pieces += (name, b": ", value, b"\r\n")
        pieces += (head.encode("latin-1", "replace"), b"\r\n", response.body)
        self._transport.write(b"".join(pieces))
        if not keep:
            self._close()

    def _refuse(self, refused: Refused) -> None:
        # An answer that is still to come goes out first, and is then the last.
        self._stopping = True
        if not (self._over or self._busy or self._waiting):
            self._send(refusal(refused), keep=False)

    def _end(self) -> None:
        """Close after the answers to what has arrived."""
        if self._waiting:
            self._waiting[-1] = (self._waiting[-1][0], False)
        elif self._busy:
            self._stopping = True
        else:
            self._close()

    def _close(self) -> None:
        if self._over:
            return
        self._over = True
        self._waiting.clear()
        if self._transport.can_write_eof():
            # RFC 9112 section 9.6: a client that still sends is heard out, or a reset would take the answer from it.
            self._transport.write_eof()
        else:
            self._transport.close()

    def _read_or_not(self) -> None:
        if self._transport.is_closing():
            return
        if self._choked or self._busy or self._waiting:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _watch(self) -> None:
        """Look now and then whether the connection has got on, unless the handle is what it waits for."""
        progress = (self._incoming.begun, self._answered)
        if progress == self._progress and not self._busy:
            if self._over or self._choked:
                self._transport.abort()
            elif self._incoming.partial:
                self._refuse(Refused(Problem.TOO_SLOW, seconds=self._service.limits.patience))
            else:
                self._close()
        self._progress = progress
        self._watcher = self._loop.call_later(self._service.limits.patience, self._watch)
