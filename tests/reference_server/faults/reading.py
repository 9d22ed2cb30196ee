"""Faults in reading a case: its content, side effects and lookup."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace

from reference_server.catalogue import fault
from reference_server.records import Call, Record, Refusal, Rows
from reference_server.service import CaseService
from reference_server.sockets import Request, Response
from reference_server.value_changes import texts


@fault("GET-SAME")
class NewWorkflowEachRead(CaseService):
    """Every GET shows a new workflow id."""

    def get(self, call: Call) -> Response:
        record = replace(self.load(call), workflow=str(uuid.uuid4()))
        self.rows.save(record)
        return self.json_response(200, self.render(record))


@fault("GET-SAME")
class GetReturnsList(CaseService):
    """GET returns a list of records."""

    def get(self, call: Call) -> Response:
        return self.json_response(200, {"records": [self.render(self.load(call))], "count": 1})


@fault("GET-SAFE")
class GetChangesStatus(CaseService):
    """The first GET sets the status to "In progress"."""

    transitions = CaseService.transitions | {("In progress", "Close"): "Closed"}

    def get(self, call: Call) -> Response:
        response = super().get(call)
        record = self.load(call)
        if record.status == "Open":
            self.rows.save(replace(record, status="In progress"))
        return response


@fault("GET-SAFE")
class SecondGetTruncates(CaseService):
    """The second GET truncates all texts."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: dict[str, int] = {}

    def get(self, call: Call) -> Response:
        self.reads[call.id] = self.reads.get(call.id, 0) + 1
        response = super().get(call)
        if self.reads[call.id] == 2:
            record = self.load(call)
            self.rows.save(replace(record, fields=texts(lambda text: text[:12])(record.fields)))
        return response


@fault("GET-SAFE")
class ThirdGetChangesDate(CaseService):
    """Every third GET changes the date."""

    reads = itertools.count(1)

    def get(self, call: Call) -> Response:
        if next(self.reads) % 3 == 0:
            self.rows.save(replace(self.load(call), created=self.new_date()))
        return super().get(call)


class LaxLookup(CaseService):
    """Base for servers that find a case by an inexact id."""

    def matches(self, id_: str, wanted: str) -> bool:
        """Return True if the requested id finds the case."""
        raise NotImplementedError

    def load(self, call: Call) -> Record:
        found = next((id_ for id_ in list(self.rows.texts) if self.matches(id_, call.id)), call.id)
        return super().load(replace(call, id=found))


@fault("GET-UNKNOWN")
class FindsByPrefix(LaxLookup):
    """The first eight characters of an id find the case."""

    def matches(self, id_: str, wanted: str) -> bool:
        return id_[:8] == wanted[:8]


@fault("GET-UNKNOWN")
class IgnoresTrailingText(LaxLookup):
    """Text after the id is ignored."""

    def matches(self, id_: str, wanted: str) -> bool:
        return wanted.startswith(id_)


@fault("GET-UNKNOWN")
class FindsByWildcard(LaxLookup):
    """The id goes into an SQL LIKE, so wildcards work."""

    def matches(self, id_: str, wanted: str) -> bool:
        return "%" in wanted and id_.startswith(wanted.partition("%")[0])


@fault("GET-UNKNOWN")
class UnknownIs400(CaseService):
    """An unknown id returns 400."""

    def load(self, call: Call) -> Record:
        if self.rows.load(call.id) is None:
            raise Refusal(400, "no such case")
        return super().load(call)


@fault("HEAD-SAME")
class HeadIsAlways200(CaseService):
    """HEAD returns 200 for any id."""

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        if request.method == "HEAD" and response.status == 404:
            response.status = 200
        return response


@fault("HEAD-SAME")
class HeadHasOtherHeaders(CaseService):
    """HEAD returns another media type and no length."""

    def finish(self, request: Request, response: Response) -> Response:
        if request.method == "HEAD" and response.status == 200:
            return Response(200, b"", {"Content-Type": "text/html"})
        return response


class TenRows(Rows):
    """Store that keeps only the ten newest cases."""

    def insert(self, record: Record) -> None:
        super().insert(record)
        while len(self.texts) > 10:
            del self.texts[next(iter(self.texts))]


@fault("UPDATE-ISOLATED")
class KeepsTenCases(CaseService):
    """The eleventh case evicts the oldest."""

    rows_type = TenRows


@fault("GET-SAFE")
class HeadReopens(CaseService):
    """A HEAD of a closed case reopens it."""

    def get(self, call: Call) -> Response:
        record = self.load(call)
        if call.request.method == "HEAD" and record.status == "Closed":
            self.rows.save(replace(record, status="Reopened"))
        return super().get(call)


@fault("UPDATE-VISIBLE")
class ConditionAlwaysMatches(CaseService):
    """A GET with any If-None-Match header returns 304."""

    def get(self, call: Call) -> Response:
        return Response(304) if "if-none-match" in call.request.headers else super().get(call)


@fault("GET-SAME", "GET-SAFE")
class GetMakesWorkflowIds(CaseService):
    """GET shows a new `lastWorkflowId` each time, which no transition accepts."""

    def get(self, call: Call) -> Response:
        return self.json_response(200, self.render(replace(self.load(call), workflow=self.new_workflow())))


@fault("GET-SAME", "SCHEMA")
class GetOmitsDate(CaseService):
    """GET shows no `createdDate`."""

    def get(self, call: Call) -> Response:
        shown = self.render(self.load(call))
        return self.json_response(
            200, {name: value for name, value in shown.items() if name != "createdDate"}
        )
