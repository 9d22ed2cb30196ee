"""One HTTP/1.1 connection: from the parser to the handle and back, with no task in between.

Rules it keeps: answers go out in the order of the requests; what is no HTTP gets an answer in JSON, and the
connection closes; a head and a body take bounded memory, whatever comes; a client that does not read its
answers is not read from. A handle that waits runs in threads, one request of a connection at a time, and so do
answers that are to be held back.

It takes the place of uvicorn's own protocol, and uses uvicorn's list of connections and its Date field.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

import httptools
from uvicorn.server import ServerState

from mock_server.errors import Problem, Refused
from mock_server.messages import Handle, Request, Response
from mock_server.pipeline import refusal
from mock_server.settings import Limits

IDLE = 60
"""Seconds of silence after which a connection may be closed; after twice as many it is."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_UPGRADE_TO_HTTP2 = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n)", re.IGNORECASE)

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


@dataclass(slots=True)
class _Incoming:
    """A request of which a part has arrived."""

    target: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    in_head: bool = True
    unparsed: int = 0
    """Bytes that arrived for the head since its first piece; the parser keeps an unfinished field to itself."""
    size: int = 0
    """Bytes of the fields that the parser has read."""
    body: bytearray = field(default_factory=bytearray)
    limit: int = 0
    """Bytes of the body that are kept."""


