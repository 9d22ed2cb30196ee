"""uvicorn, set up for the mock: which loop and parser, what it logs, how it starts and stops.

It also answers in JSON where a message is no HTTP, so that uvicorn never gets as far as the application.
"""

import gc
import re
import socket
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.adapters.asgi import Application

GRACE = 3
"""Seconds that requests in flight have to finish when the server stops."""

_NOT_HTTP = (
    b'{"type":"about:blank","title":"Bad Request","status":400,'
    b'"detail":"The message is not HTTP/1.1 as RFC 9112 has it.","code":"not-http"}'
)


_UPGRADE_TO_HTTP2 = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n)", re.IGNORECASE)


class JsonProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with a JSON answer to what is no HTTP."""

    def data_received(self, data: bytes) -> None:
        # Some clients (Java's, say) offer HTTP/2 in a first request. A server may ignore that (RFC 9110
        # section 7.8), but the parser would stop there and lose the body.
        if b"h2c" in data and (self.cycle is None or self.cycle.response_complete):
            head, end, rest = data.partition(b"\r\n\r\n")
            data = _UPGRADE_TO_HTTP2.sub(b"", head + end, count=1) + rest
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the text of uvicorn is always the same
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%b" % (len(_NOT_HTTP), _NOT_HTTP)
        )
        self.transport.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What was imported stays: the garbage collector need not look at it again and again.
        gc.freeze()
        self._announce()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address; port 0 picks a free one. Raises OSError if it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.set_inheritable(True)
    except OSError:
        listener.close()
        raise
    return listener


def serve(application: Application, listener: socket.socket, announce: Callable[[], None]) -> None:
    """Serve until a signal comes; `announce` is called once connections are accepted.

    SIGINT ends it with KeyboardInterrupt, after the requests in flight were answered.
    """
    config = uvicorn.Config(
        application,
        http=JsonProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    _Server(config, announce).run(sockets=[listener])
