"""Broken, endless and interim responses, over a real socket."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final

import pytest
import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from contract_tests.client.connections import Bounds, ResponseTooLarge
from contract_tests.client.transport import Transport

HEAD: Final = b"HTTP/1.1 200 OK\r\n"
ERRORS: Final = (requests.RequestException, urllib3.exceptions.HTTPError, ResponseTooLarge)


class Server:
    """Sends each connection the pieces of a response, `pause` seconds apart; the last piece again without end."""

    def __init__(self, pieces: Sequence[bytes], *, pause: float = 0.0, endless: bool = False) -> None:
        self._pieces, self._pause, self._endless = pieces, pause, endless
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self.connections = 0
        self.requests = 0

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            while client.recv(65536):
                self.requests += 1
                for piece in self._pieces:
                    client.sendall(piece)
                    time.sleep(self._pause)
                while self._endless:
                    client.sendall(self._pieces[-1])
                    time.sleep(self._pause)
                if b"close" in self._pieces[0] or not self._pieces[0]:
                    return

    def close(self) -> None:
        self._listener.close()


@contextmanager
def serving(*pieces: bytes, pause: float = 0.0, endless: bool = False) -> Iterator[Server]:
    server = Server(pieces, pause=pause, endless=endless)
    threading.Thread(target=server.accept, daemon=True).start()
    try:
        yield server
    finally:
        server.close()


def get(transport: Transport, url: str) -> requests.Response:
    return transport.send(requests.Request("GET", url).prepare(), timeout=5)


BROKEN: Final = {
    "no response": (b"",),
    "status line": (b"HTTP/1.1 200 close",),
    "header section before its end": (HEAD + b"X-Close: close\r\n",),
    "header line": (HEAD + b"X-Close: close\r\nContent-Len",),
    "only the status line": (HEAD.replace(b"OK", b"close"),),
    "interim response alone": (b"HTTP/1.1 103 close\r\n\r\n",),
    "body": (HEAD + b"Connection: close\r\nContent-Length: 20\r\n\r\n{}",),
    "chunk": (HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{}",),
    "chunk size": (HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1",),
    "chunk size with zeros": (
        HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n000",
    ),
    "last chunk": (HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",),
    "chunk size in words": (HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\ntwo\r\n{}\r\n",),
    "compressed body": (
        HEAD + b"Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 400\r\n\r\n",
        gzip.compress(b"{}" * 999)[:12],
    ),
}


@pytest.mark.parametrize("part", BROKEN)
def test_response_that_ends_early_is_an_error(part: str) -> None:
    with serving(*BROKEN[part]) as server, pytest.raises(ERRORS):
        get(Transport(Bounds(seconds=2)), server.url)


WHOLE: Final = {
    "length": HEAD + b"Content-Length: 2\r\n\r\n{}",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\nX-Trailer: 1\r\n\r\n",
    "close": HEAD + b"Connection: close\r\n\r\n{}",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    + HEAD
    + b"Content-Length: 2\r\n\r\n{}",
    "gzip": HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"{}"),
    "server error": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
    "server error in chunks": b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("form", WHOLE)
def test_whole_response_is_read(form: str) -> None:
    with serving(WHOLE[form]) as server:
        assert get(Transport(), server.url).content == b"{}"


def test_body_one_byte_at_a_time_is_read() -> None:
    with serving(HEAD, b"Content-Length: 4\r\n", b"\r\n", *[b"x"] * 4, pause=0.02) as server:
        assert get(Transport(), server.url).content == b"xxxx"


ENDLESS: Final = {
    "body": (HEAD + b"\r\n", b"x" * 65536),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"8000\r\n" + b"x" * 0x8000 + b"\r\n"),
    "chunk size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536),
    "header section": (HEAD, b"X-More: " + b"x" * 5000 + b"\r\n"),
    "header line": (HEAD + b"X: ", b"x" * 65536),
    "interim responses": (b"HTTP/1.1 103 Early Hints\r\n\r\n",),
}


@pytest.mark.parametrize("part", ENDLESS)
def test_endless_response_ends_at_the_size_bound(part: str) -> None:
    with serving(*ENDLESS[part], endless=True) as server, pytest.raises(ERRORS):
        get(Transport(Bounds(seconds=20, size=1_000_000)), server.url)


@pytest.mark.parametrize("part", ENDLESS)
def test_slow_response_ends_at_the_time_bound(part: str) -> None:
    first, last = ENDLESS[part][0], ENDLESS[part][-1][:1]
    last = ENDLESS[part][-1] if part in ("chunks", "interim responses", "header section") else last
    started = time.monotonic()
    with serving(first, last, endless=True, pause=0.02) as server, pytest.raises(ERRORS):
        get(Transport(Bounds(seconds=0.1, size=10_000_000)), server.url)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("length", [1_000_001, 5_000_000_000_000])
def test_announced_size_beyond_the_bound_is_not_read(length: int) -> None:
    with serving(HEAD + b"Content-Length: %d\r\n\r\n{}" % length) as server, pytest.raises(ResponseTooLarge):
        get(Transport(Bounds(size=1_000_000)), server.url)


def test_compressed_body_ends_at_the_size_bound() -> None:
    body = gzip.compress(b"\0" * 50_000_000)
    head = HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with serving(head, body) as server, pytest.raises(ResponseTooLarge):
        get(Transport(Bounds(size=1_000_000)), server.url)


@pytest.mark.parametrize(("status", "connections"), [(200, 1), (404, 1), (500, 3), (503, 3)])
def test_connection_is_not_used_again_after_5xx(status: int, connections: int) -> None:
    with serving(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}".encode()) as server:
        transport = Transport()
        for _ in range(3):
            assert get(transport, server.url).status_code == status
        assert (server.connections, server.requests) == (connections, 3)


@pytest.mark.parametrize("path", ["/case/%zz", "/case/%", "/case/%ff?x=%", "/case/a%2fb"])
def test_request_target_is_sent_unchanged(path: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:

        def first_line() -> bytes:
            connection, _ = server.accept()
            with connection:
                received = connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return received.partition(b"\r\n")[0]

        line = pool.submit(first_line)
        request = requests.PreparedRequest()
        request.method, request.url = "GET", f"http://127.0.0.1:{server.getsockname()[1]}{path}"
        request.headers = CaseInsensitiveDict()
        assert Transport().send(request).status_code == 200
        assert line.result() == f"GET {path} HTTP/1.1".encode()


def test_body_sent_after_the_header_section_comes_without_delay() -> None:
    """The server's system holds the body back until the client's has acknowledged the header section."""
    with serving(HEAD + b"Content-Length: 2\r\n\r\n", b"{}") as server:
        transport = Transport()
        started = time.monotonic()
        for _ in range(20):
            assert get(transport, server.url).content == b"{}"
        assert time.monotonic() - started < 0.4
