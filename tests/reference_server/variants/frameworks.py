"""Correct servers with default habits of real frameworks, servers and databases."""

from __future__ import annotations

import gzip
import hashlib
import re
import uuid
import zlib

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Handler, Request, Response
from reference_server.tokens import ACCOUNT, TokenService

# Authentication


@variant()
class ForbidsMissingCredentials(CaseService):
    """FastAPI before 0.122: 403 without credentials, and 401 with invalid ones."""

    def authenticate(self, call: Call) -> None:
        if not call.request.headers.get("authorization"):
            raise Refusal(403, "Not authenticated")
        super().authenticate(call)


@variant()
class InvalidRequestChallenge(CaseService):
    """Hono: 400 with `error="invalid_request"` for a malformed bearer credential (RFC 6750 section 3.1)."""

    def authenticate(self, call: Call) -> None:
        header = call.request.headers.get("authorization", "")
        if header and not re.fullmatch(r"Bearer +[A-Za-z0-9._~+/-]+=*", header):
            raise Refusal(400, "invalid request", WWW_Authenticate='Bearer error="invalid_request"')
        super().authenticate(call)


@variant()
class InvalidTokenChallenge(CaseService):
    """The challenge names the error and its description."""

    def unauthorized(self) -> Refusal:
        challenge = 'Bearer realm="api", error="invalid_token", error_description="expired, or unknown"'
        return Refusal(401, "invalid token", WWW_Authenticate=challenge)


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]})
class RoutesWithoutHead(TokenService):
    """FastAPI: a method without a route gets 405 before authentication, and HEAD has none."""

    def perform(self, request: Request) -> Response:
        if not request.target.endswith(self.token_path):
            if request.method == "HEAD":
                raise Refusal(405, "Method Not Allowed", Allow="GET, PUT, PATCH")
            self.route(request)
        return super().perform(request)


@variant(deployment='[auth]\nscheme = "cookie"\ncookie = "sid"')
class QuotedCookie(CaseService):
    """A cookie value in quotes equals the value without them (RFC 6265 section 4.1.1)."""

    def authenticate(self, call: Call) -> None:
        cookies = [pair.strip().partition("=") for pair in call.request.headers.get("cookie", "").split(";")]
        if not any(name == "sid" and value.strip('"') == self.token for name, _, value in cookies):
            raise Refusal(401, "log in first")


# Routing


@variant()
class ParsesUuids(CaseService):
    """Python's `uuid.UUID`: an id is found with or without hyphens, in either case."""

    def route(self, request: Request) -> Call:
        call = super().route(request)
        try:
            return Call(call.operation, str(uuid.UUID(call.id)) if call.id else "", request)
        except ValueError:
            raise Refusal(422, "the id is not a UUID") from None


# Headers and media types


@variant()
class LimitsHeaders(CaseService):
    """Node: 431 for headers over 16 kB."""

    def perform(self, request: Request) -> Response:
        if sum(len(name) + len(value) for name, value in request.headers.items()) > 16_384:
            raise Refusal(431, "Request Header Fields Too Large")
        return super().perform(request)


@variant()
class RequiresLength(CaseService):
    """A gateway refuses chunked bodies with 411."""

    def perform(self, request: Request) -> Response:
        if "transfer-encoding" in request.headers:
            raise Refusal(411, "Length Required")
        return super().perform(request)


@variant()
class NotAcceptable(CaseService):
    """Django REST Framework: 406 if the client does not accept JSON."""

    def perform(self, request: Request) -> Response:
        accept = request.headers.get("accept", "*/*")
        if not re.search(r"\*/\*|application/(\*|json)", accept):
            raise Refusal(406, "Not Acceptable")
        return super().perform(request)


@variant()
class Utf8Only(CaseService):
    """Express: 415 for another charset than UTF-8."""

    def check_media_type(self, media_type: str) -> None:
        charset = re.search(r"charset=\"?([^\s;\"]+)", media_type, re.IGNORECASE)
        if charset and charset[1].lower() not in ("utf-8", "utf8"):
            raise Refusal(415, "unsupported charset")
        super().check_media_type(media_type)


@variant()
class DecompressesBodies(CaseService):
    """Express: compressed bodies are accepted, and unknown encodings are refused."""

    def perform(self, request: Request) -> Response:
        encoding = request.headers.get("content-encoding", "identity").lower()
        if encoding == "gzip":
            try:
                body = gzip.decompress(request.body)
            except (OSError, EOFError, zlib.error):
                raise Refusal(400, "incorrect header check") from None
            request = Request(request.method, request.target, request.headers, body)
        elif encoding != "identity":
            raise Refusal(415, "unsupported content encoding")
        return super().perform(request)


@variant()
class ConditionalGet(CaseService):
    """Express: a weak entity tag, and 304 for a matching If-None-Match."""

    def get(self, call: Call) -> Response:
        response = super().get(call)
        tag = f'W/"{hashlib.sha1(response.body).hexdigest()}"'
        if call.request.headers.get("if-none-match") == tag:
            return Response(304, headers={"ETag": tag})
        response.headers["ETag"] = tag
        return response


@variant()
class KeepAliveHeaders(CaseService):
    """Node: headers for persistent connections and for the rate limit, which change with each response."""

    remaining = 10_000

    def finish(self, request: Request, response: Response) -> Response:
        self.remaining -= 1
        response.headers |= {"Keep-Alive": "timeout=5", "X-RateLimit-Remaining": str(self.remaining)}
        return super().finish(request, response)


class ClosingHandler(Handler):
    """Handler that closes the connection after each refusal, as Tomcat does."""

    def write_framing(self, response: Response) -> None:
        super().write_framing(response)
        if response.status >= 400:
            self.send_header("Connection", "close")


@variant()
class ClosesAfterRefusals(CaseService):
    """Tomcat: a refusal closes the connection."""

    handler = ClosingHandler


# Payloads and stores


@variant()
class KeepsTransitionFields(CaseService):
    """The record keeps the `reason` and `workflowId` of the last transition under these names."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Fields] = {}

    def transition(self, call: Call) -> Response:
        super().transition(call)
        document = self.read(call)
        names = ("reason", "workflowId")
        self.kept[call.id] = {name: document[name] for name in names if name in document}
        return self.json_response(200, self.render(self.load(call)))

    def render(self, record: Record) -> Fields:
        return self.kept.get(record.id, {}) | super().render(record)


@variant()
class IsoFormat(CaseService):
    """Python's `isoformat`: the fraction is absent if it is zero."""

    def new_date(self) -> str:
        now = self.now()
        return now.replace(microsecond=now.microsecond // 500_000 * 500_000).isoformat()
