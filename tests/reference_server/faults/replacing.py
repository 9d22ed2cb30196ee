"""Faults in PUT and in the responses to updates."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record
from reference_server.service import CaseService
from reference_server.sockets import Response

# Responses to updates


class ChangesResponse(CaseService):
    """Base for servers that return another status or body for some updates."""

    def changed_response(self, call: Call, response: Response, changed: bool) -> Response:
        """Return the response that is sent instead."""
        raise NotImplementedError

    def updated(self, call: Call, record: Record) -> Response:
        changed = self.rows.load(record.id) != record
        return self.changed_response(call, super().updated(call, record), changed)


@fault("PATCH-STATUS")
class SecondPatchIs202(ChangesResponse):
    """The second PATCH of a case and every later one return 202."""

    patched: ClassVar[Counter[str]] = Counter()

    def changed_response(self, call: Call, response: Response, changed: bool) -> Response:
        if call.operation == "patch":
            self.patched[call.id] += 1
            response.status = 202 if self.patched[call.id] > 1 else 200
        return response


@fault("PUT-STATUS")
class UnchangedPutIs304(ChangesResponse):
    """A PUT that changes nothing returns 304."""

    def changed_response(self, call: Call, response: Response, changed: bool) -> Response:
        return response if changed or call.operation != "put" else Response(304)


@fault("PATCH-STATUS")
class UnchangedPatchIsEmpty(ChangesResponse):
    """A PATCH that changes nothing returns 200 without a body."""

    def changed_response(self, call: Call, response: Response, changed: bool) -> Response:
        return response if changed or call.operation != "patch" else Response(200)


@fault("UPDATE-IDENTITY")
class PutReturnsNewDate(CaseService):
    """The response to a PUT shows the current time as `createdDate`."""

    def update_body(self, call: Call, record: Record) -> Fields:
        return super().update_body(call, record) | (
            {"createdDate": self.new_date()} if call.operation == "put" else {}
        )


# Effect of PUT


@fault("PUT-REPLACES")
class PutMergesObjects(CaseService):
    """A PUT merges an object into the old object."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        old = record.fields
        both = {
            n: old[n] | v for n, v in fields.items() if isinstance(v, dict) and isinstance(old.get(n), dict)
        }
        return super().replaced(record, fields | both)


@fault("PUT-REPLACES")
class PutKeepsObjects(CaseService):
    """A PUT keeps old objects and arrays that it omits."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        kept = {name: value for name, value in record.fields.items() if isinstance(value, dict | list)}
        return super().replaced(record, kept | fields)


@fault("PUT-REPLACES")
class PutIgnoresNewFields(CaseService):
    """A PUT writes only fields that the case already has."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return super().replaced(record, {name: fields.get(name) for name in record.fields})


@fault("PUT-REPLACES")
class EmptyPutIsIgnored(CaseService):
    """A PUT of `{}` is ignored."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return super().replaced(record, fields or record.fields)


@fault("PUT-REPLACES")
class SecondPutMerges(CaseService):
    """The first PUT replaces the record; later ones are merged."""

    puts: ClassVar[Counter[str]] = Counter()

    def replaced(self, record: Record, fields: Fields) -> Record:
        self.puts[record.id] += 1
        return super().replaced(record, fields if self.puts[record.id] == 1 else record.fields | fields)


@fault("PUT-IDEMPOTENT")
class RepeatedPutTogglesFlags(CaseService):
    """A PUT that repeats the stored fields inverts all flags."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        if fields == record.fields:
            fields = {name: not value if isinstance(value, bool) else value for name, value in fields.items()}
        return super().replaced(record, fields)


@fault("PUT-IDEMPOTENT")
class RepeatedPutDoublesArrays(CaseService):
    """A PUT that repeats the stored fields doubles all arrays."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        doubled = {n: v + v for n, v in fields.items() if isinstance(v, list) and record.fields.get(n) == v}
        return super().replaced(record, fields | doubled)
