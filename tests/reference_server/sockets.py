"""HTTP server with one thread per connection, based on the standard library.

A service is any object with `respond(Request) -> Response`. Subclasses of `Handler` change the transport, for example
with chunks or delays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Protocol


@dataclass(frozen=True)
class Request:
    """HTTP request: the target as in the request line, and header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Response:
    """HTTP response."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Service(Protocol):
    """Interface that a handler needs."""

    prefix: str
    handler: type[Handler]

    def respond(self, request: Request) -> Response: ...


class Handler(BaseHTTPRequestHandler):
    """Handler for HTTP/1.1 with persistent connections."""

    protocol_version = "HTTP/1.1"
    server_version = "reference"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    server: _Server

    def serve(self) -> None:
        """Handle one request with any method."""
        body = self.read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        self.write(request, self.server.service.respond(request))

    def __getattr__(self, name: str) -> Any:
        """Map every `do_METHOD` that the base class looks up to `serve`."""
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def read_body(self) -> bytes:
        """Read the whole body, so that the connection can be used again."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def write(self, request: Request, response: Response) -> None:
        """Send a response with its length; a response to HEAD has no body."""
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.write_framing(response)
        self.end_headers()
        if request.method != "HEAD":
            self.write_body(response.body)

    def write_framing(self, response: Response) -> None:
        """Send the header that delimits the body."""
        if response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(response.body)))

    def write_body(self, body: bytes) -> None:
        """Send the body."""
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Suppress the access log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Service) -> None:
        self.service = service
        super().__init__(("127.0.0.1", 0), service.handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors of disconnected clients."""


@contextmanager
def running(service: Service) -> Iterator[str]:
    """Serve on a free loopback port inside the `with` block, and yield the base URL."""
    with _Server(service) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{service.prefix}"
        finally:
            server.shutdown()
            thread.join()
