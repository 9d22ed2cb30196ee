"""From bytes to requests, for one HTTP/1.1 connection. It knows the parser, and no transport, loop or handle.

Rules it keeps: a head, a body and its trailers take bounded memory, in whatever pieces they come; what is no HTTP, or
too much, is refused once, after all requests before it were delivered.
"""

import re
from collections.abc import Callable

import httptools

from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request
from mock_server.core.settings import Limits

_UPGRADE_TO_HTTP2 = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n)", re.IGNORECASE)

Deliver = Callable[[Request, bool], None]
"""Takes a whole request, and whether the client means to send more."""


class Incoming:
    """The receiver of the parser's events."""

    _in_head: bool
    _target: bytes
    _path: str
    _query: str
    _headers: dict[str, str]
    _size: int
    """Bytes of the target and the fields that the parser has read."""
    _body: bytes | bytearray
    _body_limit: int

    def __init__(self, limits: Limits, deliver: Deliver, go_on: Callable[[], None]) -> None:
        """`go_on` is called where a client waits for leave to send its body (RFC 9110 section 10.1.1)."""
        self._parser = httptools.HttpRequestParser(self)
        self._limits = limits
        self._deliver = deliver
        self._go_on = go_on
        self.partial = False
        """A request has arrived in part, or something that cannot be told apart into requests."""
        self.begun = 0
        """Requests that have arrived, if only in part."""
        self._too_large = False
        self._unheard = 0
        """Bytes since the last event; the parser keeps an unfinished field to itself."""
        self._heard = False

    def feed(self, data: bytes) -> bool:
        """Take what arrived; False if what follows is no HTTP any more. Raises Refused, and is then not to be fed."""
        self._heard = False
        if not self.partial and b"h2c" in data:
            data = _without_upgrade(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Answered as if it had not asked (RFC 9110 section 7.8).
            return False
        except httptools.HttpParserError as error:
            self.partial = True
            raise Refused(Problem.NOT_HTTP, reason=error) from None
        self._unheard = 0 if self._heard else self._unheard + len(data)
        if self._too_large or (self.partial and self._unheard > self._limits.head):
            self.partial = True
            raise Refused(Problem.HEAD_TOO_LARGE, limit=self._limits.head)
        return True

    # Events of the parser

    def on_message_begin(self) -> None:
        self._heard = self.partial = self._in_head = True
        self.begun += 1
        self._target = b""
        self._headers = {}
        self._size = 0
        self._body = b""

    def on_url(self, part: bytes) -> None:
        self._target += part
        self._size += len(part)
        if self._size > self._limits.head:
            self._too_large = True

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        self._size += len(raw_name) + len(raw_value) + 4  # with a colon, a space and the line's end
        if self._size > self._limits.head:
            self._too_large = True
        elif self._in_head:  # RFC 9110 section 6.5.1: trailers are no headers, and of no use here
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            headers = self._headers
            # RFC 9110 section 5.2: the values of a repeated name are one list.
            headers[name] = f"{headers[name]}, {value}" if name in headers else value

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._path, self._query = _path_and_query(self._target.decode("latin-1"))
        self._body_limit = self._limits.body_at(self._path)
        headers = self._headers
        if "expect" in headers and headers["expect"].lower() == "100-continue" and not self._too_large:
            self._go_on()

    def on_body(self, piece: bytes) -> None:
        # Beyond the limit nothing is kept, and the core refuses what was. The rest is read all the same: a client
        # that is cut off while it sends would never see the answer.
        self._heard = True
        body = self._body
        if not body:
            self._body = piece
        elif len(body) <= self._body_limit:
            if isinstance(body, bytes):
                # Most bodies come in one piece, and this one does not.
                body = self._body = bytearray(body)
            body += piece

    def on_message_complete(self) -> None:
        self.partial = False
        if self._too_large:
            return
        parser, body = self._parser, bytes(self._body)
        self._body = b""
        headers, method = self._headers, parser.get_method().decode("latin-1")
        # HTTP/1.0 needs the field to keep a connection alive, and does not get that here.
        keep = parser.should_keep_alive() and (
            "connection" not in headers or parser.get_http_version() == "1.1"
        )
        self._deliver(Request(method, self._path, headers, body, self._query), keep)


def _without_upgrade(data: bytes) -> bytes:
    """The first piece of a request, without its offer to go on in HTTP/2.

    Some clients make it by default (Java's does). A server may ignore it (RFC 9110 section 7.8), but the parser
    stops there and loses the body.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE_TO_HTTP2.sub(b"", head + end, count=1) + rest


def _path_and_query(target: str) -> tuple[str, str]:
    """The two parts of a request target (RFC 9112 section 3.2)."""
    if not target.startswith("/") and "://" in target:
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return path, query
