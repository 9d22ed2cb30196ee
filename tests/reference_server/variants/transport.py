"""Correct servers with unusual transport: framing, headers, timing, encoding and rate limits."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from email.utils import formatdate
from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Call, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Handler, Request, Response


class Http10Handler(Handler):
    """Handler for HTTP/1.0."""

    protocol_version = "HTTP/1.0"


class ChunkingHandler(Handler):
    """Handler that sends bodies in chunks."""

    def write_framing(self, response: Response) -> None:
        self.send_header("Transfer-Encoding", "chunked")

    def write_body(self, body: bytes) -> None:
        for start in range(0, len(body), 97):
            piece = body[start : start + 97]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


class FiveRequestsHandler(Handler):
    """Handler that closes a connection after five requests and announces it."""

    served = 0

    def write_framing(self, response: Response) -> None:
        super().write_framing(response)
        self.served += 1
        if self.served % 5 == 0:
            self.send_header("Connection", "close")


class LargeBodyHandler(Handler):
    """Handler that refuses large bodies before reading them, as a front server with a limit does."""

    limit = 64_000

    def serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length <= self.limit:
            return super().serve()
        self.write(Request(self.command, self.path, {}, b""), Response(413, b"", {"Connection": "close"}))
        self.wfile.flush()
        while length > 0 and (piece := self.rfile.read(min(length, 65536))):
            length -= len(piece)
        return None


class NoReasonHandler(Handler):
    """Handler that sends no reason phrase, as a gateway from HTTP/2 does."""

    def send_response_only(self, code: int, message: str | None = None) -> None:
        super().send_response_only(code, "")


class IdleTimeoutHandler(Handler):
    """Handler that closes a connection after 80 ms without a request."""

    timeout = 0.08


@variant()
class ClosesIdleConnections(CaseService):
    """Connections close after 80 ms without a request."""

    handler = IdleTimeoutHandler


@variant()
class Http10(CaseService):
    """The server speaks HTTP/1.0."""

    handler = Http10Handler


@variant()
class Chunked(CaseService):
    """Bodies are sent in chunks."""

    handler = ChunkingHandler


@variant()
class FiveRequestsPerConnection(CaseService):
    """A connection serves five requests."""

    handler = FiveRequestsHandler


@variant()
class LargeBodiesUnread(CaseService):
    """Bodies above 64,000 bytes get 413 without being read first."""

    handler = LargeBodyHandler


@variant()
class NoReasonPhrase(CaseService):
    """The status line has no reason phrase."""

    handler = NoReasonHandler


@variant()
class UnderAPrefix(CaseService):
    """The API is under a path prefix."""

    prefix = "/api-public/1.0"


@variant()
class Gzip(CaseService):
    """Bodies are compressed if the client accepts it."""

    def finish(self, request: Request, response: Response) -> Response:
        if "gzip" in request.headers.get("accept-encoding", "") and response.body:
            response.body = gzip.compress(response.body, 1)
            response.headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return response


@variant()
class OddHeaders(CaseService):
    """Header names are lower case, the media type has capitals, and extra headers are sent."""

    extra = {  # noqa: RUF012
        "x-request-id": "7f",
        "server-timing": "db;dur=1.5",
        "cache-control": "no-cache, no-store",
        "strict-transport-security": "max-age=31536000",
        "x-powered-by": "",
    }

    def finish(self, request: Request, response: Response) -> Response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if headers.get("content-type") == "application/json":
            headers["content-type"] = 'Application/JSON ; Charset="utf-8"'
        response.headers = headers | self.extra
        return response


@variant()
class SetsCookies(CaseService):
    """Every response sets a cookie that the server never reads."""

    def finish(self, request: Request, response: Response) -> Response:
        response.headers["Set-Cookie"] = f"sid={time.monotonic_ns()}; Path=/; HttpOnly; SameSite=Lax"
        return response


@variant()
class LocationAndEtag(CaseService):
    """A create has a Location header, and every response an entity tag."""

    def finish(self, request: Request, response: Response) -> Response:
        if response.status == 201:
            response.headers["Location"] = f"{request.target}/{json.loads(response.body)['id']}"
        response.headers["ETag"] = f'W/"{hash(response.body):x}"'
        return response


@variant()
class OwnMediaType(CaseService):
    """JSON has a vendor media type."""

    def json_response(self, status: int, document: Any) -> Response:
        response = super().json_response(status, document)
        response.headers["Content-Type"] = "application/vnd.reference.case+json; version=2"
        return response


@variant()
class SlowResponses(CaseService):
    """Every response takes 10 ms."""

    def perform(self, request: Request) -> Response:
        time.sleep(0.01)
        return super().perform(request)


@variant()
class PrettyPrinted(CaseService):
    """JSON is indented, sorted and in UTF-8 without escapes."""

    def encode(self, document: Any) -> bytes:
        text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
        return (text + "\n").encode("utf-8", "surrogatepass")

    def parse(self, body: bytes) -> Any:
        document = super().parse(body)
        json.dumps(document, ensure_ascii=False).encode()  # reject lone surrogates, which UTF-8 cannot encode
        return document


@variant()
class EscapesSlashes(CaseService):
    """JSON escapes "/" and all characters outside ASCII."""

    def encode(self, document: Any) -> bytes:
        return super().encode(document).replace(b"/", b"\\/")


@variant()
class HandlesOptions(CaseService):
    """OPTIONS is handled before authentication, for browsers."""

    def perform(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(
                204, b"", {"Allow": "GET, HEAD, POST, PUT, PATCH", "Access-Control-Allow-Origin": "*"}
            )
        return super().perform(request)


@variant()
class NoHead(CaseService):
    """HEAD is not supported."""

    def route(self, request: Request) -> Call:
        if request.method == "HEAD":
            raise Refusal(405, "no HEAD here", Allow="GET, PUT, PATCH")
        return super().route(request)


class Busy(CaseService):
    """Base for servers that refuse every 400th request with Retry-After."""

    status = 429

    def __init__(self) -> None:
        super().__init__()
        self.count = itertools.count(1)

    def wait(self) -> str:
        return "1"

    def perform(self, request: Request) -> Response:
        if next(self.count) % 400 == 0:
            raise Refusal(self.status, "later", Retry_After=self.wait())
        return super().perform(request)


@variant()
class RateLimit(Busy):
    """Rate limit with seconds in Retry-After."""


@variant()
class RateLimitWithDate(Busy):
    """Rate limit with a date in Retry-After."""

    def wait(self) -> str:
        return formatdate(time.time() + 1, usegmt=True)


@variant()
class Overloaded(Busy):
    """Maintenance: 503 with seconds in Retry-After."""

    status = 503
