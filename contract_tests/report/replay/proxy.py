"""A door on loopback through which another program's requests go to the target by the run's own session.

So what curl creates stands in the ledger and counts against the budget, is paced, and waits where the target asks
for it. Passes on what comes; knows no requirement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

from contract_tests.client.session import RecordingSession
from contract_tests.exceptions import Disabled, TargetError

# Headers of one connection (RFC 9110 section 7.6.1), and of a body as it was encoded on the other one.
_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}
)
_OF_THE_ENCODING: Final = frozenset({"content-encoding"})


class Relay:
    """Where the door is, and why a request came to nothing."""

    def __init__(self, session: RecordingSession) -> None:
        self.session = session
        self.url = ""
        self.failures: list[Exception] = []


@contextmanager
def relay(session: RecordingSession) -> Iterator[Relay]:
    """Opens the door for as long as the block runs."""
    door = Relay(session)

    class Handler(_Handler):
        relay = door

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    relay: Relay
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Any:
        """The base class looks for a `do_METHOD`; here one method serves them all."""
        if name.startswith("do_"):
            return self._pass_on
        raise AttributeError(name)

    def _pass_on(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if "Content-Length" in self.headers else None
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION
        }
        try:
            answer = self.relay.session.exchange(self.command, self.path, headers=headers, body=body)
        except (TargetError, Disabled) as error:
            # No answer came, so none is given.
            self.relay.failures.append(error)
            self.close_connection = True
            return
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.headers.items():
            if name.lower() not in _OF_THE_CONNECTION | _OF_THE_ENCODING:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
