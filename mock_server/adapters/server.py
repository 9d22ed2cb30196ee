"""uvicorn, set up for the mock: how it listens, starts and stops, and what it logs."""

import gc
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import uvicorn

from mock_server.adapters.asgi import THREADS, application
from mock_server.adapters.connection import Connection, Service
from mock_server.messages import Handle
from mock_server.settings import Limits

GRACE = 3
"""Seconds that requests in flight have to finish when the server stops."""


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
    except OSError:
        listener.close()
        raise
    return listener


def serve(
    handle: Handle,
    listener: socket.socket,
    limits: Limits,
    announce: Callable[[], None],
    *,
    blocking: Callable[[], bool],
) -> None:
    """Serve until a signal comes; `announce` is called once connections are accepted.

    While the handle is `blocking`, it runs in threads. SIGINT ends it with KeyboardInterrupt, after the requests
    in flight were answered.
    """
    config = uvicorn.Config(
        application(handle),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config, announce)
    service = Service(handle, limits, server.server_state, ThreadPoolExecutor(THREADS), blocking)
    config.load()
    config.http_protocol_class = lambda **_: Connection(service)  # type: ignore[assignment]
    server.run(sockets=[listener])
