"""A transport adapter that connects a `requests.Session` to a mock without a socket.

    session = requests.Session()
    session.mount("https://tenant.example/api-public/1.0", MockAdapter(build(), prefix="/api-public/1.0"))

A response is built the same way as `requests` builds it, so code under test sees no difference.
"""

import http.client
import time
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import requests
from requests import PreparedRequest
from requests import Response as RequestsResponse
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from mock_server.core.messages import Handle, Request, Response, Transfer
from mock_server.core.service import under_prefix


class MockAdapter(HTTPAdapter):
    """A transport adapter for a handle; `prefix` is the path of the base URL at which it is mounted."""

    def __init__(self, handle: Handle, prefix: str = "") -> None:
        super().__init__()
        self._handle = under_prefix(prefix.rstrip("/"), handle)

    def send(  # noqa: PLR0917 - the signature of requests
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the body is complete
        timeout: Any = None,  # noqa: ARG002 - there is no network
        verify: Any = True,  # noqa: ARG002 - no TLS
        cert: Any = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> RequestsResponse:
        """Send a prepared request to the handle."""
        response = wait_delay(self._handle(request_from(request)))
        # A client reads no content after a HEAD, even if a faulty handle returns some (RFC 9112 section 6.3).
        content = b"" if request.method == "HEAD" else response.sent_body
        raw = HTTPResponse(
            body=BytesIO(content),
            headers=HTTPHeaderDict(response.fields()),
            status=response.status,
            reason=http.client.responses.get(response.status, ""),
            version=11,
            version_string="HTTP/1.1",
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)


def request_from(prepared: PreparedRequest) -> Request:
    """Convert a prepared request into a Request."""
    path, _, query = prepared.path_url.partition("?")
    headers = {_text(name).lower(): _text(value) for name, value in prepared.headers.items()}
    return Request(prepared.method or "GET", path, headers, _body(prepared.body), query)


def wait_delay(response: Response) -> Response:
    """Return the response after its delay. Raises ConnectionError if its connection is to be dropped."""
    if response.delay:
        time.sleep(response.delay)
    if response.transfer is Transfer.DROPPED:
        raise requests.ConnectionError("Remote end closed connection without response")
    return response


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _body(body: Any) -> bytes:
    """Return a body as bytes. `requests` accepts none, text, bytes, a file or an iterable."""
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode("utf-8")
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    return b"".join(_body(piece) for piece in body)
