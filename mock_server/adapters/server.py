"""uvicorn, configured for the mock: listening, start, stop and logging.

A stop refuses new connections, closes idle ones at once, and gives requests in flight a few seconds. A second signal
ends the process immediately.
"""

import asyncio
import gc
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_address
from types import FrameType
from typing import cast

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from mock_server.adapters.asgi import THREADS, application
from mock_server.adapters.http_protocol import Connection, Service
from mock_server.core.messages import Handle
from mock_server.core.settings import Limits

PROBES = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}
"""An unused address of a foreign network (RFC 5737, RFC 3849), by the address that stands for all of a machine."""

GRACE = 3.0
"""Seconds for requests in flight to finish when the server stops."""

CONNECTIONS = 10_000
"""Greatest number of open connections, if the system allows it."""

POLL_INTERVAL = 0.02
"""Seconds between two checks for open connections when the server stops."""

CLOSE_TIMEOUT = 0.3
"""Seconds for clients to close: over TLS, a close waits for the other side."""


class Server(uvicorn.Server):
    """A server of one handle.

    `announce` is called once connections are accepted, `finish` after the last one was closed. While `blocking`
    returns True, the handle runs in threads.
    """

    def __init__(
        self,
        handle: Handle,
        limits: Limits,
        announce: Callable[[], None],
        *,
        finish: Callable[[], None] = lambda: None,
        blocking: Callable[[], bool],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        config = uvicorn.Config(
            application(handle),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        super().__init__(config)
        self._announce, self._finish = announce, finish
        self._executor = ThreadPoolExecutor(THREADS)
        service = Service(handle, limits, self.server_state, self._executor, blocking)
        config.load()
        config.http_protocol_class = lambda **_: Connection(service)  # type: ignore[assignment]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listeners, then every connection without a pending response, at the latest after GRACE.

        uvicorn's own method waits until the clients have closed as well. With TLS, some never do.
        """
        # Requests that reached the machine before the signal are in flight, too: accept and read them first.
        await asyncio.sleep(POLL_INTERVAL)
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        connections = cast(set[Connection], self.server_state.connections)
        for connection in list(connections):
            connection.shutdown()
        await _wait_until(lambda: not any(connection.has_pending for connection in connections), GRACE)
        await _wait_until(lambda: not connections, CLOSE_TIMEOUT)
        for connection in list(connections):
            connection.abort()
        self._executor.shutdown(wait=False, cancel_futures=True)
        # Called here, because uvicorn raises the signal again after this method, and no other code runs.
        self._finish()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # A second signal must end the process at once.
        for handled in HANDLED_SIGNALS:
            signal.signal(handled, signal.SIG_DFL)


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
    blocking: Callable[[], bool],
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until a signal arrives. SIGINT raises KeyboardInterrupt."""

    def ready() -> None:
        # The imported modules stay, so the garbage collector can ignore them.
        gc.freeze()
        announce()

    _allow_many_connections()
    Server(handle, limits, ready, finish=finish, blocking=blocking, tls=tls).run(sockets=[listener])


def _allow_many_connections() -> None:
    """Raise the usual limit of a thousand open files, which exists for programs that use select(2)."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has none

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS if most == resource.RLIM_INFINITY else min(CONNECTIONS, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
