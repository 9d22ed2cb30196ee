"""requests' transport over bounded connections, for a session whose settings do not change.

All private names of requests are used here; tests/unit/test_transport_internals.py checks them.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from contract_tests.client.connections import Bounds, Reuse, exact_target, pool_classes, read


class Transport(HTTPAdapter):
    """A transport that determines once for each origin what requests determines for each request.

    `verify`, `cert` and `proxies` are those of the origin's first request. A response has no cookies, no `encoding`
    and no `connection`.
    """

    def __init__(self, bounds: Bounds | None = None, **options: Any) -> None:
        self.bounds = bounds or Bounds()
        self.reuse = Reuse()
        self._pools: dict[str, Any] = {}
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = pool_classes(self.bounds, self.reuse)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):  # its pools make connections of their own
            manager.pool_classes_by_scheme = pool_classes(self.bounds, self.reuse)
        return manager

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

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send a request and read the whole response. Raises errors of requests or urllib3."""
        with exact_target(request.path_url) if "%" in (request.url or "") else nullcontext():
            response = super().send(request, *args, **options)
        response._content = read(response.raw, self.bounds)
        response._content_consumed = True  # type: ignore[attr-defined]
        return response
