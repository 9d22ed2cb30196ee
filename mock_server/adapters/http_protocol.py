"""One HTTP/1.1 connection: an asyncio protocol between a transport and a handle, without a task.

Rules:
- Responses are sent in the order of their requests.
- Invalid HTTP gets a JSON response, and the connection is closed.
- While a client does not read its responses, its requests are neither read nor handled.
- A client that is idle, sends too slowly, or does not read, loses the connection after a while.
- A connection handles one request at a time, also if the handle waits or runs in a thread.
- A delayed response delays all later ones.
"""

import asyncio
import logging
from collections import deque
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import cast

from mock_server.adapters.http_parser import RequestParser
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import (
    Execution,
    Handle,
    Request,
    Response,
    Schedule,
    Transfer,
    control_body_limit,
)
from mock_server.core.pipeline import refusal_response
from mock_server.core.settings import Limits
from mock_server.suspension import Call

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Service:
    """The objects that all connections of a server share."""

    handle: Handle
    limits: Limits
    executor: Executor
    """Runs the handle for requests that need a thread."""
    schedule: Schedule
    connections: "set[Connection]" = field(default_factory=set)
    """The open connections."""
    date: bytes = b""
    """The line of the Date header; empty for none."""


class Connection(asyncio.Protocol):
    """The protocol of one connection."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parser = RequestParser(
            service.limits,
            self._queue_request,
            self._send_continue,
            control_body_limit(service.handle, service.limits.body),
        )
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[Request, bool]] = deque()
        """Pending requests, each with True if the connection stays open after it."""
        self._running: asyncio.Future[Response] | None = None
        """The handle's call in a thread."""
        self._is_busy = False
        """A request is being handled, or its response is delayed."""
        self._is_write_paused = False
        """The client does not read."""
        self._is_stopping = False
        """The next response is the last one."""
        self._is_over = False
        """The last response was sent."""
        self._sent = 0
        self._progress = (-1, -1)

    # Events of the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's, but not its class.
        self._transport = cast(asyncio.Transport, transport)
        self._service.connections.add(self)
        self._check_progress()

    def connection_lost(self, _error: Exception | None) -> None:
        # Drop queued requests: the client has disconnected.
        self._is_over = True
        self._queue.clear()
        self._service.connections.discard(self)
        self._progress_timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        try:
            if not self._parser.feed(data):
                self._close_after_queue()
        except Refused as refused:
            self._refuse(refused)

    def eof_received(self) -> bool:
        """Handle the end of the client's input. Return True to keep the transport open for pending responses."""
        if self._is_over:
            return False
        if self._parser.is_partial:
            self._refuse(Refused(Problem.NOT_HTTP, reason="it ends in the middle of a request"))
        else:
            self._close_after_queue()
        return self._is_busy or bool(self._queue)

    def pause_writing(self) -> None:
        self._is_write_paused = True
        self._update_reading()

    def resume_writing(self) -> None:
        self._is_write_paused = False
        self._handle_queue()
        self._update_reading()

    def shutdown(self) -> None:
        """Close the connection, after the responses to all requests that have arrived at least in part."""
        self._is_stopping = True
        if self._is_over or not (self._parser.is_partial or self._is_busy or self._queue):
            self._is_over = True
            self._transport.close()

    @property
    def has_pending(self) -> bool:
        """True if the response to a complete or partial request has not been sent."""
        is_unanswered = not self._is_over and (self._parser.is_partial or self._is_busy or bool(self._queue))
        return is_unanswered or self._transport.get_write_buffer_size() > 0

    def abort(self) -> None:
        """Close the connection at once, without pending responses."""
        if self._running is not None:
            self._running.cancel()
        self._transport.abort()

    # Requests

    def _send_continue(self) -> None:
        if not self._is_over:
            self._transport.write(_CONTINUE)

    def _queue_request(self, request: Request, keep_alive: bool) -> None:
        if self._is_over:
            return
        self._queue.append((request, keep_alive))
        self._handle_queue()
        if self._queue or self._is_busy:
            self._update_reading()

    def _handle_queue(self) -> None:
        """Handle pending requests until one takes a while or the client stops reading."""
        while self._queue and not (self._is_busy or self._is_write_paused):
            request, keep_alive = self._queue.popleft()
            response = self._start(request, keep_alive)
            if response is None:
                self._is_busy = True
            elif response.delay:
                self._delay(keep_alive, response)
            else:
                self._send(response, keep_alive)

    def _start(self, request: Request, keep_alive: bool) -> Response | None:
        """Handle a request. Return its response, or None if it comes later."""
        execution = self._service.schedule(request)
        if execution is Execution.AT_ONCE:
            return self._respond(request)
        if execution is Execution.SUSPENDABLE:
            call = Call(self._respond)
            response: Response = call.switch(request)
            if call.dead:
                return response
            call.done = partial(self._delay, keep_alive)
            return None
        self._running = self._loop.run_in_executor(self._service.executor, self._respond, request)
        self._running.add_done_callback(partial(self._thread_done, keep_alive))
        return None

    def _respond(self, request: Request) -> Response:
        try:
            return self._service.handle(request)
        except Exception:
            _log.exception("%s %s failed outside the core", request.method, request.path)
            return refusal_response(Refused(Problem.BROKEN))

    def _thread_done(self, keep_alive: bool, running: asyncio.Future[Response]) -> None:
        self._running = None
        if not running.cancelled():
            self._delay(keep_alive, running.result())

    def _delay(self, keep_alive: bool, response: Response) -> None:
        self._is_busy = True
        if response.delay:
            self._loop.call_later(response.delay, self._send_delayed, keep_alive, response)
        else:
            self._send_delayed(keep_alive, response)

    def _send_delayed(self, keep_alive: bool, response: Response) -> None:
        self._is_busy = False
        if not self._is_over:
            self._send(response, keep_alive)
        self._handle_queue()
        self._update_reading()

    # Responses

    def _send(self, response: Response, keep_alive: bool) -> None:
        keep_alive = keep_alive and not self._is_stopping
        self._sent += 1
        if response.transfer is Transfer.DROPPED:
            self._is_over = True
            self._queue.clear()
            self._transport.close()
            return
        head = "".join([f"{name}: {value}\r\n" for name, value in response.fields().items()])
        if not keep_alive:
            head += "connection: close\r\n"
        status_line = _STATUS_LINES.get(response.status) or b"HTTP/1.1 %d \r\n" % response.status
        fields = head.encode("latin-1", "replace")
        pieces = (status_line, self._service.date, fields, b"\r\n", response.sent_body)
        self._transport.write(b"".join(pieces))
        if not keep_alive or response.transfer is Transfer.TRUNCATED:
            self._close()

    def _refuse(self, refused: Refused) -> None:
        # A pending response is sent first, and is then the last one.
        self._is_stopping = True
        if not (self._is_over or self._is_busy or self._queue):
            self._send(refusal_response(refused), keep_alive=False)

    def _close_after_queue(self) -> None:
        """Close the connection after the responses to all complete requests."""
        if self._queue:
            self._queue[-1] = (self._queue[-1][0], False)
        elif self._is_busy:
            self._is_stopping = True
        else:
            self._close()

    def _close(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._queue.clear()
        if self._transport.can_write_eof():
            # RFC 9112 section 9.6: keep reading from a client that still sends. A reset would destroy the response.
            self._transport.write_eof()
        else:
            self._transport.close()

    def _update_reading(self) -> None:
        if self._transport.is_closing():
            return
        if self._is_write_paused or self._is_busy or self._queue:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _check_progress(self) -> None:
        """Close the connection if nothing has happened since the last check, unless the handle is running."""
        progress = (self._parser.begun, self._sent)
        if progress == self._progress and not self._is_busy:
            if self._is_over or self._is_write_paused:
                self._transport.abort()
            elif self._parser.is_partial:
                self._refuse(Refused(Problem.TOO_SLOW, seconds=self._service.limits.patience))
            else:
                self._close()
        self._progress = progress
        self._progress_timer = self._loop.call_later(self._service.limits.patience, self._check_progress)
