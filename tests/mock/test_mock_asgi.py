"""The ASGI application, message by message."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mock_server import Limits, Request, Response, build
from mock_server.adapters.asgi import application


def post(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """Return the scope of a POST."""
    return {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}


def each(messages: list[dict[str, Any]]) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Return a receive function with these messages."""

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    return receive


async def never() -> dict[str, Any]:
    raise AssertionError("there is no body to receive")


def collect(sent: list[Any]) -> Callable[[Any], Awaitable[None]]:
    async def send(message: Any) -> None:
        sent.append(message)

    return send


def test_asgi_application_joins_repeated_headers() -> None:
    seen: list[Request] = []

    def handle(request: Request) -> Response:
        seen.append(request)
        return Response(204)

    fields = [(b"accept", b"a"), (b"x", b"\xff"), (b"accept", b"b")]
    scope = {"type": "http", "method": "GET", "path": "/ü", "query_string": b"q=1", "headers": fields}
    sent: list[Any] = []
    asyncio.run(application(handle)(scope, never, collect(sent)))
    assert seen == [Request("GET", "/%C3%BC", {"accept": "a, b", "x": "ÿ"}, b"", "q=1")]
    assert sent[0] == {"type": "http.response.start", "status": 204, "headers": []}


def test_asgi_application_stops_reading_a_too_large_body() -> None:
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 40, "more_body": True}

    sizes: list[int] = []

    def handle(request: Request) -> Response:
        sizes.append(len(request.body))
        return Response(413)

    asyncio.run(
        application(handle, limits=Limits(body=100))(
            post((b"transfer-encoding", b"chunked")), receive, collect([])
        )
    )
    assert (read, sizes) == (3, [120])


@pytest.mark.parametrize("first", [[], [{"type": "http.request", "body": b"{", "more_body": True}]])
def test_asgi_application_drops_a_disconnected_client(first: list[dict[str, Any]]) -> None:
    messages = [*first, {"type": "http.disconnect"}]
    sent: list[Any] = []
    asyncio.run(
        application(lambda request: pytest.fail("was called"))(
            post((b"content-length", b"9")), each(messages), collect(sent)
        )
    )
    assert sent == []


def test_asgi_application_handles_lifespan_events() -> None:
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    sent: list[Any] = []
    asyncio.run(application(build())({"type": "lifespan"}, each(messages), collect(sent)))
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    with pytest.raises(NotImplementedError, match="websocket"):
        asyncio.run(application(build())({"type": "websocket"}, never, collect([])))
