"""Proxy that drops, stalls and resets connections at random.

It counts the failures and records the ids in complete responses to creates. It uses only the standard library.
"""

from __future__ import annotations

import json
import random
import re
import socket
import struct
import threading
import time
from types import TracebackType
from urllib.parse import urlsplit

RATE = 0.02
STALL = 1.5


class FlakyProxy:
    """Proxy for HTTP/1.1 with Content-Length and one request at a time per connection."""

    def __init__(self, target: str, seed: int) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ids: set[str] = set()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests = 0
        self.broken = 0

    def __enter__(self) -> FlakyProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._listener.close()

    def created(self) -> set[str]:
        """Return the ids in complete responses to creates."""
        return set(self._ids)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, socket.create_connection(self._target) as server:
                while request := _message(client):
                    self.requests += 1
                    if not self._pass_on(client, server, request):
                        return
        except OSError:
            return

    def _pass_on(self, client: socket.socket, server: socket.socket, request: bytes) -> bool:
        """Forward a request and its response, or break the connection; return True if it is still open."""
        chance = self._random.random() / RATE
        if chance < 1:
            self.broken += 1
            if chance < 0.3:
                return _reset(client)
            server.sendall(request)
            response = _message(server, head=request.startswith(b"HEAD"))
            if chance < 0.5:
                return False
            if chance < 0.8:
                client.sendall(response[: len(response) // 2])
                return _reset(client)
            time.sleep(STALL)
            return False
        server.sendall(request)
        response = _message(server, head=request.startswith(b"HEAD"))
        client.sendall(response)
        if request.startswith(b"POST /case ") and response.startswith(b"HTTP/1.1 201"):
            self._ids.add(json.loads(response.partition(b"\r\n\r\n")[2])["id"])
        return b"connection: close" not in response.lower()


def _reset(client: socket.socket) -> bool:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    return False


def _message(connection: socket.socket, *, head: bool = False) -> bytes:
    """Read one HTTP message; return empty bytes if the connection has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    length = re.search(rb"content-length: *(\d+)", data.partition(b"\r\n\r\n")[0], re.IGNORECASE)
    wanted = data.index(b"\r\n\r\n") + 4 + (int(length.group(1)) if length and not head else 0)
    while len(data) < wanted:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    return data
