"""One connection, byte by byte, with a transport that records its calls."""

import pytest
from support.wire import AUTHORIZED, GET, POST, exchange_bytes

from mock_server import Limits, Mock, Request, Response, Settings
from mock_server.mock import MockHandle


def test_response_has_a_length_and_keeps_the_connection() -> None:
    transport = exchange_bytes(GET)
    head, _, body = transport.written.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert f"content-length: {len(body)}".encode() in head
    assert not transport.ended


def test_requests_may_be_split_anywhere() -> None:
    whole = exchange_bytes(POST + GET + POST).statuses()
    assert whole == [201, 404, 201]
    assert exchange_bytes(*[bytes([byte]) for byte in POST + GET + POST]).statuses() == whole


def test_chunked_body_is_joined() -> None:
    head = b"POST /case HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"Transfer-Encoding: chunked\r\n\r\n"
    transport = exchange_bytes(head + b'4\r\n{"a"\r\n3;x=y\r\n:1}\r\n0\r\nTrailer: x\r\n\r\n', GET)
    assert transport.statuses() == [201, 404]
    assert b'"a":1' in transport.written


@pytest.mark.parametrize(
    "message",
    [
        b"GET /case/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET case HTTP/1.1\r\nHost: x\r\n\r\n",
        b"FOO /case HTTP/1.1\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\na: b\r\n folded\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        POST.replace(b"Host: x", b"Transfer-Encoding: chunked"),
        POST.replace(b"Host: x", b"Content-Length: 3"),
        b"POST /case HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /case HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"POST /case HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_invalid_http_gets_json_and_closes_the_connection(message: bytes) -> None:
    transport = exchange_bytes(message)
    assert transport.statuses() == [400]
    assert b'"code":"not-http"' in transport.written
    assert b"application/problem+json" in transport.written
    assert transport.ended


def test_requests_after_the_last_response_are_ignored() -> None:
    transport = exchange_bytes(GET.replace(b"Host: x", b"Host: x\r\nConnection: close") + GET, GET, b"\x00")
    assert transport.statuses() == [404]
    assert b"connection: close\r\n" in transport.written
    assert transport.ended


def test_http_1_0_closes_the_connection() -> None:
    assert exchange_bytes(POST.replace(b"HTTP/1.1", b"HTTP/1.0")).ended
    assert exchange_bytes(
        GET.replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"Host: x", b"Connection: keep-alive")
    ).ended


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/case/1?a=b?c", "/case/1", "a=b?c"),
        ("http://host:1/case/1?a", "/case/1", "a"),
        ("http://host", "/", ""),
        ("*", "*", ""),
        ("/a//b/%2F/../%00?", "/a//b/%2F/../%00", ""),
    ],
)
def test_request_target_is_not_changed(target: str, path: str, query: str) -> None:
    seen: list[Request] = []

    def handle(request: Request) -> Response:
        seen.append(request)
        return Response(204)

    exchange_bytes(
        f"OPTIONS {target} HTTP/1.1\r\nHost: h\r\nAccept: a\r\nX: \xff\r\nACCEPT: b\r\n\r\n".encode(
            "latin-1"
        ),
        handle=handle,
    )
    assert seen == [Request("OPTIONS", path, {"host": "h", "accept": "a, b", "x": "ÿ"}, b"", query)]


def test_response_without_content_has_no_length() -> None:
    transport = exchange_bytes(GET, handle=lambda request: Response(204, {"x-a": "ü\u20ac"}))
    assert transport.written == "HTTP/1.1 204 No Content\r\nx-a: ü?\r\n\r\n".encode("latin-1")


def test_unknown_status_has_no_reason_phrase() -> None:
    assert exchange_bytes(GET, handle=lambda request: Response(299)).written.startswith(b"HTTP/1.1 299 \r\n")


