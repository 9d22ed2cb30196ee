"""The check of Host and Origin."""

from __future__ import annotations

import pytest

from mock_server.control.host_check import HostCheck
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request


@pytest.mark.parametrize(
    ("hosts", "host", "is_accepted"),
    [
        ([], "localhost", True),
        ([], "LOCALHOST:8080", True),
        ([], "a.localhost", True),
        ([], "localhost.", True),
        ([], "127.0.0.1:80", True),
        ([], "127.8.9.1", True),
        ([], "[::1]:80", True),
        ([], "", False),
        ([], "evil.example", False),
        ([], "localhost.example", False),
        ([], "192.168.0.1", False),
        ([], "[::2]", False),
        ([], "localhost:x", False),
        (["mock.example"], "Mock.example:9", True),
        (["mock.example"], "xmock.example", False),
        (["0.0.0.0"], "192.168.0.1", True),
        (["::"], "[fe80::1]", True),
        (["0.0.0.0"], "evil.example", False),
        (["192.168.0.1"], "192.168.0.2", False),
    ],
)
def test_host_is_accepted_or_foreign(hosts: list[str], host: str, is_accepted: bool) -> None:
    request = Request("GET", "/_mock", {"host": host})
    if is_accepted:
        HostCheck(hosts)(request)
    else:
        with pytest.raises(Refused) as refused:
            HostCheck(hosts)(request)
        assert refused.value.problem is Problem.FOREIGN_HOST


@pytest.mark.parametrize(
    ("origin", "is_accepted"),
    [
        ("http://localhost:1", True),
        ("HTTPS://LOCALHOST:1", True),
        ("http://localhost:2", False),
        ("null", False),
        ("", False),
        ("ftp://localhost:1", False),
    ],
)
def test_origin_is_the_host_or_foreign(origin: str, is_accepted: bool) -> None:
    request = Request("GET", "/_mock", {"host": "localhost:1", "origin": origin})
    if is_accepted:
        HostCheck([])(request)
    else:
        with pytest.raises(Refused) as refused:
            HostCheck([])(request)
        assert refused.value.problem is Problem.FOREIGN_ORIGIN
