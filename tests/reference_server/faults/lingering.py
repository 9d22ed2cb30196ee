"""Servers that keep something from one request to the next: in a session, a cache, a tag."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


class Choosy(CaseService):
    """Refuses updates whose texts are longer than a column; `leave` says what of them stays behind."""

    def leave(self, record: Record, fields: Fields) -> None:
        raise NotImplementedError

    def check(self, call: Call, document: Fields) -> None:
        record = self.rows.load(call.id)
        if record is None or call.operation == "transition":
            return
        if any(isinstance(value, str) and len(value) > 65_536 for value in document.values()):
            self.leave(record, self.clean(call, document))
            raise Refusal(422, "too long")


@fault("UPDATE-REFUSED-INERT")
class FlushedByTheNext(Choosy):
    """What was refused stays in the session, and the next update that is carried out commits it."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: dict[str, Fields] = {}

    def leave(self, record: Record, fields: Fields) -> None:
        self.pending[record.id] = {"testHalf": fields.get("testHalf")}

    def updated(self, call: Call, record: Record) -> Response:
        pending = self.pending.pop(record.id, {})
        return super().updated(call, replace(record, fields=pending | record.fields))


@fault("UPDATE-REFUSED-INERT")
class ShownUntilTheNext(Choosy):
    """What was refused shows to readers until the next write rolls it back."""

    def __init__(self) -> None:
        super().__init__()
        self.dirty: dict[str, Record] = {}

    def leave(self, record: Record, fields: Fields) -> None:
        self.dirty[record.id] = replace(record, fields=record.fields | {"testHalf": fields.get("testHalf")})

    def perform(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            self.dirty.clear()
        return super().perform(request)

    def get(self, call: Call) -> Response:
        return self.answer(200, self.render(self.dirty.get(call.id) or self.load(call)))


class Read(CaseService):
    """Remembers each case as the last GET showed it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Record] = {}

    def get(self, call: Call) -> Response:
        self.seen[call.id] = self.load(call)
        return super().get(call)

    def as_read(self, record: Record) -> Record:
        return self.seen.get(record.id, record)


@fault("TRANSITION-ONLY-STATUS")
class MovesWhatWasRead(Read):
    """A move writes the fields of the last GET back; what was updated since is lost."""

    def moved(self, record: Record, status: str) -> Record:
        return super().moved(replace(record, fields=self.as_read(record).fields), status)


@fault("UPDATE-WORKFLOW-KEPT")
class PatchesWhatWasRead(Read):
    """A PATCH writes the status of the last GET back."""

    def merged(self, record: Record, fields: Fields) -> Record:
        return replace(super().merged(record, fields), status=self.as_read(record).status)


@fault("TRANSITION-CYCLE")
class OneMoveARead(CaseService):
    """The second of two moves without a GET between them is answered 200, and dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.unread: set[str] = set()

    def get(self, call: Call) -> Response:
        self.unread.discard(call.id)
        return super().get(call)

    def moved(self, record: Record, status: str) -> Record:
        if record.id in self.unread:
            return record
        self.unread.add(record.id)
        return super().moved(record, status)


class Tagged(CaseService):
    """Answers a GET with a tag, and one that shows it again with 304."""

    def of(self, record: Record) -> Any:
        """What the tag is made of."""
        raise NotImplementedError

    def get(self, call: Call) -> Response:
        tag = f'"{hashlib.md5(json.dumps(self.of(self.load(call))).encode()).hexdigest()}"'
        if call.request.headers.get("if-none-match") == tag:
            return Response(304, headers={"ETag": tag})
        response = super().get(call)
        response.headers["ETag"] = tag
        return response


@fault("TRANSITION-MOVES")
class TagOfFields(Tagged):
    """The tag is made of the client's fields; a move leaves it as it was."""

    def of(self, record: Record) -> Any:
        return record.fields


@fault("UPDATE-VISIBLE")
class TagOfTheFirst(Tagged):
    """The tag is made of the status and the first fields."""

    def of(self, record: Record) -> Any:
        return [record.status, list(record.fields.items())[:12]]
