"""The second server inside a `requests.Session`, without a socket: for what is not about the wire."""

from __future__ import annotations

import http.client
from io import BytesIO
from typing import Any

from requests import PreparedRequest
from requests import Response as Received
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from reference_server.sockets import Request, Service


class Direct(HTTPAdapter):
    """A transport adapter that calls a service."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Received:
        """Answer a prepared request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.body or b""
        sent = Request(
            str(request.method),
            request.path_url,
            headers,
            body.encode() if isinstance(body, str) else body,
        )
        answer = self._service.respond(sent)
        raw = HTTPResponse(
            body=BytesIO(b"" if request.method == "HEAD" else answer.body),
            headers={"Content-Length": str(len(answer.body)), **answer.headers},
            status=answer.status,
            reason=http.client.responses.get(answer.status, ""),
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)
