"""The mock on a socket of this process, its answers changed as a test likes, or not given at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from reference_server.sockets import Handler, Request, Response

from mock_server import Request as MockRequest
from mock_server import Settings, build

Change: TypeAlias = Callable[[Request, Response], Response | None]
"""From a request and the mock's answer to the answer that goes out; None closes the connection without one."""


class Served:
    """For `second.sockets.running`; `before` may answer a request without the mock."""

    def __init__(
        self,
        settings: Settings | None = None,
        change: Change | None = None,
        before: Callable[[Request], Response | None] | None = None,
    ) -> None:
        self.prefix = settings.prefix if settings else ""
        self.change: Change = change or (lambda _, answer: answer)
        self._before = before or (lambda _: None)
        self._handle = build(settings or Settings())
        self.handler = _Handler
        self.requests = 0

    def respond(self, request: Request) -> Response:
        self.requests += 1
        early = self._before(request)
        if early is not None:
            return early
        path, _, query = request.target.partition("?")
        answer = self._handle(MockRequest(request.method, path, request.headers, request.body, query))
        return self.change(request, Response(answer.status, answer.body, dict(answer.fields()))) or _Nothing


class _Handler(Handler):
    def write(self, request: Request, response: Response) -> None:
        if response is _Nothing:
            self.close_connection = True
        else:
            super().write(request, response)

    def write_framing(self, response: Response) -> None:
        if "content-length" not in {name.lower() for name in response.headers}:
            super().write_framing(response)


_Nothing = Response(0)
