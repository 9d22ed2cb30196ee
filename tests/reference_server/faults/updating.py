"""Servers that are wrong about PUT, and about how an update is answered."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record
from reference_server.service import CaseService
from reference_server.sockets import Response

# How an update is answered


class Restated(CaseService):
    """Answers some updates with another status or body."""

    def restated(self, call: Call, response: Response, changed: bool) -> Response:
        raise NotImplementedError

    def updated(self, call: Call, record: Record) -> Response:
        changed = self.rows.load(record.id) != record
        return self.restated(call, super().updated(call, record), changed)


@fault("PUT-STATUS")
class PutIs204(Restated):
    def restated(self, call: Call, response: Response, changed: bool) -> Response:
        return Response(204) if call.operation == "put" else response


@fault("PATCH-STATUS")
class SecondPatchIs202(Restated):
    """A PATCH that follows another is queued, by its status."""

    patched: ClassVar[Counter[str]] = Counter()

    def restated(self, call: Call, response: Response, changed: bool) -> Response:
        if call.operation == "patch":
            self.patched[call.id] += 1
            response.status = 202 if self.patched[call.id] > 1 else 200
        return response


@fault("PUT-STATUS")
class UnchangedPutIs304(Restated):
    """A PUT of what is there already is answered with 304."""

    def restated(self, call: Call, response: Response, changed: bool) -> Response:
        return response if changed or call.operation != "put" else Response(304)


@fault("PATCH-STATUS")
class UnchangedPatchIsEmpty(Restated):
    """A PATCH that changes nothing is answered with 200 and no body."""

    def restated(self, call: Call, response: Response, changed: bool) -> Response:
        return response if changed or call.operation != "patch" else Response(200)


@fault("UPDATE-VISIBLE")
class AnswersTheOldRecord(CaseService):
    """The answer to a PATCH is the record from before."""

    def updated(self, call: Call, record: Record) -> Response:
        before = self.rows.load(record.id)
        response = super().updated(call, record)
        return self.answer(200, self.render(before)) if call.operation == "patch" else response


@fault("UPDATE-IDENTITY")
class AnswersANewDate(CaseService):
    """The answer to a PUT shows the time of the PUT as the date of creation; a GET has the right one."""

    def outcome(self, call: Call, record: Record) -> Fields:
        return super().outcome(call, record) | (
            {"createdDate": self.new_date()} if call.operation == "put" else {}
        )


# What PUT does


@fault("PUT-REPLACES")
class PutMergesObjects(CaseService):
    """PUT replaces fields, but merges an object into the object that was there."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        old = record.fields
        both = {
            n: old[n] | v for n, v in fields.items() if isinstance(v, dict) and isinstance(old.get(n), dict)
        }
        return super().replaced(record, fields | both)


@fault("PUT-REPLACES")
class PutKeepsObjects(CaseService):
    """PUT removes plain fields; objects and arrays stay in their own tables."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        kept = {name: value for name, value in record.fields.items() if isinstance(value, dict | list)}
        return super().replaced(record, kept | fields)


@fault("PUT-REPLACES")
class PutKnowsOldColumns(CaseService):
    """PUT writes only columns that the create made."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return super().replaced(record, {name: fields.get(name) for name in record.fields})


@fault("PUT-REPLACES")
class EmptyPutIsIgnored(CaseService):
    """A PUT of {} is taken for a mistake and changes nothing."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return super().replaced(record, fields or record.fields)


@fault("PUT-REPLACES")
class SecondPutMerges(CaseService):
    """The first PUT replaces; later ones merge."""

    puts: ClassVar[Counter[str]] = Counter()

    def replaced(self, record: Record, fields: Fields) -> Record:
        self.puts[record.id] += 1
        return super().replaced(record, fields if self.puts[record.id] == 1 else record.fields | fields)


@fault("PUT-IDEMPOTENT")
class PutTogglesFlags(CaseService):
    """What a PUT repeats unchanged is taken for a removal."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        if fields == record.fields:
            fields = {name: not value if isinstance(value, bool) else value for name, value in fields.items()}
        return super().replaced(record, fields)


@fault("PUT-IDEMPOTENT")
class PutAppendsOnRepeat(CaseService):
    """Array items are rows, inserted by a PUT, and deleted only if the array changed."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        doubled = {n: v + v for n, v in fields.items() if isinstance(v, list) and record.fields.get(n) == v}
        return super().replaced(record, fields | doubled)
