"""Servers that show cases unusually: other names for a status, other outcomes of updates, dates, extra members."""

from __future__ import annotations

import itertools
import re
import uuid
from datetime import timedelta
from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record
from reference_server.service import CaseService

# Where a status stands, and what it is called


class StatusElsewhere(CaseService):
    """Shows the status by `shown` instead of as `caseStatus`."""

    def shown(self, record: Record) -> Fields:
        raise NotImplementedError

    def owned(self, record: Record) -> Fields:
        members = super().owned(record)
        members.pop("caseStatus", None)
        return members | self.shown(record)


@variant()
class PlainStatus(StatusElsewhere):
    def shown(self, record: Record) -> Fields:
        return {"status": record.status}


@variant()
class StatusObject(StatusElsewhere):
    """Says nothing before the first move, then what the status is and since when."""

    first_status = "Open"

    def shown(self, record: Record) -> Fields:
        if record.status == "Open":
            return {}
        return {"status": {"name": record.status, "code": len(record.status or "")}}


@variant(deployment='[workflow]\nstatus_field = "workflows"')
class StatusInWorkflow(StatusElsewhere):
    """A list of workflows, each with its status."""

    def shown(self, record: Record) -> Fields:
        return {"workflows": [{"id": record.workflow, "status": record.status}]}


@variant()
class LastWorkflowStatus(StatusElsewhere):
    """Names from the vendor's grid, beside a case state."""

    def shown(self, record: Record) -> Fields:
        state = "closed" if record.status == "Closed" else "open"
        return {"lastWorkflowStatus": record.status, "lastWorkflowStep": record.status, "caseState": state}


@variant(deployment='[workflow]\nstatus_field = "closed"')
class OnlyAFlag(StatusElsewhere):
    """Shows whether the case is closed, and no more."""

    def shown(self, record: Record) -> Fields:
        return {"closed": record.status == "Closed"}


@variant()
class NumberedStatus(StatusElsewhere):
    def shown(self, record: Record) -> Fields:
        return {"caseStatus": str(["Open", "Closed", "Reopened"].index(record.status or ""))}


@variant()
class TranslatedStatus(CaseService):
    first_status = "Neu"
    moves = {("Neu", "Close"): "Zu", ("Offen", "Close"): "Zu", ("Zu", "Reopen"): "Offen"}  # noqa: RUF012


@variant()
class OpenAgain(CaseService):
    """A reopened case has the status of a new one."""

    moves = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Open"}  # noqa: RUF012


@variant()
class StatusOfTheRequest(CaseService):
    """The status is the last move's own name, and absent before the first."""

    first_status = None
    moves = {(None, "Close"): "Close", ("Reopen", "Close"): "Close", ("Close", "Reopen"): "Reopen"}  # noqa: RUF012


# What comes with a case


@variant()
class Companions(CaseService):
    """Audit data that grows, counters that run, and companions of what the client sent."""

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
    """A null field is an absent one, at every depth but in arrays; a null in a PATCH deletes."""

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
    """What a PUT removes shows as null for ever."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return super().replaced(record, dict.fromkeys(record.fields) | fields)


@variant()
class DefaultNull(CaseService):
    """Every static field is there, as null where nobody set it."""

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
    """A field that is a date by the vendor's list is kept as one, and shown with milliseconds."""

    def render(self, record: Record) -> Fields:
        shown = super().render(record)
        date = shown.get("cancelDate")
        if isinstance(date, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", date):
            shown["cancelDate"] = date.replace("Z", ".000Z")
        return shown


# Dates, ids


class Dated(CaseService):
    """Writes dates by `template`."""

    template = "{:%Y-%m-%dT%H:%M:%S}Z"

    def new_date(self) -> str:
        return self.template.format(self.now())


@variant()
class WholeSeconds(Dated):
    pass


@variant()
class Offset(Dated):
    template = "{:%Y-%m-%dT%H:%M:%S.%f}+00:00"


@variant()
class Milliseconds(Dated):
    def new_date(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


@variant()
class Nanoseconds(Dated):
    template = "{:%Y-%m-%dT%H:%M:%S.%f}417Z"


@variant()
class TenthsInSmallLetters(Dated):
    """RFC 3339 section 5.6 lets "t" and "z" be small."""

    def new_date(self) -> str:
        return super().new_date().lower().replace("z", ".5z")


@variant()
class ClockAhead(CaseService):
    """Its clock is three minutes fast."""

    def now(self):
        return super().now() + timedelta(minutes=3)


@variant()
class CapitalIds(CaseService):
    """Ids in capitals, found in either case, as databases with a type for UUIDs do."""

    def new_id(self) -> str:
        return str(uuid.uuid1()).upper()

    def find(self, request):
        call = super().find(request)
        return Call(call.operation, call.id.upper(), call.request)


@variant(deployment='[case]\nid_format = "any"')
class NumberedCases(CaseService):
    """Ids are digits, as in the update examples."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = itertools.count(12345)

    def new_id(self) -> str:
        return str(next(self.serial))


@variant(deployment='[case]\nid_format = "any"')
class TextIds(CaseService):
    """Ids are texts that need escapes in a path, and end in what means any character elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = itertools.count(1)

    def new_id(self) -> str:
        serial = next(self.serial)
        return f"IR:2026|{serial} é+{'%*_.?['[serial % 6]}"


# How an update is answered


class Outcome(CaseService):
    """Answers updates with `told` instead of the record."""

    def told(self, call: Call, record: Record) -> Any:
        raise NotImplementedError

    def outcome(self, call: Call, record: Record) -> Any:
        return self.told(call, record)


@variant()
class SaysOk(Outcome):
    def told(self, call: Call, record: Record) -> Any:
        return {"status": "ok"}


@variant()
class SaysWhichAndUpdated(Outcome):
    """An id and a status, but not the case's."""

    def told(self, call: Call, record: Record) -> Any:
        return {"id": record.id, "status": "updated", "operation": call.operation}


@variant()
class Envelope(Outcome):
    def told(self, call: Call, record: Record) -> Any:
        return {"success": True, "data": self.render(record), "errors": []}


@variant()
class Summary(Outcome):
    """As much of the record as the vendor's example of an answer spells out, and the workflow."""

    def told(self, call: Call, record: Record) -> Any:
        return self.owned(record)


@variant()
class CountsModified(Outcome):
    def told(self, call: Call, record: Record) -> Any:
        return {"matchedCount": 1, "modifiedCount": 1, "updatedDate": self.new_date()}