class Connection(asyncio.Protocol):
    """A protocol for asyncio, and the receiver of the parser's events."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parser = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._between = True
        self._incoming = _Incoming()
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._running: asyncio.Future[Response] | None = None
        self._active = True
        self._choked = False
        self._stopping = False

    # Events of the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's, but not its class.
        self._transport = cast(asyncio.Transport, transport)
        self._service.state.connections.add(self)  # type: ignore[arg-type]  # uvicorn asks nothing of it
        self._watch()

    def connection_lost(self, _error: Exception | None) -> None:
        self._service.state.connections.discard(self)
        self._watcher.cancel()

    def data_received(self, data: bytes) -> None:
        self._active = True
        before = self._incoming
        if self._between and b"h2c" in data:
            data = _without_upgrade(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Answered as if it had not asked (RFC 9110 section 7.8), but what follows may be no HTTP.
            self._transport.close()
        except httptools.HttpParserError as error:
            self._refuse(Refused(Problem.NOT_HTTP, reason=error))
        else:
            if before is self._incoming and before.in_head and not self._between:
                before.unparsed += len(data)
                self._check_head(before.unparsed)

    def pause_writing(self) -> None:
        self._choked = True
        self._read_or_not()

    def resume_writing(self) -> None:
        self._choked = False
        self._read_or_not()

    def shutdown(self) -> None:
        """The server stops: close, but not before the answer to what has arrived, if only in part."""
        self._stopping = True
        if self._between and not self._waiting:
            self._transport.close()

    @property
    def owes_an_answer(self) -> bool:
        """Whether a request has arrived, in part or whole, whose answer has not left."""
        unanswered = not self._transport.is_closing() and (not self._between or bool(self._waiting))
        return unanswered or self._transport.get_write_buffer_size() > 0

    def abort(self) -> None:
        """End at once, whatever is unanswered."""
        if self._running is not None:
            self._running.cancel()
        self._transport.abort()

    # Events of the parser

    def on_message_begin(self) -> None:
        self._between = False
        self._incoming = _Incoming()

    def on_url(self, part: bytes) -> None:
        self._incoming.target += part

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        incoming = self._incoming
        incoming.size += len(raw_name) + len(raw_value) + 4  # with a colon, a space and the line's end
        if incoming.size > self._service.limits.head:
            return
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers = incoming.headers
        # RFC 9110 section 5.2: the values of a repeated name are one list.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value

    def on_headers_complete(self) -> None:
        incoming = self._incoming
        self._check_head(incoming.size)
        incoming.in_head = False
        incoming.limit = self._service.limits.body_at(incoming.target.decode("latin-1"))
        if incoming.headers.get("expect", "").lower() == "100-continue" and not self._transport.is_closing():
            self._transport.write(_CONTINUE)

    def on_body(self, piece: bytes) -> None:
        # Beyond the limit nothing is kept, and the core refuses what was. The rest is read all the same: a client
        # that is cut off while it sends would never see the answer.
        incoming = self._incoming
        if len(incoming.body) <= incoming.limit:
            incoming.body += piece

    def on_message_complete(self) -> None:
        self._between = True
        if self._transport.is_closing():
            return
        parser, incoming = self._parser, self._incoming
        path, query = _path_and_query(incoming.target.decode("latin-1"))
        request = Request(
            parser.get_method().decode("latin-1"), path, incoming.headers, bytes(incoming.body), query
        )
        keep = parser.should_keep_alive() and parser.get_http_version() == "1.1"
        if self._waiting or self._service.blocking():
            self._waiting.append((request, keep))
            if len(self._waiting) == 1:
                self._next()
            self._read_or_not()
            return
        response = self._answer(request)
        if response.delay:
            self._waiting.append((request, keep))
            self._hold(response)
            self._read_or_not()
            return
        self._send(response, keep)

    # Answers

    def _answer(self, request: Request) -> Response:
        try:
            return self._service.handle(request)
        except Exception:
            _log.exception("%s %s failed outside the core", request.method, request.path)
            return refusal(Refused(Problem.BROKEN))

    def _next(self) -> None:
        request, _ = self._waiting[0]
        self._running = self._loop.run_in_executor(self._service.executor, self._answer, request)
        self._running.add_done_callback(lambda done: self._hold(None if done.cancelled() else done.result()))

    def _hold(self, response: Response | None) -> None:
        self._loop.call_later(response.delay if response else 0, self._done, response)

    def _done(self, response: Response | None) -> None:
        self._running = None
        _, keep = self._waiting.popleft()
        if not (response is None or self._transport.is_closing()):
            self._send(response, keep)
        if self._transport.is_closing():
            # What nobody will hear the answer to is not done either.
            self._waiting.clear()
        if self._waiting:
            self._next()
        self._read_or_not()

    def _send(self, response: Response, keep: bool) -> None:
        keep = keep and not self._stopping
        head = "".join([f"{name}: {value}\r\n" for name, value in response.fields().items()])
        if not keep:
            head += "connection: close\r\n"
        pieces = [_STATUS_LINES.get(response.status) or b"HTTP/1.1 %d \r\n" % response.status]
        for name, value in self._service.state.default_headers:
            pieces += (name, b": ", value, b"\r\n")
        pieces += (head.encode("latin-1", "replace"), b"\r\n", response.body)
        self._transport.write(b"".join(pieces))
        if not keep:
            self._transport.close()

    def _refuse(self, refused: Refused) -> None:
        # An answer that is still to come goes out first, and is then the last.
        self._stopping = True
        if not (self._waiting or self._transport.is_closing()):
            self._send(refusal(refused), keep=False)

    def _check_head(self, size: int) -> None:
        limit = self._service.limits.head
        if size > limit:
            self._refuse(Refused(Problem.HEAD_TOO_LARGE, limit=limit))

    # The rest

    def _read_or_not(self) -> None:
        if self._transport.is_closing():
            return
        if self._choked or self._waiting:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _watch(self) -> None:
        if not self._active and not self._waiting:
            self._transport.close()
            return
        self._active = False
        self._watcher = self._loop.call_later(IDLE, self._watch)


def _without_upgrade(data: bytes) -> bytes:
    """The first piece of a request, without its offer to go on in HTTP/2.

    Some clients make it by default (Java's does). A server may ignore it (RFC 9110 section 7.8), but the parser
    stops there and loses the body.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE_TO_HTTP2.sub(b"", head + end, count=1) + rest


def _path_and_query(target: str) -> tuple[str, str]:
    """The two parts of a request target (RFC 9112 section 3.2)."""
    if not target.startswith("/") and "://" in target:
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return path, query
