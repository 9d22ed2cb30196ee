"""Transport adapter that calls a service in process, without a socket."""

from __future__ import annotations

import http.client
from io import BytesIO
from typing import Any

from requests import PreparedRequest
from requests import Response as Received
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from reference_server.sockets import Request, Service


class ServiceAdapter(HTTPAdapter):
    """Adapter of a `requests.Session` for a service."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Received:
        """Return the response to a prepared request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.body or b""
        sent = Request(
            str(request.method),
            request.path_url,
            headers,
            body.encode() if isinstance(body, str) else body,
        )
        response = self._service.respond(sent)
        raw = HTTPResponse(
            body=BytesIO(b"" if request.method == "HEAD" else response.body),
            headers={"Content-Length": str(len(response.body)), **response.headers},
            status=response.status,
            reason=http.client.responses.get(response.status, ""),
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)