def test_expect_100_continue_gets_100() -> None:
    transport = exchange_bytes(POST.replace(b"Host: x", b"Host: x\r\nExpect: 100-Continue")[:-2])
    assert transport.written == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_offer_to_upgrade_to_http2_is_ignored() -> None:
    offer = b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ"
    transport = exchange_bytes(POST.replace(b"Host: x", offer), POST.replace(b"Host: x", offer))
    assert transport.statuses() == [201, 201]
    body = b'{"a":"\\r\\nupgrade: h2c"}'
    message = POST.replace(
        b"Content-Length: 2\r\n\r\n{}", b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    assert body[1:-1] in exchange_bytes(message).written


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
def test_offer_of_http2_may_be_split_into_segments(size: int) -> None:
    offer = b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUPGRADE:  h2c \r\nHTTP2-Settings: AAMAAABkAAQ"
    body = b'{"upgrade:": "\\nupgrade: h2c\\r"}'.ljust(32)
    message = POST.replace(b"Host: x", offer).replace(b"Content-Length: 2", b"Content-Length: %d" % len(body))
    message = message[:-2] + body
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    transport = exchange_bytes(*pieces, *pieces)
    assert transport.statuses() == [201, 201]
    assert b'"upgrade:":"\\nupgrade: h2c\\r"' in transport.written


def test_host_is_required_exactly_once_in_http_1_1() -> None:
    for fields in (b"", b"Host: x\r\nHost: x\r\n"):
        message = b"GET /case/1 HTTP/1.1\r\n" + fields + b"\r\n"
        transport = exchange_bytes(GET + message + GET)
        assert transport.statuses() == [404, 400]
        assert b"needs exactly one Host field" in transport.written
        assert transport.ended
    assert exchange_bytes(b"GET /case/1 HTTP/1.0\r\n\r\n").statuses() == [401]


def test_other_upgrade_is_ignored_and_closes_the_connection() -> None:
    transport = exchange_bytes(
        GET.replace(b"Host: x", b"Host: x\r\nConnection: upgrade\r\nUpgrade: websocket") + b"\x81\x00"
    )
    assert transport.statuses() == [404]
    assert transport.ended


def test_too_large_body_is_read_but_not_kept() -> None:
    sizes: list[int] = []

    def handle(request: Request) -> Response:
        sizes.append(len(request.body))
        return Response(413)

    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    transport = exchange_bytes(head, *[b"x" * 1000] * 100, GET, handle=handle, limits=Limits(body=5000))
    assert transport.statuses() == [413, 413]
    assert sizes == [6000, 0]
    assert not transport.ended


def control_request(token: str, host: str = "localhost") -> bytes:
    """Return the header section of a request to the control API with a large body."""
    fields = f"Host: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 5000\r\n"
    return f"PUT /_mock/state HTTP/1.1\r\n{fields}Content-Type: application/json\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("token", "host", "size"),
    [
        ("right", "localhost", 3500),
        # A refused body is dropped after its first segment.
        ("wrong", "localhost", 500),
        ("right", "attacker.example", 500),
    ],
)
def test_large_bodies_need_access_to_the_control_api(token: str, host: str, size: int) -> None:
    limits = Limits(body=1000, control_body=3000)
    sizes: list[int] = []

    class Recorder(MockHandle):
        def __call__(self, request: Request) -> Response:
            sizes.append(len(request.body))
            return super().__call__(request)

    handle = Recorder(Mock(Settings(limits=limits), control_token="right"))
    exchange_bytes(control_request(token, host), *[b"x" * 500] * 10, handle=handle, limits=limits)
    assert sizes == [size]


def test_handle_without_a_control_api_has_one_body_limit() -> None:
    sizes: list[int] = []

    def handle(request: Request) -> Response:
        sizes.append(len(request.body))
        return Response(200)

    exchange_bytes(
        control_request("any"), *[b"x" * 500] * 10, handle=handle, limits=Limits(body=1000, control_body=3000)
    )
    assert sizes == [1500]


@pytest.mark.parametrize(
    "pieces",
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 2000 + b"\r\n\r\n",),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 1000 + b"\r\n",),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
            + b"X:\r\n" * 300
            + b"\r\n",
        ),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", *[b"x" * 300] * 100),
        (b"GET /", *[b"x" * 300] * 100),
    ],
)
def test_too_large_header_section_is_refused(pieces: tuple[bytes, ...]) -> None:
    transport = exchange_bytes(*pieces, limits=Limits(head=1000))
    assert transport.statuses() == [431]
    assert transport.ended


def test_many_requests_in_one_segment_are_not_one_header_section() -> None:
    transport = exchange_bytes(GET * 50 + GET[:20], GET[20:], limits=Limits(head=1000))
    assert transport.statuses() == [404] * 51


def test_exception_in_a_fault_becomes_a_json_error(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: Request) -> Response:
        raise ZeroDivisionError

    transport = exchange_bytes(GET, handle=broken)
    assert transport.statuses() == [500]
    assert "ZeroDivisionError" in caplog.text
