"""Correct servers with unusual responses: dates, ids, extra members and update bodies."""

from __future__ import annotations

import itertools
import re
import uuid
from datetime import timedelta
from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record
from reference_server.service import CaseService

# Extra members


@variant()
class ComputedFields(CaseService):
    """The record has audit data, counters and computed companions of the client's fields."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = itertools.count()

    def owned(self, record: Record) -> Fields:
        tick = next(self.clock)
        return super().owned(record) | {
            "owner__name": "Somebody" if record.fields.get("owner") else None,
            "owner__active": True,
            "lastUpdatedDate": self.new_date(),
            "views": tick,
            "audit": {
                "createdBy": "suite",
                "trail": [{"n": n, "at": self.new_date()} for n in range(tick % 7)],
            },
            "caseState": "open" if record.status != "Closed" else "closed",
            "_links": {"self": {"href": f"/case/{record.id}"}},
        }


@variant()
class DropsNulls(CaseService):
    """Null members are dropped at every depth, except in arrays."""

    def render(self, record: Record) -> Fields:
        return without_nulls(super().render(record))


def without_nulls(value: Fields) -> Fields:
    return {
        name: without_nulls(item) if isinstance(item, dict) else item
        for name, item in value.items()
        if item is not None
    }


@variant()
class RemovedAsNull(CaseService):
    """Fields that a PUT removes are shown as null."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return super().replaced(record, dict.fromkeys(record.fields) | fields)


@variant()
class DefaultNull(CaseService):
    """Every static field is present, and null by default."""

    def owned(self, record: Record) -> Fields:
        static = (
            "caseNumber",
            "owner",
            "assignedBy",
            "canceled",
            "cancelDate",
            "cancelReason",
            "restoreReason",
        )
        return {name: None for name in static if name not in record.fields} | super().owned(record)


@variant()
class DatesToTheMillisecond(CaseService):
    """`cancelDate` is shown with milliseconds."""

    def render(self, record: Record) -> Fields:
        status_members = super().render(record)
        date = status_members.get("cancelDate")
        if isinstance(date, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", date):
            status_members["cancelDate"] = date.replace("Z", ".000Z")
        return status_members


# Dates, ids


class DateFormat(CaseService):
    """Base for servers that format dates with `template`."""

    template = "{:%Y-%m-%dT%H:%M:%S}Z"

    def new_date(self) -> str:
        return self.template.format(self.now())


@variant()
class WholeSeconds(DateFormat):
    """Dates have whole seconds."""


@variant()
class Offset(DateFormat):
    """Dates have the offset +00:00."""

    template = "{:%Y-%m-%dT%H:%M:%S.%f}+00:00"


@variant()
class Milliseconds(DateFormat):
    """Dates have milliseconds."""

    def new_date(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


@variant()
class Nanoseconds(DateFormat):
    """Dates have nanoseconds."""

    template = "{:%Y-%m-%dT%H:%M:%S.%f}417Z"


@variant()
class LowerCaseDates(DateFormat):
    """Dates use lower-case "t" and "z" (RFC 3339 section 5.6)."""

    def new_date(self) -> str:
        return super().new_date().lower().replace("z", ".5z")


@variant()
class ClockAhead(CaseService):
    """The clock is three minutes fast."""

    def now(self):
        return super().now() + timedelta(minutes=3)


@variant()
class UpperCaseIds(CaseService):
    """Ids are upper-case UUIDs, and found in either case, as with a database type for UUIDs."""

    def new_id(self) -> str:
        return str(uuid.uuid1()).upper()

    def route(self, request):
        call = super().route(request)
        return Call(call.operation, call.id.upper(), call.request)


@variant(deployment='[case]\nid_format = "any"')
class NumberedCases(CaseService):
    """Ids are decimal numbers, as in the document's update examples."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = itertools.count(12345)

    def new_id(self) -> str:
        return str(next(self.serial))


@variant(deployment='[case]\nid_format = "any"')
class TextIds(CaseService):
    """Ids are texts with spaces, wildcards and characters that a path must escape."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = itertools.count(1)

    def new_id(self) -> str:
        serial = next(self.serial)
        return f"IR:2026|{serial} é+{'%*_.?['[serial % 6]}"


# Responses to updates


@variant()
class UpdateReturnsOk(CaseService):
    """Updates return `{"status": "ok"}`."""

    def update_body(self, call: Call, record: Record) -> Any:
        return {"status": "ok"}


@variant()
class UpdateReturnsId(CaseService):
    """Updates return the id and the status "updated"."""

    def update_body(self, call: Call, record: Record) -> Any:
        return {"id": record.id, "status": "updated", "operation": call.operation}


@variant()
class Envelope(CaseService):
    """Updates return the record inside an envelope."""

    def update_body(self, call: Call, record: Record) -> Any:
        return {"success": True, "data": self.render(record), "errors": []}


@variant()
class Summary(CaseService):
    """Updates return only the server-owned members."""

    def update_body(self, call: Call, record: Record) -> Any:
        return self.owned(record)


@variant()
class UpdateReturnsCounts(CaseService):
    """Updates return the number of changed cases."""

    def update_body(self, call: Call, record: Record) -> Any:
        return {"matchedCount": 1, "modifiedCount": 1, "updatedDate": self.new_date()}


@variant()
class UpdateReturnsRow(CaseService):
    """Updates return a row number as `id`, and members of other types than in the record."""

    def update_body(self, call: Call, record: Record) -> Any:
        return {"id": 7, "lastWorkflowId": None, "caseStatus": {"code": 2}, "status": "ok"}
