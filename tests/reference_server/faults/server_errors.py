"""Faults in robustness: status 500 for requests that a client may send."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal, scalars
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


class CrashesOnPayloads(CaseService):
    """Base for servers that return 500 for some payloads."""

    def crashes(self, call: Call, document: Fields) -> bool:
        """Return True if the payload causes a server error."""
        raise NotImplementedError

    def validate(self, call: Call, document: Fields) -> None:
        if self.crashes(call, document):
            raise Refusal(500, "internal error")


@fault("HOSTILE-INPUT")
class NulInText(CrashesOnPayloads):
    """The database rejects NUL in text."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return any(isinstance(value, str) and "\0" in value for value in scalars(document))


@fault("HOSTILE-INPUT")
class NulCrashesWithPage(NulInText):
    """The database rejects NUL in text, and the framework shows its HTML page for server errors."""

    def refuse(self, refusal: Refusal) -> Response:
        if refusal.status == 500:
            return Response(500, b"<h1>Server Error (500)</h1>", {"Content-Type": "text/html"})
        return super().refuse(refusal)


@fault("HOSTILE-INPUT")
class UnavailableToBadRanges(CaseService):
    """A cache in front of the server cannot cut the response to a malformed range, and returns 503 with Retry-After."""

    def respond(self, request: Request) -> Response:
        if request.headers.get("range", "bytes=0-") == "bytes=9-1":
            return Response(
                503, b"<h1>Backend fetch failed</h1>", {"Content-Type": "text/html", "Retry-After": "0"}
            )
        return super().respond(request)


@fault("HOSTILE-INPUT")
class NulInReason(CrashesOnPayloads):
    """The database rejects NUL in the reason of a transition."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "transition" and "\0" in str(document.get("reason"))


@fault("HOSTILE-INPUT")
class LoneSurrogate(CrashesOnPayloads):
    """A lone surrogate cannot be encoded."""

    def crashes(self, call: Call, document: Fields) -> bool:
        try:
            json.dumps(document, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return True
        return False


@fault("HOSTILE-INPUT")
class IntegerOverflow(CrashesOnPayloads):
    """Integers are limited to 64 bits."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return any(isinstance(value, int) and abs(value) >= 2**63 for value in scalars(document))


@fault("NO-SERVER-ERROR")
class EmptyName(CrashesOnPayloads):
    """A PATCH with an empty field name fails."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "patch" and "" in document


@fault("NO-SERVER-ERROR")
class LongNames(CrashesOnPayloads):
    """Field names over 250 characters fail."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return any(len(name) > 250 for name in document)


@fault("NO-SERVER-ERROR")
class ReasonMustBeText(CrashesOnPayloads):
    """A reason that is not text breaks the history."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "transition" and not isinstance(document.get("reason", ""), str)


@fault("NO-SERVER-ERROR")
class WorkflowMustBeText(CrashesOnPayloads):
    """An array or an object as `workflowId` fails."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "transition" and isinstance(document.get("workflowId"), list | dict)


@fault("HOSTILE-INPUT")
class LargeText(CrashesOnPayloads):
    """A PATCH with a text over 65,535 characters does not fit its column."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "patch" and any(
            isinstance(value, str) and len(value) > 65535 for value in scalars(document)
        )


@fault("HOSTILE-INPUT")
class DeepNestingCrashes(CaseService):
    """Nesting beyond the parser's limit causes a server error."""

    def parse(self, body: bytes) -> Any:
        try:
            return super().parse(body)
        except RecursionError:
            raise Refusal(500, "stack overflow") from None


@fault("HOSTILE-INPUT")
class NumberOutOfRange(CaseService):
    """A number beyond the range of a double causes a server error."""

    def parse(self, body: bytes) -> Any:
        return json.loads(body, parse_float=self.double, parse_constant=self.reject_constant)

    def double(self, digits: str) -> float:
        if math.isinf(float(digits)):
            raise Refusal(500, "out of range")
        return float(digits)


@fault("HOSTILE-INPUT")
class InvalidUtf8Crashes(CaseService):
    """A body that is not UTF-8 causes a server error."""

    def parse(self, body: bytes) -> Any:
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Refusal(500, "codec error") from None
        return super().parse(body)


@fault("NO-SERVER-ERROR")
class DuplicateMembers(CaseService):
    """A duplicate member causes a server error."""

    def parse(self, body: bytes) -> Any:
        return json.loads(body, object_pairs_hook=self.columns, parse_constant=self.reject_constant)

    def columns(self, pairs: list[tuple[str, Any]]) -> Fields:
        if len(dict(pairs)) < len(pairs):
            raise Refusal(500, "column specified twice")
        return dict(pairs)


@fault("NO-SERVER-ERROR")
class UnescapedIds(CaseService):
    """The id goes into a query unescaped, so a quote, NUL or a non-ASCII character breaks it."""

    def load(self, call: Call) -> Record:
        if not call.id.isascii() or "'" in call.id or "\0" in call.id:
            raise Refusal(500, "syntax error")
        return super().load(call)


@fault("HOSTILE-INPUT")
class UnknownCharset(CaseService):
    """An unknown charset in the media type causes a server error."""

    def check_media_type(self, media_type: str) -> None:
        charset = re.search(r"charset=\"?([^\s;\"]+)", media_type)
        try:
            codecs.lookup(charset[1] if charset else "utf-8")
        except LookupError:
            raise Refusal(500, "unknown encoding") from None
        super().check_media_type(media_type)


@fault("NO-SERVER-ERROR")
class TransitionBodyIsArray(CaseService):
    """A transition whose body is not an object causes a server error."""

    def transition(self, call: Call) -> Response:
        try:
            document = self.parse(call.request.body)
        except ValueError:
            document = {}
        if not isinstance(document, dict):
            raise Refusal(500, "no such attribute")
        return super().transition(call)


@fault("NO-SERVER-ERROR")
class PatchFails(CaseService):
    """Every PATCH causes a server error."""

    def patch(self, call: Call) -> Response:
        return self.refuse(Refusal(500, "PATCH failed"))


@fault("NO-SERVER-ERROR")
class TransitionFails(CaseService):
    """Every transition causes a server error."""

    def transition(self, call: Call) -> Response:
        return self.refuse(Refusal(500, "the transition failed"))


@fault("PATCH-STATUS")
class PatchIsNotAllowed(CaseService):
    """PATCH is an unknown method for a case."""

    def route(self, request: Request) -> Call:
        try:
            call = super().route(request)
        except Refusal as refusal:
            allowed = refusal.headers.get("Allow", "")
            raise Refusal(refusal.status, refusal.reason, Allow=allowed.replace(", PATCH", "")) from None
        if call.operation == "patch":
            raise Refusal(405, "no such method here", Allow="GET, HEAD, PUT")
        return call
