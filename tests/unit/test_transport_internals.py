"""The private names of http.client, urllib3 and requests on which the client's transport relies."""

from __future__ import annotations

import http.client
import inspect
import io
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from contract_tests.client.connections import Bounds, Reuse, pool_classes
from contract_tests.client.transport import Transport


class Source:
    """A socket that has received some bytes."""

    def __init__(self, received: bytes) -> None:
        self.modes: list[str] = []
        self._received = received

    def makefile(self, mode: str) -> io.BytesIO:
        self.modes.append(mode)
        return io.BytesIO(self._received)


def test_http_response_uses_only_makefile_of_a_socket() -> None:
    source: Any = Source(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    response = http.client.HTTPResponse(source, method="GET")
    assert isinstance(response.fp, io.BytesIO)
    assert response._read_status()[:2] == ("HTTP/1.1", 200)  # type: ignore[attr-defined]
    assert source.modes == ["rb"]


def test_http_response_reads_another_header_section_if_asked() -> None:
    source: Any = Source(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    response = http.client.HTTPResponse(source)
    response.begin()
    assert response.status == 103, "http.client skips all interim responses now: connections.py need not"
    response.headers = None  # type: ignore[assignment]
    response.begin()
    assert response.status == 204


def test_http_response_accepts_a_cut_header_section() -> None:
    source: Any = Source(b"HTTP/1.1 200 OK\r\nContent-Le")
    response = http.client.HTTPResponse(source)
    response.begin()
    assert response.status == 200, "http.client refuses a cut header section now: connections.py need not"


def test_connections_create_responses_by_their_response_class() -> None:
    for connection in (HTTPConnection, HTTPSConnection):
        assert connection.response_class is http.client.HTTPResponse
    source = inspect.getsource(http.client.HTTPConnection.getresponse)
    assert "self.response_class(self.sock" in source


def test_pools_create_connections_by_their_connection_class() -> None:
    for scheme, plain in (("http", HTTPConnectionPool), ("https", HTTPSConnectionPool)):
        assert "ConnectionCls" in vars(plain)
        pool = pool_classes(Bounds(), Reuse())[scheme]("host.invalid")
        assert type(pool._new_conn()) is pool.ConnectionCls


def test_pool_managers_choose_pools_by_scheme() -> None:
    manager = urllib3.PoolManager()
    assert set(manager.pool_classes_by_scheme) == {"http", "https"}
    transport = Transport()
    for scheme, kind in transport.poolmanager.pool_classes_by_scheme.items():
        assert type(transport.poolmanager.connection_from_url(f"{scheme}://host.invalid/")) is kind
        assert (
            type(transport.proxy_manager_for("http://proxy.invalid").connection_from_url("http://h/"))
            is not None
        )


def test_closed_connection_leaves_its_response_readable() -> None:
    assert "sock" in inspect.getsource(HTTPConnection.close)
    assert "will_close" in inspect.getsource(http.client.HTTPConnection.getresponse)


def test_adapter_has_the_overridden_methods() -> None:
    for name in (
        "init_poolmanager",
        "proxy_manager_for",
        "get_connection_with_tls_context",
        "request_url",
        "build_response",
        "send",
    ):
        assert name in vars(HTTPAdapter), name


def test_response_content_is_taken_from_its_private_field() -> None:
    response = requests.Response()
    response._content = b"{}"
    response._content_consumed = True  # type: ignore[attr-defined]
    assert response.content == b"{}"
    assert list(response.iter_content(10)) == [b"{}"]
