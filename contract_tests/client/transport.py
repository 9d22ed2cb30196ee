"""requests' own transport for a session whose settings stay as they are, over connections that skip interim answers.

A server may send answers before the final one, such as 103 Early Hints (RFC 9110 section 15.2); Python's http.client
skips 100 alone, and takes any other for the answer. Knows no target.
"""

from __future__ import annotations

import http.client
from http import HTTPStatus
from typing import Any, Final

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _FinalResponse(http.client.HTTPResponse):
    def begin(self) -> None:
        super().begin()
        while HTTPStatus.SWITCHING_PROTOCOLS < self.status < HTTPStatus.OK:
            self.headers = None  # type: ignore[assignment]  # so that the next head is read
            super().begin()


class _Connection(HTTPConnection):
    response_class = _FinalResponse


class _TlsConnection(HTTPSConnection):
    response_class = _FinalResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOLS: Final = {"http": _Pool, "https": _TlsPool}


class Transport(HTTPAdapter):
    """What requests works out for each request is worked out once for each origin, or left out.

    `verify`, `cert` and `proxies` are those of the origin's first request. A response has no cookies, no `encoding`
    and no `connection`.
    """

    def __init__(self, **options: Any) -> None:
        self._pools: dict[str, Any] = {}
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def get_connection_with_tls_context(self, request: PreparedRequest, *settings: Any, **more: Any) -> Any:
        scheme, _, rest = (request.url or "").partition("://")
        origin = f"{scheme}://{rest.partition('/')[0]}"
        if origin not in self._pools:
            self._pools[origin] = super().get_connection_with_tls_context(request, *settings, **more)
        return self._pools[origin]

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        return super().request_url(request, proxies) if proxies else request.path_url

    def build_response(self, request: PreparedRequest, raw: Any) -> Response:
        response = Response()
        response.status_code, response.reason = raw.status, raw.reason
        response.headers = CaseInsensitiveDict(raw.headers)
        response.url = request.url or ""
        response.raw, response.request = raw, request
        return response
