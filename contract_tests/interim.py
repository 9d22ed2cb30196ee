"""Final answers only: a server may send interim ones first, such as 103 Early Hints (RFC 9110 section 15.2).

Python's http.client skips 100 alone, and takes any other for the answer. Knows no target.
"""

from __future__ import annotations

import http.client
from http import HTTPStatus
from typing import Any, Final

from requests.adapters import HTTPAdapter
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


class FinalAnswersAdapter(HTTPAdapter):
    """requests' own transport, over connections that skip interim answers."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = POOLS
