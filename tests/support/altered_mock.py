"""The mock on a socket of this process, with changed or missing responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from reference_server.sockets import Handler, Request, Response

from mock_server import Request as MockRequest
from mock_server import Settings, build

Change: TypeAlias = Callable[[Request, Response], Response | None]
"""Returns the response to send for a request and the mock's response; None closes the connection without one."""


class AlteredMock:
    """Service for `reference_server.sockets.running`; `before` may respond instead of the mock."""

    def __init__(
        self,
        settings: Settings | None = None,
        change: Change | None = None,
        before: Callable[[Request], Response | None] | None = None,
    ) -> None:
        self.prefix = settings.prefix if settings else ""
        self.change: Change = change or (lambda _, response: response)
        self._before = before or (lambda _: None)
        self._handle = build(settings or Settings())
        self.handler = _Handler
        self.requests = 0

    def respond(self, request: Request) -> Response:
        self.requests += 1
        response_before = self._before(request)
        if response_before is not None:
            return response_before
        path, _, query = request.target.partition("?")
        response = self._handle(MockRequest(request.method, path, request.headers, request.body, query))
        return (
            self.change(request, Response(response.status, response.body, dict(response.fields())))
            or _NO_RESPONSE
        )


class _Handler(Handler):
    def write(self, request: Request, response: Response) -> None:
        if response is _NO_RESPONSE:
            self.close_connection = True
        else:
            super().write(request, response)

    def write_framing(self, response: Response) -> None:
        if "content-length" not in {name.lower() for name in response.headers}:
            super().write_framing(response)


_NO_RESPONSE = Response(0)
