"""Faults in isolation: effects on unknown cases, refused updates and other cases."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal, Rows
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


@fault("UPDATE-UNKNOWN")
class PutCreates(CaseService):
    """A PUT to an unknown id returns 404 but creates a case."""

    def load(self, call: Call) -> Record:
        if call.operation == "put" and self.rows.load(call.id) is None:
            self.rows.insert(Record(call.id, self.new_date(), self.new_workflow(), "Open", self.fields(call)))
            raise Refusal(404, "no such case")
        return super().load(call)


@fault("UPDATE-UNKNOWN")
class PatchOfUnknownIsAccepted(CaseService):
    """A PATCH of an unknown case returns 200."""

    def patch(self, call: Call) -> Response:
        if self.rows.load(call.id) is None:
            return self.json_response(200, {"status": "ok", "modified": 0})
        return super().patch(call)


# Refused updates


class WritesBeforeValidating(CaseService):
    """Base for servers that write something before they reject a body."""

    def partly_written(self, record: Record, body: bytes) -> Fields:
        """Return the fields that the rejected body leaves behind."""
        raise NotImplementedError

    def read(self, call: Call) -> Fields:
        try:
            return super().read(call)
        except Refusal:
            if call.operation in ("put", "patch") and (record := self.rows.load(call.id)):
                self.rows.save(replace(record, fields=self.partly_written(record, call.request.body)))
            raise


@fault("UPDATE-VALIDATES")
class ClearsThenParses(WritesBeforeValidating):
    """The old fields are deleted before the body is parsed."""

    def partly_written(self, record: Record, body: bytes) -> Fields:
        return {}


@fault("UPDATE-VALIDATES")
class StreamsMembers(WritesBeforeValidating):
    """A streaming parser stores the members before the syntax error."""

    def partly_written(self, record: Record, body: bytes) -> Fields:
        found = re.findall(
            r'"(\w+)"\s*:\s*("[ !#-\[\]-\uffff]*"|-?[1-9]\d{,15}|true|false)\s*[,}]',
            body.decode("utf-8", "ignore"),
        )
        return record.fields | {name: json.loads(value) for name, value in found}


@fault("UPDATE-VALIDATES")
class PatchTakesArrays(CaseService):
    """A PATCH with an array is accepted and ignored."""

    def parse(self, body: bytes) -> Any:
        document = super().parse(body)
        return {} if isinstance(document, list) else document

    def create(self, call: Call) -> Response:
        with suppress(ValueError):  # the service refuses malformed JSON
            if isinstance(super().parse(call.request.body or b"{}"), list):
                raise Refusal(400, "the body is not an object")
        return super().create(call)


# Other cases


class SharedRows(Rows):
    """Store in which records with equal fields share a row."""

    def save(self, record: Record) -> None:
        old = self.load(record.id)
        for other in list(self.texts):
            if old and other != record.id and old.fields and self.load(other).fields == old.fields:
                super().save(replace(self.load(other), fields=record.fields))
        super().save(record)


class LiveRows(Rows):
    """Stores the records themselves, so their objects stay the same in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, Record] = {}

    def insert(self, record: Record) -> None:
        self.records[record.id] = record

    def load(self, id_: str) -> Record | None:
        return self.records.get(id_)


@fault("UPDATE-ISOLATED")
class EqualObjectsAreShared(CaseService):
    """Equal objects of new cases are one object in memory, and a PATCH merges into it."""

    rows_type = LiveRows

    def __init__(self) -> None:
        super().__init__()
        self.pool: dict[str, Any] = {}

    def create(self, call: Call) -> Response:
        self.pool.update(
            {
                json.dumps(value): value
                for value in self.fields(call).values()
                if json.dumps(value) not in self.pool
            }
        )
        return super().create(call)

    def clean(self, call: Call, document: Fields) -> Fields:
        fields = super().clean(call, document)
        if call.operation != "create":
            return fields
        return {name: self.pool.get(json.dumps(value), value) for name, value in fields.items()}

    def merged(self, record: Record, fields: Fields) -> Record:
        for name, value in fields.items():
            old = record.fields.get(name)
            if isinstance(old, dict) and isinstance(value, dict):
                old.update(value)
            else:
                record.fields[name] = value
        return record


@fault("UPDATE-ISOLATED")
class EqualCasesShareRow(CaseService):
    """An update of a case changes every case with equal fields."""

    rows_type = SharedRows


@fault("UPDATE-ISOLATED")
class TransitionAffectsAllCases(CaseService):
    """All cases share a workflow, and a transition affects all of them."""

    def new_workflow(self) -> str:
        return "8f5b3a9e-0000-4000-8000-3d6f1f1a2b4c"

    def transitioned(self, record: Record, status: str) -> Record:
        for id_ in list(self.rows.texts):
            self.rows.save(super().transitioned(self.rows.load(id_), status))
        return super().transitioned(record, status)


@fault("UPDATE-ISOLATED")
class PutChangesNeighbours(CaseService):
    """A PUT also changes cases created within the same second."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        born = datetime.fromisoformat(record.created)
        for id_ in [*self.rows.texts][-3:]:
            other = self.rows.load(id_)
            if other.id != record.id and abs(datetime.fromisoformat(other.created) - born) < timedelta(
                seconds=1
            ):
                self.rows.save(replace(other, fields=fields))
        return super().replaced(record, fields)


@fault("UPDATE-ISOLATED")
class CreateChangesPrevious(CaseService):
    """A create resets the previous case and adds fields to it."""

    last = ""

    def create(self, call: Call) -> Response:
        before = self.rows.load(self.last)
        if before:
            self.rows.save(
                replace(before, status=self.first_status, fields=before.fields | self.fields(call))
            )
        response = super().create(call)
        self.last = json.loads(response.body)["id"]
        return response


@fault("NO-SERVER-ERROR")
class EmptyPutCrashes(CaseService):
    """A PUT without a body causes a server error."""

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        if request.method == "PUT" and response.status == 400 and not request.body:
            return self.refuse(Refusal(500, "unexpected end of input"))
        return response


@fault("UPDATE-UNKNOWN")
class PayloadIdIsFallback(CaseService):
    """If the path names no case, the `id` in the payload is used."""

    def load(self, call: Call) -> Record:
        if call.operation in ("put", "patch") and self.rows.load(call.id) is None:
            call = replace(call, id=str(self.read(call).get("id")))
        return super().load(call)


@fault("UPDATE-WORKFLOW-KEPT")
class NestedStatusCloses(CaseService):
    """A nested `caseStatus` in a PATCH closes the case."""

    def merged(self, record: Record, fields: Fields) -> Record:
        inner = any(isinstance(value, dict) and "caseStatus" in value for value in fields.values())
        return replace(super().merged(record, fields), status="Closed" if inner else record.status)
