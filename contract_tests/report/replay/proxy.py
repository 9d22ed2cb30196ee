"""A local proxy that sends the requests of another program, such as curl, through the run's session.

The session paces these requests, waits if the target asks for it, and enters created cases in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

from contract_tests.client.exchange import Exchange, other_host
from contract_tests.client.failures import Unavailable
from contract_tests.client.session import RecordingSession
from contract_tests.exceptions import Disabled, TargetError

# Headers of one connection (RFC 9110 section 7.6.1), and of an encoding that the session has removed.
_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}
)
_OF_THE_ENCODING: Final = frozenset({"content-encoding"})


class SessionProxy:
    """The address of the proxy, the exchanges, and the requests that got no response."""

    def __init__(self, session: RecordingSession) -> None:
        self.session = session
        self.url = ""
        self.exchanges: list[Exchange] = []
        self.failures: list[Exception] = []


@contextmanager
def session_proxy(session: RecordingSession) -> Iterator[SessionProxy]:
    """Run the proxy in a thread while the block runs."""
    proxy_of_session = SessionProxy(session)

    class Handler(_Handler):
        proxy = proxy_of_session

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy_of_session.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy_of_session
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    proxy: SessionProxy
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Any:
        """Return one method for every `do_METHOD` that the base class looks up."""
        if name.startswith("do_"):
            return self._forward
        raise AttributeError(name)

    def _forward(self) -> None:
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION
        }
        if host := other_host(self.proxy.url, dict(self.headers)):
            headers["Host"] = host
        body = None
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            headers["Transfer-Encoding"] = "chunked"
            body = b"".join(self._chunks())
        elif "Content-Length" in self.headers:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        try:
            # Each request of a script has a connection of its own, so a server cannot recognise one by its connection.
            with self.proxy.session.other_connection():
                response = self.proxy.session.exchange(self.command, self.path, headers=headers, body=body)
        except Unavailable as error:
            # The run may have recorded this response, too.
            self.proxy.session.resume()
            response = error.exchange
        except (TargetError, Disabled) as error:
            self.proxy.failures.append(error)
            self.close_connection = True  # The client sees that there is no response.
            return
        self.proxy.exchanges.append(response)
        self.send_response_only(response.status, response.reason)
        for name, value in response.headers.items():
            if name.lower() not in _OF_THE_CONNECTION | _OF_THE_ENCODING:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _chunks(self) -> Iterator[bytes]:
        """Yield the chunks of a body (RFC 9112 section 7.1). curl sends no trailers."""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""
