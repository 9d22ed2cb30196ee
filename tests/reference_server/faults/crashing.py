"""Servers that answer 500 to what a client may well send."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal, scalars
from reference_server.service import CaseService
from reference_server.sockets import Response


class Crashing(CaseService):
    """Answers 500 to some payloads."""

    def crashes(self, call: Call, document: Fields) -> bool:
        raise NotImplementedError

    def check(self, call: Call, document: Fields) -> None:
        if self.crashes(call, document):
            raise Refusal(500, "internal error")


@fault("NO-SERVER-ERROR")
class NulInText(Crashing):
    """The database knows no NUL in a text."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return any(isinstance(value, str) and "\0" in value for value in scalars(document))


@fault("NO-SERVER-ERROR")
class NulInReason(Crashing):
    """The same, but only where a transition writes its history."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "transition" and "\0" in str(document.get("reason"))


@fault("NO-SERVER-ERROR")
class HalfSurrogate(Crashing):
    def crashes(self, call: Call, document: Fields) -> bool:
        try:
            json.dumps(document, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return True
        return False


@fault("NO-SERVER-ERROR")
class IntegerOverflow(Crashing):
    """Integers have 64 bits."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return any(isinstance(value, int) and abs(value) >= 2**63 for value in scalars(document))


@fault("NO-SERVER-ERROR")
class EmptyName(Crashing):
    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "patch" and "" in document


@fault("NO-SERVER-ERROR")
class LongNames(Crashing):
    def crashes(self, call: Call, document: Fields) -> bool:
        return any(len(name) > 250 for name in document)


@fault("NO-SERVER-ERROR")
class ReasonIsText(Crashing):
    """A reason that is no text breaks the history."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "transition" and not isinstance(document.get("reason", ""), str)


@fault("NO-SERVER-ERROR")
class WorkflowIsText(Crashing):
    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "transition" and isinstance(document.get("workflowId"), list | dict)


@fault("NO-SERVER-ERROR")
class LargeText(Crashing):
    """A column for texts of 64 kB, on PATCH."""

    def crashes(self, call: Call, document: Fields) -> bool:
        return call.operation == "patch" and any(
            isinstance(value, str) and len(value) > 65535 for value in scalars(document)
        )


@fault("NO-SERVER-ERROR")
class DeepPutCrashes(CaseService):
    """A nesting that is too deep for the parser is no refusal."""

    def parse(self, body: bytes) -> Any:
        try:
            return super().parse(body)
        except RecursionError:
            raise Refusal(500, "stack overflow") from None


@fault("NO-SERVER-ERROR")
class InfiniteNumber(CaseService):
    """A number that no float holds is found out when it is written."""

    def parse(self, body: bytes) -> Any:
        if re.search(rb"[eE]\+?\d{3}", body):
            raise Refusal(500, "out of range")
        return super().parse(body)


@fault("NO-SERVER-ERROR")
class BrokenEncodingCrashes(CaseService):
    def parse(self, body: bytes) -> Any:
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Refusal(500, "codec error") from None
        return super().parse(body)


@fault("NO-SERVER-ERROR")
class DuplicateMembers(CaseService):
    def parse(self, body: bytes) -> Any:
        return json.loads(body, object_pairs_hook=self.columns, parse_constant=self.constant)

    def columns(self, pairs: list[tuple[str, Any]]) -> Fields:
        if len(dict(pairs)) < len(pairs):
            raise Refusal(500, "column specified twice")
        return dict(pairs)


@fault("NO-SERVER-ERROR")
class OddIds(CaseService):
    """An id with a character outside ASCII, or a quote, goes into a query as it is."""

    def load(self, call: Call) -> Record:
        if not call.id.isascii() or "'" in call.id or "\0" in call.id:
            raise Refusal(500, "syntax error")
        return super().load(call)


@fault("NO-SERVER-ERROR")
class UnknownCharset(CaseService):
    """A charset that it does not know breaks the reader."""

    def accept(self, media_type: str) -> None:
        charset = re.search(r"charset=\"?([^\s;\"]+)", media_type)
        try:
            codecs.lookup(charset[1] if charset else "utf-8")
        except LookupError:
            raise Refusal(500, "unknown encoding") from None
        super().accept(media_type)


@fault("NO-SERVER-ERROR")
class BodyIsAnArray(CaseService):
    """A transition whose body is no object breaks."""

    def transition(self, call: Call) -> Response:
        try:
            document = self.parse(call.request.body)
        except ValueError:
            document = {}
        if not isinstance(document, dict):
            raise Refusal(500, "no such attribute")
        return super().transition(call)
