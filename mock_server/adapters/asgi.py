"""The mock as a bare ASGI application (ASGI 3, HTTP and lifespan), for any ASGI server.

It turns a scope into a Request and a Response into two events. It stops keeping a body as soon as the
body is longer than the limit: the core gets what was read, and refuses it.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import quote

from mock_server.core.messages import Handle, Request, Response
from mock_server.core.service import build
from mock_server.core.settings import Limits

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

DEFAULTS = Limits()
THREADS = 64
"""Requests that may wait inside a blocking handle at the same time."""


def application(
    handle: Handle, *, limits: Limits = DEFAULTS, blocking: Callable[[], bool] = lambda: False
) -> Application:
    """The ASGI application around a handle.

    While the handle is `blocking`, because it sleeps or waits for a database, it runs in threads, so that it does
    not hold up other requests; the mock itself is faster without.
    """
    answer = _in_threads(handle)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await _lifespan(scope, receive, send)
        headers = _headers(scope["headers"])
        # Without either field there is no body (RFC 9112 section 6.3), and nothing to wait for.
        framed = "content-length" in headers or "transfer-encoding" in headers
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        body = await _body(receive, limits.body_at(raw.decode("latin-1"))) if framed else b""
        if body is None:
            return None
        request = Request(
            scope["method"], raw.decode("latin-1"), headers, body, scope["query_string"].decode("latin-1")
        )
        response = await answer(request) if blocking() else handle(request)
        if response.delay:
            await asyncio.sleep(response.delay)
        await send({"type": "http.response.start", "status": response.status, "headers": _fields(response)})
        return await send({"type": "http.response.body", "body": response.body})

    return serve


def default() -> Application:
    """A mock with default settings, for `uvicorn --factory mock_server.adapters.asgi:default`."""
    return application(build())


def _in_threads(handle: Handle) -> Callable[[Request], Awaitable[Response]]:
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="mock")

    async def answer(request: Request) -> Response:
        return await asyncio.get_running_loop().run_in_executor(executor, partial(handle, request))

    return answer


def _headers(fields: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields}
    if len(headers) < len(fields):
        # RFC 9110 section 5.2: the values of a repeated name are one list.
        for name in headers:
            values = [value for key, value in fields if key.decode("latin-1") == name]
            headers[name] = b", ".join(values).decode("latin-1")
    return headers


async def _body(receive: Receive, limit: int) -> bytes | None:
    """The body, up to the first piece beyond the limit; None if the client went away."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    pieces, size = [body], len(body)
    while message.get("more_body") and size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
    return b"".join(pieces)


def _fields(response: Response) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.fields().items()]


async def _lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "lifespan":
        raise NotImplementedError(f"the mock does not speak {scope['type']}")
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
