"""Correct servers with default habits of real frameworks, servers and databases."""

from __future__ import annotations

import gzip
import hashlib
import json
import posixpath
import re
import unicodedata
import uuid
import zlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record, Refusal, scalars
from reference_server.service import CaseService
from reference_server.sockets import Handler, Request, Response
from reference_server.tokens import ACCOUNT, TokenService
from reference_server.value_changes import numbers, objects

# Error bodies


class ErrorBody(CaseService):
    """Base for servers with their framework's error bodies."""

    def error_body(self, refusal: Refusal) -> Any:
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> Response:
        headers = {"Content-Type": "application/json"} | refusal.headers
        return Response(refusal.status, self.encode(self.error_body(refusal)), headers)


@variant()
class PydanticErrors(ErrorBody):
    """FastAPI: 422 for every invalid body, with a list of errors."""

    def error_body(self, refusal: Refusal) -> Any:
        if refusal.status == 400:
            refusal.status = 422
        if refusal.status != 422:
            return {"detail": refusal.reason}
        return {"detail": [{"type": "value_error", "loc": ["body"], "msg": refusal.reason, "input": None}]}


@variant()
class FieldErrors(ErrorBody):
    """Django REST Framework: 400 for every invalid body, with lists of messages by field."""

    def error_body(self, refusal: Refusal) -> Any:
        if refusal.status in (409, 422):
            refusal.status = 400
        return {"non_field_errors": [refusal.reason]} if refusal.status == 400 else {"detail": refusal.reason}


@variant()
class SpringErrors(ErrorBody):
    """Spring Boot: time, status, error and path, with null for the message."""

    def error_body(self, refusal: Refusal) -> Any:
        return {
            "timestamp": datetime.now(UTC).isoformat(),
            "status": refusal.status,
            "error": refusal.reason,
            "message": None,
            "path": "/case",
        }


@variant()
class ErrorArray(ErrorBody):
    """JSON:API: an array of errors."""

    def error_body(self, refusal: Refusal) -> Any:
        return {"errors": [{"status": str(refusal.status), "title": refusal.reason}]}


@variant()
class JsonStringErrors(ErrorBody):
    """ASP.NET: the error is a JSON string."""

    def error_body(self, refusal: Refusal) -> Any:
        return refusal.reason


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
class IgnoresPathCase(CaseService):
    """Express: routes are case-insensitive, and a trailing slash is optional."""

    def route(self, request: Request) -> Call:
        path, mark, query = request.target.partition("?")
        parts = path.split("/")
        fixed = [part.lower() if part.lower() in ("case", "transition") else part for part in parts]
        return super().route(
            Request(request.method, "/".join(fixed) + mark + query, request.headers, request.body)
        )


@variant()
class RedirectsUpperCase(CaseService):
    """A front server redirects paths with capitals to lower case."""

    def perform(self, request: Request) -> Response:
        path, mark, query = request.target.partition("?")
        plain = re.sub(r"%[0-9A-F]{2}", "", path)
        if plain != plain.lower():
            return Response(301, headers={"Location": path.lower() + mark + query})
        return super().perform(request)


@variant()
class RedirectsDecodedPaths(CaseService):
    """Go's ServeMux: a path whose decoded form has dot segments is redirected."""

    def perform(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        segments = unquote(path, errors="replace").split("/")
        if {".", ".."} & set(segments):
            return Response(301, headers={"Location": quote(posixpath.normpath("/".join(segments)))})
        return super().perform(request)


@variant()
class RedirectsToAbsoluteUrl(CaseService):
    """Starlette: a trailing slash is redirected to an absolute URL."""

    def perform(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        if path.endswith("/") and path != "/":
            host = request.headers.get("host", "reference.invalid")
            return Response(308, headers={"Location": f"http://{host}{path.rstrip('/')}"})
        return super().perform(request)


@variant()
class ParsesUuids(CaseService):
    """Python's `uuid.UUID`: an id is found with or without hyphens, in either case."""

    def route(self, request: Request) -> Call:
        call = super().route(request)
        try:
            return Call(call.operation, str(uuid.UUID(call.id)) if call.id else "", request)
        except ValueError:
            raise Refusal(422, "the id is not a UUID") from None


@variant()
class LimitsPathLength(CaseService):
    """Fastify: 414 for a path segment over 100 characters."""

    def perform(self, request: Request) -> Response:
        if any(len(unquote(part)) > 100 for part in request.target.split("/")):
            raise Refusal(414, "URI Too Long")
        return super().perform(request)


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
class UnwrapsSingletons(CaseService):
    """Fastify: an array with one item is coerced to the item where the schema has a scalar."""

    def check_workflow(self, record: Record, document: Fields) -> None:
        super().check_workflow(record, document | {"workflowId": unwrapped(document.get("workflowId"))})


def unwrapped(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


@variant()
class BinaryJson(CaseService):
    """PostgreSQL's jsonb: members are sorted by length and name, and NUL in text is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        texts = [value for value in scalars(document) if isinstance(value, str)]
        if "\0" in "".join(texts) or "\\u0000" in json.dumps(document):
            raise Refusal(422, "unsupported Unicode escape sequence")
        super().validate(call, document)

    def render(self, record: Record) -> Fields:
        shown = super().render(record)
        return objects(lambda value: dict(sorted(value.items(), key=lambda item: (len(item[0]), item[0]))))(
            shown
        )


@variant()
class SafeIntegers(CaseService):
    """JavaScript: an integer that a double cannot hold exactly is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        if any(isinstance(value, int) and abs(value) > 2**53 - 1 for value in scalars(document)):
            raise Refusal(422, "an integer is too large")
        super().validate(call, document)


@variant()
class WholeFloatsAreIntegers(CaseService):
    """JavaScript: 1.0 is written as 1."""

    def encode(self, document: Any) -> bytes:
        return super().encode(numbers(without_fraction)(document))


def without_fraction(number: float) -> float:
    """Convert a float without a fraction to an integer if a double holds it exactly."""
    return (
        int(number) if isinstance(number, float) and abs(number) < 2**53 and number == int(number) else number
    )


@variant()
class NormalizedTextOnly(CaseService):
    """Text that is not in Unicode normalization form C is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        for value in scalars(document):
            if isinstance(value, str) and not unicodedata.is_normalized("NFC", value):
                raise Refusal(422, "a text is not normalized")
        super().validate(call, document)


@variant()
class RefusesPrototype(CaseService):
    """Fastify: `__proto__` and a nested `constructor.prototype` are refused."""

    def validate(self, call: Call, document: Fields) -> None:
        text = json.dumps(document)
        if '"__proto__"' in text or '"constructor"' in text:
            raise Refusal(400, "Object contains forbidden prototype property")
        super().validate(call, document)


@variant()
class IsoFormat(CaseService):
    """Python's `isoformat`: the fraction is absent if it is zero."""

    def new_date(self) -> str:
        now = self.now()
        return now.replace(microsecond=now.microsecond // 500_000 * 500_000).isoformat()


@variant()
class BlocksHostileText(CaseService):
    """A web application firewall refuses markup and SQL with 403."""

    hostile = re.compile(r"<\s*script|\bunion\s+select\b|\bdrop\s+table\b|' or '", re.IGNORECASE)

    def validate(self, call: Call, document: Fields) -> None:
        if self.hostile.search(json.dumps(document, ensure_ascii=False)):
            raise Refusal(403, "blocked")
        super().validate(call, document)
