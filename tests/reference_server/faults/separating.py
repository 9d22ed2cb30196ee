"""Servers whose updates reach too far: cases that do not exist, bodies that are refused, other cases."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal, Rows
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


@fault("UPDATE-UNKNOWN")
class PutCreates(CaseService):
    """A PUT on an id that no case has makes one, and answers 404 all the same."""

    def load(self, call: Call) -> Record:
        if call.operation == "put" and self.rows.load(call.id) is None:
            self.rows.insert(Record(call.id, self.new_date(), self.new_workflow(), "Open", self.fields(call)))
            raise Refusal(404, "no such case")
        return super().load(call)


@fault("UPDATE-UNKNOWN")
class PatchOfNothingIsFine(CaseService):
    """An UPDATE of no row is a success."""

    def patch(self, call: Call) -> Response:
        if self.rows.load(call.id) is None:
            return self.answer(200, {"status": "ok", "modified": 0})
        return super().patch(call)


# Refused updates


class Eager(CaseService):
    """Writes something before it has seen that a body is no good."""

    def rescued(self, record: Record, body: bytes) -> Fields:
        raise NotImplementedError

    def read(self, call: Call) -> Fields:
        try:
            return super().read(call)
        except Refusal:
            if call.operation in ("put", "patch") and (record := self.rows.load(call.id)):
                self.rows.save(replace(record, fields=self.rescued(record, call.request.body)))
            raise


@fault("UPDATE-VALIDATES")
class ClearsThenParses(Eager):
    """The old fields are deleted, then the body is read."""

    def rescued(self, record: Record, body: bytes) -> Fields:
        return {}


@fault("UPDATE-VALIDATES")
class StreamsMembers(Eager):
    """A parser that reports members as they come: what stood before the error is written."""

    def rescued(self, record: Record, body: bytes) -> Fields:
        found = re.findall(
            r'"(\w+)"\s*:\s*("[^"\\]*"|-?\d+|true|false)\s*[,}]', body.decode("utf-8", "ignore")
        )
        return record.fields | {name: json.loads(value) for name, value in found}


@fault("UPDATE-VALIDATES")
class PatchTakesArrays(CaseService):
    """A PATCH with an array is a list of operations, of which it knows none."""

    def parse(self, body: bytes) -> Any:
        document = super().parse(body)
        return {} if isinstance(document, list) else document

    def create(self, call: Call) -> Response:
        if isinstance(super().parse(call.request.body or b"{}"), list):
            raise Refusal(400, "the body is not an object")
        return super().create(call)


# Other cases


class SharedRows(Rows):
    """Records with equal fields share a row, and an update changes the row."""

    def save(self, record: Record) -> None:
        old = self.load(record.id)
        for other in list(self.texts):
            if old and other != record.id and old.fields and self.load(other).fields == old.fields:
                super().save(replace(self.load(other), fields=record.fields))
        super().save(record)


@fault("UPDATE-ISOLATED")
class EqualCasesShare(CaseService):
    rows_type = SharedRows


@fault("UPDATE-ISOLATED")
class ClosesAllOfTheWorkflow(CaseService):
    """A transition moves every case of its workflow, and all cases are in one."""

    def new_workflow(self) -> str:
        return "8f5b3a9e-0000-4000-8000-3d6f1f1a2b4c"

    def moved(self, record: Record, status: str) -> Record:
        for id_ in list(self.rows.texts):
            self.rows.save(super().moved(self.rows.load(id_), status))
        return super().moved(record, status)


@fault("UPDATE-ISOLATED")
class PutReachesTheNeighbour(CaseService):
    """A PUT is by the second of creation, and a few cases share one."""

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
class CreateReopensTheLast(CaseService):
    """A create sets the status of the case before back: both share a draft."""

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
    """A PUT without a body breaks its handler."""

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        if request.method == "PUT" and response.status == 400 and not request.body:
            return self.refuse(Refusal(500, "unexpected end of input"))
        return response


@fault("UPDATE-UNKNOWN")
class FindsTheCaseInThePayload(CaseService):
    """Where the path names no case, the payload's id does."""

    def load(self, call: Call) -> Record:
        if call.operation in ("put", "patch") and self.rows.load(call.id) is None:
            call = replace(call, id=str(self.read(call).get("id")))
        return super().load(call)


@fault("UPDATE-WORKFLOW-KEPT")
class InnerStatusMoves(CaseService):
    """A caseStatus inside another field moves the case."""

    def merged(self, record: Record, fields: Fields) -> Record:
        inner = any(isinstance(value, dict) and "caseStatus" in value for value in fields.values())
        return replace(super().merged(record, fields), status="Closed" if inner else record.status)
