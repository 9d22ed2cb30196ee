"""The parser of HTTP requests."""

from __future__ import annotations

import pytest

from mock_server.adapters.http_parser import RequestParser
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request
from mock_server.core.settings import Limits


class Received:
    """A parser with the requests that it hands over."""

    def __init__(self, **limits: int) -> None:
        self.requests: list[tuple[Request, bool]] = []
        self.continued = 0
        self.parser = RequestParser(
            Limits(**limits),
            lambda request, keeps: self.requests.append((request, keeps)),
            self._continue,
            lambda request: 10,
        )

    def _continue(self) -> None:
        self.continued += 1

    def feed(self, data: bytes, size: int) -> None:
        for start in range(0, len(data), size):
            self.parser.feed(data[start : start + size])


POST = b"POST /case/a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_request_is_parsed_in_any_segments(size: int) -> None:
    received = Received()
    received.feed(POST + b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", size)
    (first, keeps), (second, keeps_second) = received.requests
    assert (first.method, first.path, first.query, first.body) == ("POST", "/case/a%20b", "x=1&y", b"abc")
    assert (first.headers["x-a"], first.headers["host"]) == ("1, 2", "h")
    assert (second.method, second.path, keeps, keeps_second) == ("GET", "/", True, False)
    assert received.parser.begun == 2
    assert not received.parser.is_partial


@pytest.mark.parametrize("size", [1, 9, 1000])
def test_offer_of_http_2_is_ignored(size: int) -> None:
    received = Received()
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"
    received.feed(POST.replace(b"X-A: 1\r\n", offer), size)
    assert [request.body for request, _ in received.requests] == [b"abc"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"nonsense\r\n\r\n", Problem.NOT_HTTP),
        (b"GET / HTTP/1.1\r\n\r\n", Problem.NOT_HTTP),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Problem.NOT_HTTP),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 300 + b"\r\n\r\n", Problem.HEAD_TOO_LARGE),
        (b"GET /" + b"x" * 300, Problem.HEAD_TOO_LARGE),
    ],
)
def test_other_input_is_refused(data: bytes, problem: Problem) -> None:
    received = Received(head=256)
    with pytest.raises(Refused) as refused:
        received.feed(data, 50)
    assert refused.value.problem is problem
    assert received.requests == []
    assert received.parser.is_partial


def test_client_that_waits_is_sent_a_continue() -> None:
    received = Received()
    received.feed(POST.replace(b"X-A: 1", b"Expect: 100-continue").removesuffix(b"abc"), 1000)
    assert (received.continued, received.requests) == (1, [])
    assert received.parser.is_partial
