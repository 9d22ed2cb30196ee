"""uvicorn, set up for the mock: how it listens, starts and stops, and what it logs.

A stop refuses new connections, closes idle ones at once, and gives what is in flight a few seconds. A second
signal ends the process where it stands.
"""

import asyncio
import gc
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import cast

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from mock_server.adapters.asgi import THREADS, application
from mock_server.adapters.http_protocol import Connection, Service
from mock_server.core.messages import Handle
from mock_server.core.settings import Limits

GRACE = 3.0
"""Seconds that requests in flight have to finish when the server stops."""

CONNECTIONS = 10_000
"""Those that may be open at once, where the system lets them."""

LOOK = 0.02
"""Seconds between two looks at what is still open, when the server stops."""

LINGER = 0.3
"""Seconds that a client has to take note of the end: over TLS, a close waits for the other side's."""


class Server(uvicorn.Server):
    """A server of one handle; `announce` is called once connections are accepted, `finish` when none is left.

    While the handle is `blocking`, it runs in threads.
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
        """Close what listens, then every connection once it owes no answer, at the latest after the grace.

        uvicorn's own waits until the peers have closed theirs too, which with TLS some never do.
        """
        # What reached the machine before the signal is accepted and read first: it is in flight too.
        await asyncio.sleep(LOOK)
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        connections = cast(set[Connection], self.server_state.connections)
        for connection in list(connections):
            connection.shutdown()
        await _until(lambda: not any(connection.owes_an_answer for connection in connections), GRACE)
        await _until(lambda: not connections, LINGER)
        for connection in list(connections):
            connection.abort()
        self._executor.shutdown(wait=False, cancel_futures=True)
        # Here, since a signal that ended it is raised again, and then nothing else is done.
        self._finish()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # Whoever asks again does not want to wait.
        for one in HANDLED_SIGNALS:
            signal.signal(one, signal.SIG_DFL)


async def _until(reached: Callable[[], bool], longest: float) -> None:
    """Wait until something is so, at most `longest` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + longest
    while not reached() and loop.time() < end:
        await asyncio.sleep(LOOK)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address; port 0 picks a free one. Raises OSError if it cannot be had."""
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
    """Where a client reaches a listener, such as "http://127.0.0.1:8000"."""
    # An address that means "all" cannot be connected to everywhere.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    port = listener.getsockname()[1]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


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
    """Serve until a signal comes. SIGINT ends it with KeyboardInterrupt."""

    def ready() -> None:
        # What was imported stays: the garbage collector need not look at it again and again.
        gc.freeze()
        announce()

    _allow_many_connections()
    Server(handle, limits, ready, finish=finish, blocking=blocking, tls=tls).run(sockets=[listener])


def _allow_many_connections() -> None:
    """Ask for more open files than the usual thousand: that limit is there for programs that use select(2)."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has none

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS if most == resource.RLIM_INFINITY else min(CONNECTIONS, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
