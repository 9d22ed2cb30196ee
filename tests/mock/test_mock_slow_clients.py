"""Clients that send slowly, fall silent, disconnect early, do not read, or are many."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from support.wire import AUTHORIZED, GET, POST, FakeConnection, exchange_bytes, run_in_loop

from mock_server import Handle, Limits, Request, Response, build
from mock_server.adapters.http_protocol import Connection, Service
from mock_server.core.messages import Execution

SHORT = 0.05
"""A short timeout in seconds."""
CHUNKED = (
    b"POST /case HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
)


def echo(request: Request) -> Response:
    return Response(200, {}, request.path.encode())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(SHORT / 10)


# Too slow


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"GET /case/1 HTTP/1.1\r\nHost: x\r\nX: ", b"x"),
        (b"GET /case/1 HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n"),
        (POST[:-2].replace(b"Length: 2", b"Length: 999999"), b" "),
        (CHUNKED, b"1\r\n \r\n"),
        (CHUNKED + b"0\r\n", b"X: y\r\n"),
    ],
)
def test_request_that_arrives_too_slowly_is_refused(start: bytes, more: bytes) -> None:
    async def scenario() -> None:
        talk = FakeConnection(limits=Limits(patience=SHORT)).receive(start)

        def dribble() -> bool:
            talk.receive(more)
            return talk.transport.ended

        await until(dribble)
        assert talk.transport.statuses() == [408]
        assert b'"code":"too-slow"' in talk.transport.written

    run_in_loop(scenario)


@pytest.mark.parametrize("noise", [b"", b"\r\n"])
def test_idle_connection_is_closed(noise: bytes) -> None:
    async def scenario() -> None:
        talk = FakeConnection(limits=Limits(patience=SHORT)).receive(GET)

        def wait() -> bool:
            talk.receive(noise)
            return talk.transport.ended

        await until(wait)
        assert talk.transport.statuses() == [404]

    run_in_loop(scenario)


def test_slow_connection_with_progress_is_kept() -> None:
    async def scenario() -> None:
        talk = FakeConnection(limits=Limits(patience=0.3))
        for _ in range(5):
            talk.receive(POST[:40])
            await asyncio.sleep(0.1)
            talk.receive(POST[40:])
        assert talk.transport.statuses() == [201] * 5

    run_in_loop(scenario)


def test_slow_handle_does_not_close_the_connection() -> None:
    released = threading.Event()

    def handle(request: Request) -> Response:
        assert released.wait(10)
        return Response(200)

    async def scenario() -> None:
        talk = FakeConnection(handle, Limits(patience=SHORT), threads=True).receive(GET)
        await asyncio.sleep(SHORT * 3)
        released.set()
        await until(lambda: talk.transport.statuses() == [200])

    run_in_loop(scenario)


def test_client_that_does_not_read_is_dropped() -> None:
    async def scenario() -> None:
        talk = FakeConnection(echo, Limits(patience=SHORT))
        talk.connection.pause_writing()
        talk.receive(GET)
        await until(lambda: talk.transport.ended)
        assert talk.transport.written == b""

    run_in_loop(scenario)


# Too much


@pytest.mark.parametrize(
    "dribble",
    [b"1\r\n \r\n0\r\nX: " + b"x" * 900, b"1;" + b"x" * 900, b"1\r\n \r\n0\r\n" + b"X: y\r\n" * 150],
)
@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_trailers_and_chunk_extensions_are_bounded(dribble: bytes, size: int) -> None:
    endless = dribble + b"x" * 1000
    pieces = [endless[at : at + size] for at in range(0, len(endless), size)]
    transport = exchange_bytes(CHUNKED, *pieces, b"x" * 501, limits=Limits(head=500))
    assert transport.statuses() == [431]
    assert transport.ended


def test_trailer_is_not_a_header() -> None:
    seen: list[Request] = []

    def handle(request: Request) -> Response:
        seen.append(request)
        return Response(200)

    message = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer dev-token\r\n\r\n"
    exchange_bytes(message + b"GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n", handle=handle)
    assert [request.headers for request in seen] == [
        {"host": "x", "transfer-encoding": "chunked"},
        {"host": "x", "x": "y"},
    ]


def test_requests_wait_while_the_client_does_not_read() -> None:
    seen: list[str] = []

    def handle(request: Request) -> Response:
        seen.append(request.path)
        if request.path == "/2":
            talk.connection.pause_writing()
        return echo(request)

    def scenario() -> None:
        talk.receive(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(1, 6)))
        assert seen == ["/1", "/2"]
        assert not talk.transport.reading
        talk.connection.resume_writing()
        assert seen == ["/1", "/2", "/3", "/4", "/5"]
        assert talk.transport.statuses() == [200] * 5
        assert talk.transport.reading

    async def scenario_at_end() -> None:
        nonlocal talk
        talk = FakeConnection(handle)
        scenario()

    talk: FakeConnection
    run_in_loop(scenario_at_end)


# Too early


def test_half_closed_client_gets_its_responses() -> None:
    released = threading.Event()

    def handle(request: Request) -> Response:
        assert released.wait(10)
        return echo(request)

    async def scenario() -> None:
        talk = FakeConnection(handle, threads=True).receive(
            b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        assert talk.connection.eof_received()
        released.set()
        await until(lambda: talk.transport.ended)
        assert talk.transport.statuses() == [200, 200]
        assert b"/1" in talk.transport.written
        assert talk.transport.written.endswith(b"connection: close\r\n\r\n/2")

    run_in_loop(scenario)


def test_end_between_requests_closes_the_connection() -> None:
    def scenario() -> None:
        talk = FakeConnection().receive(GET)
        assert not talk.connection.eof_received()
        assert talk.transport.ended

    run_in_loop(scenario)


@pytest.mark.parametrize("part", [GET[:-1], POST[:-1], CHUNKED])
def test_end_within_a_request_is_refused(part: bytes) -> None:
    def scenario() -> None:
        talk = FakeConnection().receive(part)
        assert not talk.connection.eof_received()
        assert talk.transport.statuses() == [400]
        assert b"it ends in the middle of a request" in talk.transport.written

    run_in_loop(scenario)


# Over sockets


@asynccontextmanager
async def served(handle: Handle, limits: Limits) -> AsyncIterator[tuple[tuple[str, int], Service]]:
    """Start a mock in this process, and return its address and its state."""
    loop = asyncio.get_running_loop()
    service = Service(handle, limits, ThreadPoolExecutor(1), lambda _: Execution.AT_ONCE)
    server = await loop.create_server(lambda: Connection(service), "127.0.0.1", backlog=1000)
    try:
        yield server.sockets[0].getsockname(), service
    finally:
        server.close()
        await until(lambda: not service.connections)


def test_response_reaches_a_client_that_still_sends() -> None:
    async def scenario() -> None:
        async with served(build(), Limits()) as (address, _):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 4_000_000)
            assert b"431" in await reader.readline()
            writer.close()

    run_in_loop(scenario)


def test_idle_and_unread_connections_are_dropped() -> None:
    large = b"x" * 100_000

    async def scenario() -> None:
        # Opening all connections takes part of the patience on a busy machine.
        async with served(lambda _: Response(200, {}, large), Limits(patience=2)) as (address, service):
            silent = [await asyncio.open_connection(*address) for _ in range(200)]
            deaf = [socket.create_connection(address) for _ in range(20)]
            try:
                for one in deaf:
                    one.sendall(GET * 200)
                reader, writer = await asyncio.open_connection(*address)
                silent.append((reader, writer))
                writer.write(GET)
                assert b"200" in await reader.readline()
                assert len(service.connections) == 221
                await until(lambda: not service.connections)
            finally:
                for _, one_writer in silent:
                    one_writer.close()
                for one in deaf:
                    one.close()

    run_in_loop(scenario)
