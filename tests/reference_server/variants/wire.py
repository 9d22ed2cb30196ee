"""Servers that are unusual on the wire only: framing, headers, timing, encoding, limits of traffic."""

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


class OldHandler(Handler):
    protocol_version = "HTTP/1.0"


class ChunkingHandler(Handler):
    def frame(self, response: Response) -> None:
        self.send_header("Transfer-Encoding", "chunked")

    def payload(self, body: bytes) -> None:
        for start in range(0, len(body), 97):
            piece = body[start : start + 97]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


class TiringHandler(Handler):
    """Closes a connection after its fifth request, and says so, as a front server with a limit does."""

    served = 0

    def frame(self, response: Response) -> None:
        super().frame(response)
        self.served += 1
        if self.served % 5 == 0:
            self.send_header("Connection", "close")


class ShortHandler(Handler):
    """Turns large bodies away unread, as a front server with a limit does."""

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


class TerseHandler(Handler):
    """Sends no reason phrase after the status code, as a gateway from HTTP/2 does."""

    def send_response_only(self, code: int, message: str | None = None) -> None:
        super().send_response_only(code, "")


class ImpatientHandler(Handler):
    """Hangs up on a connection that was idle for 80 ms, without a word."""

    timeout = 0.08


@variant()
class HangsUp(CaseService):
    handler = ImpatientHandler


@variant()
class Http10(CaseService):
    handler = OldHandler


@variant()
class Chunked(CaseService):
    handler = ChunkingHandler


@variant()
class FiveRequestsAConnection(CaseService):
    handler = TiringHandler


@variant()
class LargeBodiesUnread(CaseService):
    handler = ShortHandler


@variant()
class NoReasonPhrase(CaseService):
    handler = TerseHandler


@variant()
class UnderAPrefix(CaseService):
    prefix = "/api-public/1.0"


@variant()
class Gzip(CaseService):
    """Compresses what is worth it, where the client takes it."""

    def dress(self, request: Request, response: Response) -> Response:
        if "gzip" in request.headers.get("accept-encoding", "") and response.body:
            response.body = gzip.compress(response.body, 1)
            response.headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return response


@variant()
class OddHeaders(CaseService):
    """Names in lower case, a media type in capitals with parameters, and much that nobody asked for."""

    extra = {  # noqa: RUF012
        "x-request-id": "7f",
        "server-timing": "db;dur=1.5",
        "cache-control": "no-cache, no-store",
        "strict-transport-security": "max-age=31536000",
        "x-powered-by": "",
    }

    def dress(self, request: Request, response: Response) -> Response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if headers.get("content-type") == "application/json":
            headers["content-type"] = 'Application/JSON ; Charset="utf-8"'
        response.headers = headers | self.extra
        return response


@variant()
class SetsCookies(CaseService):
    """Gives every client a session that it never reads."""

    def dress(self, request: Request, response: Response) -> Response:
        response.headers["Set-Cookie"] = f"sid={time.monotonic_ns()}; Path=/; HttpOnly; SameSite=Lax"
        return response


@variant()
class LocationAndEtag(CaseService):
    """Points to the new case, and tags every representation."""

    def dress(self, request: Request, response: Response) -> Response:
        if response.status == 201:
            response.headers["Location"] = f"{request.target}/{json.loads(response.body)['id']}"
        response.headers["ETag"] = f'W/"{hash(response.body):x}"'
        return response


@variant()
class OwnMediaType(CaseService):
    """Calls its JSON by a media type of its own."""

    def answer(self, status: int, document: Any) -> Response:
        response = super().answer(status, document)
        response.headers["Content-Type"] = "application/vnd.second.case+json; version=2"
        return response


@variant()
class Thoughtful(CaseService):
    """Takes 10 ms for every answer."""

    def perform(self, request: Request) -> Response:
        time.sleep(0.01)
        return super().perform(request)


@variant()
class PrettyPrinted(CaseService):
    """Indented, sorted, in UTF-8 without escapes, with a line end."""

    def encode(self, document: Any) -> bytes:
        text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
        return (text + "\n").encode("utf-8", "surrogatepass")

    def parse(self, body: bytes) -> Any:
        document = super().parse(body)
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair is no text
        return document


@variant()
class EscapesSlashes(CaseService):
    """Writes "/" as "\\/", which JSON allows, and everything outside ASCII as escapes."""

    def encode(self, document: Any) -> bytes:
        return super().encode(document).replace(b"/", b"\\/")


@variant()
class AnswersOptions(CaseService):
    """Browsers may ask it: OPTIONS is answered everywhere, before any credentials are looked at."""

    def perform(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(
                204, b"", {"Allow": "GET, HEAD, POST, PUT, PATCH", "Access-Control-Allow-Origin": "*"}
            )
        return super().perform(request)


@variant()
class NoHead(CaseService):
    def find(self, request: Request) -> Call:
        if request.method == "HEAD":
            raise Refusal(405, "no HEAD here", Allow="GET, PUT, PATCH")
        return super().find(request)


class Busy(CaseService):
    """Turns every 400th request away for a moment."""

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
    """429 with seconds to wait."""


@variant()
class RateLimitWithDate(Busy):
    """429 with a date to wait for."""

    def wait(self) -> str:
        return formatdate(time.time() + 1, usegmt=True)


@variant()
class Overloaded(Busy):
    """503 with seconds to wait: a server under maintenance, which is no crash."""

    status = 503
