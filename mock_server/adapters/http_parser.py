"""Parses the requests of one HTTP/1.1 connection.

Rules: header sections, bodies and trailers take bounded memory, however they are split into segments. Invalid or too
large input is refused once, after all earlier requests were delivered.
"""

import re
from collections.abc import Callable

import httptools

from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import BodyLimit, Request
from mock_server.core.settings import CONTROL, Limits

_HEAD_END = b"\r\n\r\n"
_UPGRADE = b"upgrade:"
_UPGRADE_TO_HTTP2 = re.compile(rb"(?<=\n)upgrade:[ \t]*h2c[ \t]*\r\n", re.IGNORECASE)

Deliver = Callable[[Request, bool], None]
"""Takes a complete request, and True if the client may send more requests."""


class RequestParser:
    """Parses segments into requests. Its `on_…` methods are called by httptools."""

    _target: bytes
    _path: str
    _query: str
    _headers: dict[str, str]
    _size: int
    """Parsed bytes of the target and the header fields."""
    _body: bytes | bytearray
    _body_limit: int

    def __init__(
        self,
        limits: Limits,
        deliver: Deliver,
        send_continue: Callable[[], None],
        control_body_limit: BodyLimit,
    ) -> None:
        """Create a parser.

        `send_continue` is called for Expect: 100-continue (RFC 9110 section 10.1.1), `control_body_limit` for the
        body of a request to the control API.
        """
        self._parser = httptools.HttpRequestParser(self)
        self._limits = limits
        self._deliver = deliver
        self._send_continue = send_continue
        self._control_body_limit = control_body_limit
        self.is_partial = False
        """A request has arrived in part, or the input is invalid."""
        self.begun = 0
        """Number of requests that have arrived, at least in part."""
        self._in_head = False
        self._head_tail = b""
        """The last bytes of an incomplete header section that were parsed."""
        self._held = b""
        """The beginning of an Upgrade field whose line is incomplete; not parsed yet."""
        self._is_too_large = False
        self._is_host_invalid = False
        self._unparsed = 0
        """Bytes since the last event. httptools buffers an incomplete header field."""
        self._had_event = False

    def feed(self, data: bytes) -> bool:
        """Parse a segment. Return False if no more HTTP/1.1 follows. After Refused, do not call it again."""
        self._had_event = False
        if self._in_head or not self.is_partial:
            data = self._without_upgrade(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The response ignores the upgrade (RFC 9110 section 7.8).
            return False
        except httptools.HttpParserError as error:
            self.is_partial = True
            raise Refused(Problem.NOT_HTTP, reason=error) from None
        self._unparsed = 0 if self._had_event else self._unparsed + len(data)
        if self._is_too_large or (self.is_partial and self._unparsed > self._limits.head):
            self.is_partial = True
            raise Refused(Problem.HEAD_TOO_LARGE, limit=self._limits.head)
        if self._is_host_invalid:
            self.is_partial = True
            raise Refused(Problem.NOT_HTTP, reason="it needs exactly one Host field (RFC 9112 section 3.2)")
        return True

    def _without_upgrade(self, data: bytes) -> bytes:
        """Remove an offer to upgrade to HTTP/2 from the header section at the beginning of a segment.

        Some clients send it by default, such as Java's. A server may ignore it (RFC 9110 section 7.8), but httptools
        would stop and lose the body. A line that may become such an offer is held until the rest of it arrives.
        """
        if self._held:
            data, self._held = self._held + data, b""
        if not self._in_head:
            self._head_tail = b""
        seen = self._head_tail + data
        end = seen.find(_HEAD_END)
        if end < 0:
            line = seen.rpartition(b"\n")[2]
            if len(line) < len(seen) and line and _UPGRADE.startswith(line[: len(_UPGRADE)].lower()):
                self._held, seen = line, seen[: -len(line)]
            end = len(seen)
        head, rest = seen[: end + 2], seen[end + 2 :]
        if b"h2c" in head:
            head = _UPGRADE_TO_HTTP2.sub(b"", head)
        data = (head + rest)[len(self._head_tail) :]
        self._head_tail = seen[-3:]
        return data

    def on_message_begin(self) -> None:
        self._had_event = self.is_partial = self._in_head = True
        self.begun += 1
        self._target = b""
        self._headers = {}
        self._size = 0
        self._body = b""

    def on_url(self, part: bytes) -> None:
        self._target += part
        self._size += len(part)
        if self._size > self._limits.head:
            self._is_too_large = True

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        self._size += len(raw_name) + len(raw_value) + 4  # with the colon, a space and the line end
        if self._size > self._limits.head:
            self._is_too_large = True
        elif self._in_head:  # Trailers are not headers (RFC 9110 section 6.5.1), and are ignored.
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            headers = self._headers
            if name == "host" and name in headers:
                self._is_host_invalid = True
            # RFC 9110 section 5.2: the values of a repeated name form a list.
            headers[name] = f"{headers[name]}, {value}" if name in headers else value

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._path, self._query = _path_and_query(self._target.decode("latin-1"))
        self._body_limit = self._limits.body
        headers = self._headers
        if self._path.startswith(CONTROL):
            method = self._parser.get_method().decode("latin-1")
            self._body_limit = self._control_body_limit(Request(method, self._path, headers))
        if "host" not in headers and self._parser.get_http_version() == "1.1":
            self._is_host_invalid = True
        if "expect" in headers and headers["expect"].lower() == "100-continue" and not self._is_refused:
            self._send_continue()

    def on_body(self, piece: bytes) -> None:
        # Beyond the limit nothing is kept, and the core refuses the kept part. The rest is read all the same: a
        # client whose connection is closed while it sends would not receive the response.
        self._had_event = True
        body = self._body
        if not body:
            self._body = piece
        elif len(body) <= self._body_limit:
            if isinstance(body, bytes):
                # Most bodies arrive in one piece, so the buffer is created only for a second one.
                body = self._body = bytearray(body)
            body += piece

    def on_message_complete(self) -> None:
        self.is_partial = False
        if self._is_refused:
            return
        parser, body = self._parser, bytes(self._body)
        self._body = b""
        headers, method = self._headers, parser.get_method().decode("latin-1")
        # HTTP/1.0 needs Connection: keep-alive in the response as well, which the mock does not send.
        keep_alive = parser.should_keep_alive() and (
            "connection" not in headers or parser.get_http_version() == "1.1"
        )
        self._deliver(Request(method, self._path, headers, body, self._query), keep_alive)

    @property
    def _is_refused(self) -> bool:
        return self._is_too_large or self._is_host_invalid


def _path_and_query(target: str) -> tuple[str, str]:
    """Split a request target (RFC 9112 section 3.2)."""
    if not target.startswith("/") and "://" in target:
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return path, query
