"""Faults in refused transitions: some are executed, and some leave a change behind."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import OWNED, CaseService
from reference_server.sockets import Response


class LaxWorkflowCheck(CaseService):
    """Base for servers that accept more workflow ids than they should."""

    def is_accepted(self, record: Record, workflow_id: Any) -> bool:
        """Return True if the given workflow id is accepted."""
        raise NotImplementedError

    def check_workflow(self, record: Record, document: Fields) -> None:
        if not self.is_accepted(record, document.get("workflowId")):
            super().check_workflow(record, document)


@fault("TRANSITION-WORKFLOW")
class MissingWorkflowIsAccepted(LaxWorkflowCheck):
    """A transition without `workflowId` is accepted."""

    def is_accepted(self, record: Record, workflow_id: Any) -> bool:
        return workflow_id is None


@fault("TRANSITION-WORKFLOW")
class EmptyWorkflowIsAccepted(LaxWorkflowCheck):
    """An empty `workflowId` is accepted."""

    def is_accepted(self, record: Record, workflow_id: Any) -> bool:
        return workflow_id == ""


@fault("TRANSITION-WORKFLOW")
class AnyUuidIsAccepted(LaxWorkflowCheck):
    """Any UUID is accepted as the workflow id."""

    def is_accepted(self, record: Record, workflow_id: Any) -> bool:
        try:
            return bool(uuid.UUID(workflow_id))
        except (ValueError, AttributeError, TypeError):
            return False


@fault("TRANSITION-WORKFLOW")
class WorkflowPartIsAccepted(LaxWorkflowCheck):
    """The comparison uses `in`, so a part of the id is accepted."""

    def is_accepted(self, record: Record, workflow_id: Any) -> bool:
        return isinstance(workflow_id, str) and workflow_id != "" and workflow_id in record.workflow


@fault("TRANSITION-WORKFLOW")
class OtherWorkflowIsAccepted(LaxWorkflowCheck):
    """The workflow of any other case is accepted."""

    def is_accepted(self, record: Record, workflow_id: Any) -> bool:
        return any(row.workflow == workflow_id for row, _ in list(self.rows.texts.values()))


@fault("TRANSITION-WORKFLOW")
class ReopenNeedsNoWorkflow(LaxWorkflowCheck):
    """Only Close checks the workflow id."""

    def is_accepted(self, record: Record, workflow_id: Any) -> bool:
        return record.status == "Closed"


@fault("TRANSITION-WORKFLOW")
class CaseIdIsAccepted(LaxWorkflowCheck):
    """The case's own id is accepted as its workflow id."""

    def is_accepted(self, record: Record, workflow_id: Any) -> bool:
        return workflow_id == record.id


# Requested status


class StatusParser(CaseService):
    """Base for servers that interpret `caseStatus` in their own way."""

    def parse_status(self, record: Record, wanted: Any) -> str | None:
        """Return the new status, or None to apply the normal rules."""
        raise NotImplementedError

    def next_status(self, record: Record, document: Fields) -> str:
        return self.parse_status(record, document.get("caseStatus")) or super().next_status(record, document)


@fault("TRANSITION-STATUS-KNOWN")
class AnythingElseReopens(StatusParser):
    """On a closed case, every `caseStatus` except Close reopens it."""

    def parse_status(self, record: Record, wanted: Any) -> str | None:
        return "Reopened" if record.status == "Closed" and wanted != "Close" else None


@fault("TRANSITION-STATUS-KNOWN")
class FreeStatus(StatusParser):
    """Any text is accepted as a status."""

    def parse_status(self, record: Record, wanted: Any) -> str | None:
        return wanted if isinstance(wanted, str) and wanted not in ("Close", "Reopen") else None


@fault("TRANSITION-STATUS-KNOWN")
class MissingStatusToggles(StatusParser):
    """A transition without `caseStatus` toggles between closed and reopened."""

    def parse_status(self, record: Record, wanted: Any) -> str | None:
        return ("Reopened" if record.status == "Closed" else "Closed") if wanted is None else None


