"""Servers that are wrong about reading: what a read shows, what it changes, what it finds."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace

from reference_server.catalogue import fault
from reference_server.mapping import texts
from reference_server.records import Call, Record, Refusal, Rows
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


@fault("GET-SAME")
class NewWorkflowEachRead(CaseService):
    """Every read gives out another id for the same workflow; all work."""

    def get(self, call: Call) -> Response:
        record = replace(self.load(call), workflow=str(uuid.uuid4()))
        self.rows.save(record)
        return self.answer(200, self.render(record))


@fault("GET-SAME")
class RecordsInAList(CaseService):
    def get(self, call: Call) -> Response:
        return self.answer(200, {"records": [self.render(self.load(call))], "count": 1})


@fault("GET-SAFE")
class Acknowledges(CaseService):
    """Who opens a case acknowledges it: its status becomes In progress."""

    moves = CaseService.moves | {("In progress", "Close"): "Closed"}

    def get(self, call: Call) -> Response:
        response = super().get(call)
        record = self.load(call)
        if record.status == "Open":
            self.rows.save(replace(record, status="In progress"))
        return response


@fault("GET-SAFE")
class MigratesOnRead(CaseService):
    """The second read of a case writes it back into shorter columns."""

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
class TouchesDates(CaseService):
    """Every third read renews the date."""

    reads = itertools.count(1)

    def get(self, call: Call) -> Response:
        if next(self.reads) % 3 == 0:
            self.rows.save(replace(self.load(call), created=self.new_date()))
        return super().get(call)


class Finding(CaseService):
    """Finds a case by less than its id."""

    def near(self, id_: str, wanted: str) -> bool:
        raise NotImplementedError

    def load(self, call: Call) -> Record:
        found = next((id_ for id_ in list(self.rows.texts) if self.near(id_, call.id)), call.id)
        return super().load(replace(call, id=found))


@fault("GET-UNKNOWN", "UPDATE-UNKNOWN", "TRANSITION-UNKNOWN")
class FindsByPrefix(Finding):
    """The first eight characters are enough."""

    def near(self, id_: str, wanted: str) -> bool:
        return id_[:8] == wanted[:8]


@fault("GET-UNKNOWN")
class FindsWithTail(Finding):
    """The pattern for ids has no end: what follows is not looked at."""

    def near(self, id_: str, wanted: str) -> bool:
        return wanted.startswith(id_)


@fault("GET-UNKNOWN")
class FindsByWildcard(Finding):
    """SQL's LIKE, with what the client sent."""

    def near(self, id_: str, wanted: str) -> bool:
        return "%" in wanted and id_.startswith(wanted.partition("%")[0])


@fault("GET-UNKNOWN")
class UnknownIsEmpty(CaseService):
    """An unknown id is answered with 200 and an empty object."""

    def get(self, call: Call) -> Response:
        return super().get(call) if self.rows.load(call.id) else self.answer(200, {})


@fault("GET-UNKNOWN")
class UnknownIs400(CaseService):
    """An unknown id is a bad request, whatever its form."""

    def load(self, call: Call) -> Record:
        if self.rows.load(call.id) is None:
            raise Refusal(400, "no such case")
        return super().load(call)


@fault("HEAD-SAME")
class HeadIsAlwaysFine(CaseService):
    """HEAD answers 200 for any id."""

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        if request.method == "HEAD" and response.status == 404:
            response.status = 200
        return response


@fault("HEAD-SAME")
class HeadIsPlain(CaseService):
    """HEAD tells another media type and no length."""

    def dress(self, request: Request, response: Response) -> Response:
        if request.method == "HEAD" and response.status == 200:
            return Response(200, b"", {"Content-Type": "text/html"})
        return response


class ForgettingRows(Rows):
    """Keeps the ten youngest cases."""

    def insert(self, record: Record) -> None:
        super().insert(record)
        while len(self.texts) > 10:
            del self.texts[next(iter(self.texts))]


@fault("UPDATE-ISOLATED")
class ForgetsTheOldest(CaseService):
    """A store with room for ten cases drops the first when the eleventh comes."""

    rows_type = ForgettingRows


@fault("GET-SAFE")
class HeadReopens(CaseService):
    """A HEAD of a closed case reopens it."""

    def get(self, call: Call) -> Response:
        record = self.load(call)
        if call.request.method == "HEAD" and record.status == "Closed":
            self.rows.save(replace(record, status="Reopened"))
        return super().get(call)


@fault("UPDATE-VISIBLE")
class AnyConditionIsMet(CaseService):
    """A GET with If-None-Match is answered 304, whatever it names."""

    def get(self, call: Call) -> Response:
        return Response(304) if "if-none-match" in call.request.headers else super().get(call)
