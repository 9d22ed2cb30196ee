"""Proxy that breaks connections at random: before, inside and after requests and responses.

It records the ids of the cases that the server created, and of those whose response it passed on. Standard library only.
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
WAYS = (
    "close at once",
    "reset at once",
    "close inside the request",
    "lose the response",
    "close inside the response",
    "reset inside the response",
    "close inside the header section",
    "stall before the response",
    "stall inside the response",
    "close inside a chunk",
    "break a chunk size",
    "close after an interim response",
)


class FlakyProxy:
    """Proxy for HTTP/1.1 with Content-Length and one request at a time per connection."""

    def __init__(self, target: str, seed: int) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ids: set[str] = set()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._created: set[str] = set()
        self.requests = 0
        self.broken = 0
        self.ways: set[str] = set()

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

    def created_at_server(self) -> set[str]:
        """Return the ids of all cases that the server created."""
        return set(self._created)

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
        way = self._random.choice(WAYS) if self._random.random() < RATE else ""
        cut = self._random.random()
        if way:
            self.broken += 1
            self.ways.add(way)
        if way.endswith("at once") or way == "close inside the request":
            if way == "close inside the request":
                server.sendall(request[: int(len(request) * cut)])
            return _reset(client) if way == "reset at once" else False
        server.sendall(request)
        response = _message(server, head=request.startswith(b"HEAD"))
        case_id = _created(request, response)
        self._created |= case_id
        if way:
            return self._break(client, response, way, cut)
        client.sendall(response)
        self._ids |= case_id
        return b"connection: close" not in response.lower()

    def _break(self, client: socket.socket, response: bytes, way: str, cut: float) -> bool:
        """Send a part of the response and end the connection; return False."""
        head, _, body = response.partition(b"\r\n\r\n")
        if way == "lose the response":
            return False
        if way == "close inside the header section":
            client.sendall(head[: int(len(head) * cut)])
            return False
        if way == "close after an interim response":
            client.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
            return False
        if "chunk" in way:
            client.sendall(_chunked(head, body, cut, broken=way == "break a chunk size"))
            return False
        if way != "stall before the response":
            client.sendall(response[: int(len(response) * cut)])
        if way.startswith("stall"):
            time.sleep(STALL)
        return _reset(client) if way.startswith("reset") else False


def _created(request: bytes, response: bytes) -> set[str]:
    if request.startswith(b"POST /case ") and response.startswith(b"HTTP/1.1 201"):
        return {json.loads(response.partition(b"\r\n\r\n")[2])["id"]}
    return set()


def _chunked(head: bytes, body: bytes, cut: float, *, broken: bool) -> bytes:
    """Return a response in chunks that ends inside one, or has a chunk size that is not a number."""
    head = re.sub(rb"(?i)content-length: *\d+", b"Transfer-Encoding: chunked", head)
    half = int(len(body) * cut)
    first = b"%x\r\n%s\r\n" % (half, body[:half]) if half else b""
    rest = b"size\r\n%s\r\n0\r\n\r\n" if broken else b"%x\r\n%%s" % (len(body) - half + 1)
    return head + b"\r\n\r\n" + first + rest % body[half:]


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
