"""Correct servers that show the status in another place or under another name."""

from __future__ import annotations

from reference_server.catalogue import variant
from reference_server.records import Fields, Record
from reference_server.service import CaseService


class StatusElsewhere(CaseService):
    """Base for servers that show the status outside `caseStatus`."""

    def status_members(self, record: Record) -> Fields:
        """Return the members that show the status."""
        raise NotImplementedError

    def owned(self, record: Record) -> Fields:
        members = super().owned(record)
        members.pop("caseStatus", None)
        return members | self.status_members(record)


@variant()
class PlainStatus(StatusElsewhere):
    """The status is in the member `status`."""

    def status_members(self, record: Record) -> Fields:
        return {"status": record.status}


@variant()
class StatusObject(StatusElsewhere):
    """The status is an object, which is absent before the first transition."""

    first_status = "Open"

    def status_members(self, record: Record) -> Fields:
        if record.status == "Open":
            return {}
        return {"status": {"name": record.status, "code": len(record.status or "")}}


@variant(deployment='[workflow]\nstatus_field = "workflows"')
class StatusInWorkflow(StatusElsewhere):
    """The status is inside a list of workflows."""

    def status_members(self, record: Record) -> Fields:
        return {"workflows": [{"id": record.workflow, "status": record.status}]}


@variant()
class LastWorkflowStatus(StatusElsewhere):
    """The status has the names of the vendor's grid."""

    def status_members(self, record: Record) -> Fields:
        state = "closed" if record.status == "Closed" else "open"
        return {"lastWorkflowStatus": record.status, "lastWorkflowStep": record.status, "caseState": state}


@variant(deployment='[workflow]\nstatus_field = "closed"')
class OnlyAFlag(StatusElsewhere):
    """Only a flag shows that a case is closed."""

    def status_members(self, record: Record) -> Fields:
        return {"closed": record.status == "Closed"}


@variant()
class NumberedStatus(StatusElsewhere):
    """The status is a number as text."""

    def status_members(self, record: Record) -> Fields:
        return {"caseStatus": str(["Open", "Closed", "Reopened"].index(record.status or ""))}


@variant()
class TranslatedStatus(CaseService):
    """The names of the statuses are German."""

    first_status = "Neu"
    transitions = {("Neu", "Close"): "Zu", ("Offen", "Close"): "Zu", ("Zu", "Reopen"): "Offen"}  # noqa: RUF012


@variant()
class OpenAgain(CaseService):
    """A reopened case has the status of a new one."""

    transitions = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Open"}  # noqa: RUF012


@variant()
class StatusEchoesRequest(CaseService):
    """The status is the name of the last transition, and absent before the first."""

    first_status = None
    transitions = {(None, "Close"): "Close", ("Reopen", "Close"): "Close", ("Close", "Reopen"): "Reopen"}  # noqa: RUF012
