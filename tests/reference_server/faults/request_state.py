"""Faults in state that survives a request: in a session, a cache or an entity tag."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


class RefusesLongTexts(CaseService):
    """Base for servers that refuse long texts, and keep a part of the refused update."""

    def keep(self, record: Record, fields: Fields) -> None:
        """Keep a part of the refused update."""
        raise NotImplementedError

    def validate(self, call: Call, document: Fields) -> None:
        record = self.rows.load(call.id)
        if record is None or call.operation == "transition":
            return
        if any(isinstance(value, str) and len(value) > 65_536 for value in document.values()):
            self.keep(record, self.clean(call, document))
            raise Refusal(422, "too long")


@fault("UPDATE-REFUSED-INERT")
class NextUpdateCommitsRefused(RefusesLongTexts):
    """The next successful update commits the refused one."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: dict[str, Fields] = {}

    def keep(self, record: Record, fields: Fields) -> None:
        self.pending[record.id] = {"testHalf": fields.get("testHalf")}

    def updated(self, call: Call, record: Record) -> Response:
        pending = self.pending.pop(record.id, {})
        return super().updated(call, replace(record, fields=pending | record.fields))


@fault("UPDATE-REFUSED-INERT")
class RefusedIsShownUntilWrite(RefusesLongTexts):
    """Reads show the refused update until the next write."""

    def __init__(self) -> None:
        super().__init__()
        self.dirty: dict[str, Record] = {}

    def keep(self, record: Record, fields: Fields) -> None:
        self.dirty[record.id] = replace(record, fields=record.fields | {"testHalf": fields.get("testHalf")})

    def perform(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            self.dirty.clear()
        return super().perform(request)

    def get(self, call: Call) -> Response:
        return self.json_response(200, self.render(self.dirty.get(call.id) or self.load(call)))


class RemembersReads(CaseService):
    """Base for servers that remember each case as the last GET showed it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Record] = {}

    def get(self, call: Call) -> Response:
        self.seen[call.id] = self.load(call)
        return super().get(call)

    def last_read(self, record: Record) -> Record:
        """Return the record as the last GET showed it."""
        return self.seen.get(record.id, record)


@fault("TRANSITION-ONLY-STATUS")
class TransitionRestoresReadFields(RemembersReads):
    """A transition writes back the fields of the last GET, so later updates are lost."""

    def transitioned(self, record: Record, status: str) -> Record:
        return super().transitioned(replace(record, fields=self.last_read(record).fields), status)


@fault("UPDATE-WORKFLOW-KEPT")
class PatchRestoresReadStatus(RemembersReads):
    """A PATCH writes back the status of the last GET."""

    def merged(self, record: Record, fields: Fields) -> Record:
        return replace(super().merged(record, fields), status=self.last_read(record).status)


@fault("TRANSITION-CYCLE")
class SecondTransitionNeedsRead(CaseService):
    """The second of two transitions without a GET in between returns 200 and is ignored."""

    def __init__(self) -> None:
        super().__init__()
        self.unread: set[str] = set()

    def get(self, call: Call) -> Response:
        self.unread.discard(call.id)
        return super().get(call)

    def transitioned(self, record: Record, status: str) -> Record:
        if record.id in self.unread:
            return record
        self.unread.add(record.id)
        return super().transitioned(record, status)


class EntityTags(CaseService):
    """Base for servers with entity tags and conditional GET."""

    def tagged_value(self, record: Record) -> Any:
        """Return the value from which the tag is computed."""
        raise NotImplementedError

    def get(self, call: Call) -> Response:
        tag = f'"{hashlib.md5(json.dumps(self.tagged_value(self.load(call))).encode()).hexdigest()}"'
        if call.request.headers.get("if-none-match") == tag:
            return Response(304, headers={"ETag": tag})
        response = super().get(call)
        response.headers["ETag"] = tag
        return response


@fault("TRANSITION-MOVES")
class TagIgnoresStatus(EntityTags):
    """The tag covers the client's fields but not the status."""

    def tagged_value(self, record: Record) -> Any:
        return record.fields


@fault("UPDATE-VISIBLE")
class TagCoversFirstFields(EntityTags):
    """The tag covers the status and the first twelve fields."""

    def tagged_value(self, record: Record) -> Any:
        return [record.status, list(record.fields.items())[:12]]
