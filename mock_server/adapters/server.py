"""The HTTP server on asyncio: addresses, start and stop. It runs on uvloop where that is installed.

A stop refuses new connections, closes idle ones at once, and gives requests in flight a few seconds. A second signal
ends the process immediately.
"""

import asyncio
import gc
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from email.utils import formatdate
from ipaddress import ip_address
from types import FrameType

from mock_server.adapters.asgi import THREADS
from mock_server.adapters.http_protocol import Connection, Service
from mock_server.core.messages import Handle, Schedule
from mock_server.core.settings import Limits

_new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
with suppress(ImportError):  # uvloop does not support Windows.
    import uvloop

    _new_event_loop = uvloop.new_event_loop

SIGNALS = [signal.SIGINT, signal.SIGTERM]
"""The signals that stop the server."""
if sys.platform == "win32":
    SIGNALS.append(signal.SIGBREAK)  # Ctrl-Break

PROBES = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}
"""An unused address of a foreign network (RFC 5737, RFC 3849), by the address that stands for all of a machine."""

GRACE = 3.0
"""Seconds for requests in flight to finish when the server stops."""

CONNECTIONS = 10_000
"""Greatest number of open connections, if the system allows it."""

BACKLOG = 2048
"""Connections that wait to be accepted."""

POLL_INTERVAL = 0.02
"""Seconds between two checks for open connections when the server stops."""

CLOSE_TIMEOUT = 0.3
"""Seconds for clients to close: over TLS, a close waits for the other side."""


class Server:
    """A server of one handle.

    `announce` is called once connections are accepted, `finish` after the last one was closed. `schedule`
    returns how the handle runs for a request.
    """

    def __init__(
        self,
        handle: Handle,
        limits: Limits,
        announce: Callable[[], None],
        *,
        finish: Callable[[], None] = lambda: None,
        schedule: Schedule,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._announce, self._finish, self._tls = announce, finish, tls
        self._executor = ThreadPoolExecutor(THREADS)
        self._service = Service(handle, limits, self._executor, schedule)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self.started = False
        """Connections are accepted."""

    def run(self, listener: socket.socket) -> None:
        """Serve until `stop` is called."""
        with asyncio.Runner(loop_factory=_new_event_loop) as runner:
            runner.run(self._serve(listener))

    def stop(self) -> None:
        """Let `run` return soon. A signal handler may call it at any time, a thread once `announce` was called."""
        if self._loop is None:
            self._stopping.set()
        else:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        server = await self._loop.create_server(
            lambda: Connection(self._service), sock=listener, ssl=self._tls, backlog=BACKLOG
        )
        self._update_date()
        self.started = True
        self._announce()
        await self._stopping.wait()
        await self._shut_down(server, listener)

    def _update_date(self) -> None:
        """Set the Date header (RFC 9110 section 6.6.1) now, and again at the next second."""
        now = time.time()
        self._service.date = f"date: {formatdate(now, usegmt=True)}\r\n".encode()
        asyncio.get_running_loop().call_later(1 - now % 1, self._update_date)

    async def _shut_down(self, server: asyncio.Server, listener: socket.socket) -> None:
        """Close the listener, then every connection without a pending response, at the latest after GRACE."""
        # Requests that reached the machine before the signal are in flight, too: accept and read them first.
        await asyncio.sleep(POLL_INTERVAL)
        server.close()
        listener.close()
        connections = self._service.connections
        for connection in list(connections):
            connection.shutdown()
        await _wait_until(lambda: not any(connection.has_pending for connection in connections), GRACE)
        await _wait_until(lambda: not connections, CLOSE_TIMEOUT)
        for connection in list(connections):
            connection.abort()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._finish()


async def _wait_until(is_reached: Callable[[], bool], longest: float) -> None:
    """Wait until a condition is true, at most `longest` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + longest
    while not is_reached() and loop.time() < end:
        await asyncio.sleep(POLL_INTERVAL)


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket to an address; port 0 picks a free port. Raises OSError if the address is not available."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def origin(host: str, listener: socket.socket, *, tls: bool = False) -> str:
    """Return the address of a listener for clients, such as "http://127.0.0.1:8000"."""
    # Clients cannot connect to an address that stands for all addresses.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    port = listener.getsockname()[1]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def public_origins(host: str, listener: socket.socket, *, tls: bool = False) -> list[str]:
    """Return the addresses of a listener for other machines. There are none if it listens only on one address."""
    if host not in PROBES:
        return []
    found = []
    with socket.socket(listener.family, socket.SOCK_DGRAM) as probe, suppress(OSError):
        # Connecting a datagram socket sends nothing, but selects the address of the default route.
        probe.connect((PROBES[host], 9))
        found.append(probe.getsockname()[0])
    with suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, listener.family)]
    usable = [address for address in dict.fromkeys(found) if _is_usable(address)]
    return [origin(address, listener, tls=tls) for address in usable]


def _is_usable(address: str) -> bool:
    parsed = ip_address(address.partition("%")[0])
    return not (parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified)


def serve(
    handle: Handle,
    listener: socket.socket,
    limits: Limits,
    announce: Callable[[], None],
    *,
    finish: Callable[[], None] = lambda: None,
    schedule: Schedule,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until a signal arrives, and let it have its usual effect: SIGINT raises KeyboardInterrupt."""

    def ready() -> None:
        # The imported modules stay, so the garbage collector can ignore them.
        gc.freeze()
        announce()

    _allow_many_connections()
    server = Server(handle, limits, ready, finish=finish, schedule=schedule, tls=tls)
    with _stopped_by_signals(server):
        server.run(listener)


@contextmanager
def _stopped_by_signals(server: Server) -> Iterator[None]:
    """Stop the server at the first signal, and raise the signal again at the end of the context."""
    received: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        # A second signal must end the process at once.
        for handled in SIGNALS:
            signal.signal(handled, signal.SIG_DFL)
        server.stop()

    previous = {number: signal.signal(number, receive) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            # A shell starts a background job of a script with SIGINT ignored. A signal that has stopped the
            # server has its usual effect even there.
            is_ignored = number in received and handler == signal.SIG_IGN
            signal.signal(number, _usual_handler(number) if is_ignored else handler)
    for signal_number in received:
        signal.raise_signal(signal_number)


def _usual_handler(number: int) -> Callable[[int, FrameType | None], object] | signal.Handlers:
    return signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL


def _allow_many_connections() -> None:
    """Raise the usual limit of a thousand open files, which exists for programs that use select(2)."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has none

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS if most == resource.RLIM_INFINITY else min(CONNECTIONS, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
