"""HTTP for the second server: real sockets, one thread a connection, the standard library alone.

Owns reading a request off the wire and writing a response onto it. Knows nothing of cases: a service is any
object with `respond(Request) -> Response`. Other ways on the wire (chunks, delays) are handlers of their own.
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
    """What came: the target as it stood in the request line, header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Response:
    """What goes back."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Service(Protocol):
    """What a handler needs of the thing it serves."""

    prefix: str
    handler: type[Handler]

    def respond(self, request: Request) -> Response: ...


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections that stay open."""

    protocol_version = "HTTP/1.1"
    server_version = "second"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    server: _Server

    def serve(self) -> None:
        """Answer one request, whatever its method."""
        body = self.read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        self.write(request, self.server.service.respond(request))

    def __getattr__(self, name: str) -> Any:
        """The base class looks for a `do_METHOD`; here one method serves them all."""
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def read_body(self) -> bytes:
        """The whole body, so that the next request on the connection starts where this one ends."""
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
        """Send a response; the length is told, and HEAD gets no body."""
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.frame(response)
        self.end_headers()
        if request.method != "HEAD":
            self.payload(response.body)

    def frame(self, response: Response) -> None:
        """Tell where the body ends."""
        if response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(response.body)))

    def payload(self, body: bytes) -> None:
        """Send the body."""
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: a test's output is no access log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Service) -> None:
        self.service = service
        super().__init__(("127.0.0.1", 0), service.handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""


@contextmanager
def running(service: Service) -> Iterator[str]:
    """Serve on a free loopback port for as long as the block runs; yields the base URL."""
    with _Server(service) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{service.prefix}"
        finally:
            server.shutdown()
            thread.join()
