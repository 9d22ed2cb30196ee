"""Serves a handle over a socket, in a thread of the program that uses it.

    with serving(build()) as address:
        requests.get(f"{address}/case/1")

It installs no signal handler, so Ctrl-C still works as the program defines it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mock_server.adapters.server import Server, listen, origin
from mock_server.core.messages import Handle, Schedule, at_once
from mock_server.core.settings import Limits


@contextmanager
def serving(
    handle: Handle,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    schedule: Schedule = at_once,
) -> Iterator[str]:
    """Serve while the context is active, and yield the address, such as "http://127.0.0.1:49321".

    Port 0 picks a free port. `schedule` returns how the handle runs for a request. Raises OSError if the address is
    not available.
    """
    listener = listen(host, port)
    ready = threading.Event()
    server = Server(handle, limits or Limits(), ready.set, schedule=schedule)

    def run() -> None:
        try:
            server.run(listener)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="caseiq-mock", daemon=True)
    thread.start()
    try:
        ready.wait()
        if not server.started:
            raise RuntimeError("the server thread did not start; stderr has its traceback")
        yield origin(host, listener)
    finally:
        server.stop()
        thread.join()
