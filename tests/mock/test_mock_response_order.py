"""Order of responses on a connection: threads, delays, lost clients and a stopping server."""

import asyncio
import re
import threading

from support.wire import GET, POST, FakeConnection, run_in_loop

from mock_server import Request, Response


def test_reading_stops_while_the_client_does_not_read() -> None:
    def scenario() -> None:
        talk = FakeConnection()
        talk.connection.pause_writing()
        assert not talk.transport.reading
        talk.connection.resume_writing()
        assert talk.transport.reading

    run_in_loop(scenario)


def test_lost_connection_is_removed() -> None:
    def scenario() -> None:
        talk = FakeConnection()
        assert talk.connection in talk.service.connections
        talk.connection.connection_lost(None)
        assert not talk.service.connections

    run_in_loop(scenario)


def test_stop_waits_for_a_partial_request() -> None:
    def scenario() -> None:
        idle = FakeConnection().receive(GET)
        idle.connection.shutdown()
        assert idle.transport.ended
        busy = FakeConnection().receive(POST[:-1])
        busy.connection.shutdown()
        assert not busy.transport.ended
        busy.receive(POST[-1:])
        assert busy.transport.statuses() == [201]
        assert busy.transport.ended

    run_in_loop(scenario)


def test_blocking_handle_does_not_delay_other_connections() -> None:
    released = threading.Event()

    def handle(request: Request) -> Response:
        if request.path == "/slow":
            assert released.wait(10)
        return Response(200, {}, request.path.encode())

    async def scenario() -> None:
        slow, quick = FakeConnection(handle, threads=True), FakeConnection(handle, threads=True)
        slow.receive(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not slow.transport.reading
        quick.receive(b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
        while not quick.transport.written:
            await asyncio.sleep(0.001)
        assert slow.transport.written == b""
        slow.connection.shutdown()
        assert not slow.transport.ended
        released.set()
        while not slow.transport.ended:
            await asyncio.sleep(0.001)
        assert slow.transport.written.endswith(b"/slow")
        assert quick.transport.reading

    run_in_loop(scenario)


def test_response_for_a_lost_client_is_dropped() -> None:
    released = threading.Event()

    def handle(request: Request) -> Response:
        assert released.wait(10)
        return Response(200)

    async def scenario() -> None:
        talk = FakeConnection(handle, threads=True).receive(GET)
        talk.transport.close()
        released.set()
        while talk.connection._queue:
            await asyncio.sleep(0.001)
        assert talk.transport.written == b""

    run_in_loop(scenario)


def test_queued_requests_of_a_lost_client_are_dropped() -> None:
    released = threading.Event()
    seen: list[str] = []

    def handle(request: Request) -> Response:
        seen.append(request.path)
        assert released.wait(10)
        return Response(200)

    async def scenario() -> None:
        talk = FakeConnection(handle, threads=True)
        talk.receive(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nno http\r\n\r\n")
        released.set()
        while not talk.transport.ended:
            await asyncio.sleep(0.001)
        assert talk.transport.statuses() == [200]
        assert seen == ["/1"]
        talk.connection.resume_writing()

    run_in_loop(scenario)


def held(request: Request) -> Response:
    """Return a response with the path, delayed if the path contains a delay."""
    return Response(200, {}, request.path.encode(), delay=0.05 if request.path.startswith("/held") else 0)


def test_delayed_responses_keep_their_order() -> None:
    async def scenario() -> None:
        slow, quick = FakeConnection(held), FakeConnection(held)
        slow.receive(
            b"GET /held HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\nGET /held-too HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        assert slow.transport.written == b""
        assert not slow.transport.reading
        assert quick.receive(b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n").transport.statuses() == [200]
        while len(slow.transport.statuses()) < 3:
            await asyncio.sleep(0.001)
        assert re.findall(rb"/[a-z-]+$|/[a-z-]+(?=HTTP)", slow.transport.written) == [
            b"/held",
            b"/next",
            b"/held-too",
        ]
        assert slow.transport.reading

    run_in_loop(scenario)


def test_delayed_response_survives_a_stop() -> None:
    async def scenario() -> None:
        talk = FakeConnection(held).receive(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        talk.connection.shutdown()
        assert not talk.transport.ended
        while not talk.transport.ended:
            await asyncio.sleep(0.001)
        assert talk.transport.statuses() == [200]

    run_in_loop(scenario)


def test_client_that_disconnects_early_is_removed() -> None:
    async def scenario() -> None:
        talk = FakeConnection(held).receive(
            b"GET /held HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        talk.transport.close()
        talk.connection.connection_lost(None)
        while talk.connection._is_busy:
            await asyncio.sleep(0.001)
        assert talk.transport.written == b""

    run_in_loop(scenario)


def test_handle_may_become_blocking_at_run_time() -> None:
    waits = False
    threads: list[str] = []

    def handle(request: Request) -> Response:
        threads.append(threading.current_thread().name)
        return Response(200)

    async def scenario() -> None:
        nonlocal waits
        talk = FakeConnection(handle, threads=lambda: waits)
        for now in (False, True, False):
            waits = now
            talk.receive(GET)
            while len(talk.transport.statuses()) < len(threads) or talk.connection._is_busy:
                await asyncio.sleep(0.001)

    run_in_loop(scenario)
    main = threading.current_thread().name
    assert [name == main for name in threads] == [True, False, True]
