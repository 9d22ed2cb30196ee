"""The mock as a bare ASGI application (ASGI 3, HTTP and lifespan), for any ASGI server.

It turns a scope into a Request, and a Response into two events. Once a body is longer than the limit, the rest is not
kept: the core refuses the part that was read.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from mock_server.core.messages import (
    Execution,
    Handle,
    Request,
    Response,
    Schedule,
    Transfer,
    at_once,
    control_body_limit,
)
from mock_server.core.service import build
from mock_server.core.settings import CONTROL, Limits
from mock_server.suspension import Call

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

DEFAULTS = Limits()
THREADS = 64
"""Threads for requests that need one."""


def application(handle: Handle, *, limits: Limits = DEFAULTS, schedule: Schedule = at_once) -> Application:
    """Create an ASGI application from a handle.

    `schedule` returns how the handle runs for a request, so that a wait for a database or a sleep does not delay other
    requests.
    """
    respond = _runner(handle, schedule)
    limit_control_body = control_body_limit(handle, limits.body)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await _lifespan(scope, receive, send)
        headers = _headers(scope["headers"])
        # Without either field there is no body (RFC 9112 section 6.3).
        has_body = "content-length" in headers or "transfer-encoding" in headers
        path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        request = Request(scope["method"], path, headers, b"", scope["query_string"].decode("latin-1"))
        if has_body:
            limit = limit_control_body(request) if path.startswith(CONTROL) else limits.body
            body = await _body(receive, limit)
            if body is None:
                return None
            request = replace(request, body=body)
        response = await respond(request)
        if response.delay:
            await asyncio.sleep(response.delay)
        await send({"type": "http.response.start", "status": response.status, "headers": _fields(response)})
        # A server closes the connection if the body is incomplete. It cannot drop a whole response.
        is_incomplete = response.transfer is not Transfer.COMPLETE
        return await send(
            {"type": "http.response.body", "body": response.sent_body, "more_body": is_incomplete}
        )

    return serve


def default() -> Application:
    """Create a mock with default settings, for `uvicorn --factory mock_server.adapters.asgi:default`."""
    return application(build())


def _runner(handle: Handle, schedule: Schedule) -> Callable[[Request], Awaitable[Response]]:
    """Return the handle as a coroutine function."""
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="mock")

    async def run(request: Request) -> Response:
        execution = schedule(request)
        if execution is Execution.AT_ONCE:
            return handle(request)
        loop = asyncio.get_running_loop()
        if execution is Execution.IN_THREAD:
            return await loop.run_in_executor(executor, partial(handle, request))
        response: asyncio.Future[Response] = loop.create_future()

        def respond() -> None:
            try:
                result = handle(request)
            except Exception as error:
                _finish(response, response.set_exception, error)
            else:
                _finish(response, response.set_result, result)

        Call(respond).switch()
        return await response

    return run


def _finish(future: asyncio.Future[Response], finish: Callable[[Any], None], outcome: object) -> None:
    if not future.cancelled():
        finish(outcome)


def _headers(fields: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields}
    if len(headers) < len(fields):
        # RFC 9110 section 5.2: the values of a repeated name form a list.
        for name in headers:
            values = [value for key, value in fields if key.decode("latin-1") == name]
            headers[name] = b", ".join(values).decode("latin-1")
    return headers


async def _body(receive: Receive, limit: int) -> bytes | None:
    """Read the body, up to the first piece beyond the limit; return None if the client disconnected."""
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
        raise NotImplementedError(f"the mock does not support {scope['type']}")
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