@fault("TRANSITION-STATUS-KNOWN")
class StatusByOrdinal(StatusParser):
    """A number, an array or an object is taken as the position of a status."""

    def parse_status(self, record: Record, wanted: Any) -> str | None:
        known = isinstance(wanted, int | list | dict) and record.status != "Closed"
        return "Closed" if known else None


@fault("TRANSITION-STATUS-KNOWN")
class StatusPrefixMatches(StatusParser):
    """Any `caseStatus` that starts with Close closes the case."""

    def parse_status(self, record: Record, wanted: Any) -> str | None:
        begins = isinstance(wanted, str) and wanted != "Close" and wanted.startswith("Close")
        return "Closed" if begins and record.status != "Closed" else None


@fault("TRANSITION-ILLEGAL")
class OpenCanReopen(CaseService):
    """An open case can be reopened."""

    transitions = CaseService.transitions | {("Open", "Reopen"): "Reopened"}


@fault("TRANSITION-ILLEGAL")
class SecondCloseReopens(CaseService):
    """Closing a closed case reopens it."""

    transitions = CaseService.transitions | {("Closed", "Close"): "Reopened"}


# Effects of a refused transition


class WritesBeforeRefusing(CaseService):
    """Base for servers that write something before they refuse a transition."""

    def partly_written(self, record: Record, document: Fields) -> Record:
        """Return the record that the refused transition leaves behind."""
        raise NotImplementedError

    def transition(self, call: Call) -> Response:
        try:
            return super().transition(call)
        except Refusal as refusal:
            if refusal.status != 404 and (record := self.rows.load(call.id)):
                self.rows.save(self.partly_written(record, self.read(call)))
            raise


@fault("TRANSITION-REFUSED-INERT")
class SetsStatusThenRefuses(WritesBeforeRefusing):
    """The status is set before the workflow id is checked."""

    def partly_written(self, record: Record, document: Fields) -> Record:
        return replace(record, status={"Close": "Closed"}.get(str(document.get("caseStatus")), record.status))


@fault("TRANSITION-REFUSED-INERT")
class KeepsWrongWorkflow(WritesBeforeRefusing):
    """The wrong workflow id of a refused transition is stored."""

    def partly_written(self, record: Record, document: Fields) -> Record:
        workflow_id = document.get("workflowId")
        return (
            replace(record, workflow=workflow_id) if isinstance(workflow_id, str) and workflow_id else record
        )


@fault("TRANSITION-REFUSED-INERT")
class RefusedTransitionMerges(WritesBeforeRefusing):
    """The other members of a refused transition are stored in the case."""

    def partly_written(self, record: Record, document: Fields) -> Record:
        return replace(record, fields=record.fields | {n: v for n, v in document.items() if n not in OWNED})


@fault("TRANSITION-REFUSED-INERT")
class RefusalConsumesWorkflow(WritesBeforeRefusing):
    """A refused transition invalidates the workflow id, and no new one is issued."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: set[str] = set()

    def partly_written(self, record: Record, document: Fields) -> Record:
        self.spent.add(record.workflow)
        return record

    def check_workflow(self, record: Record, document: Fields) -> None:
        if record.workflow in self.spent:
            raise Refusal(422, "the workflow has ended")
        super().check_workflow(record, document)


@fault("TRANSITION-UNKNOWN")
class UnknownTransitionIsAccepted(CaseService):
    """A transition of an unknown case returns 200."""

    def transition(self, call: Call) -> Response:
        if self.rows.load(call.id) is None:
            return self.json_response(200, {"status": "ok"})
        return super().transition(call)


@fault("TRANSITION-UNKNOWN")
class UnknownTransitionIs422(CaseService):
    """A transition of an unknown case returns 422."""

    def load(self, call: Call) -> Record:
        if call.operation == "transition" and self.rows.load(call.id) is None:
            raise Refusal(422, "no such case")
        return super().load(call)
