"""Servers that make moves which they should refuse, or change something as they refuse."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import OWNED, CaseService
from reference_server.sockets import Response


class Lax(CaseService):
    """Takes more workflow ids than it should."""

    def enough(self, record: Record, named: Any) -> bool:
        raise NotImplementedError

    def same_workflow(self, record: Record, document: Fields) -> None:
        if not self.enough(record, document.get("workflowId")):
            super().same_workflow(record, document)


@fault("TRANSITION-WORKFLOW")
class MissingWorkflowIsFine(Lax):
    def enough(self, record: Record, named: Any) -> bool:
        return named is None


@fault("TRANSITION-WORKFLOW")
class EmptyWorkflowIsFine(Lax):
    def enough(self, record: Record, named: Any) -> bool:
        return named == ""


@fault("TRANSITION-WORKFLOW")
class AnyUuidIsFine(Lax):
    """A workflow id only needs the form of one."""

    def enough(self, record: Record, named: Any) -> bool:
        try:
            return bool(uuid.UUID(named))
        except (ValueError, AttributeError, TypeError):
            return False


@fault("TRANSITION-WORKFLOW")
class PartOfWorkflowIsFine(Lax):
    """A test with `in`: a part of the id is enough."""

    def enough(self, record: Record, named: Any) -> bool:
        return isinstance(named, str) and named != "" and named in record.workflow


@fault("TRANSITION-WORKFLOW")
class AnothersWorkflowIsFine(Lax):
    """The workflow must exist; whose it is does not matter."""

    def enough(self, record: Record, named: Any) -> bool:
        return any(row.workflow == named for row, _ in list(self.rows.texts.values()))


@fault("TRANSITION-WORKFLOW")
class ReopenNeedsNoWorkflow(Lax):
    """Only Close looks at the workflow."""

    def enough(self, record: Record, named: Any) -> bool:
        return record.status == "Closed"


@fault("TRANSITION-WORKFLOW")
class CaseIdIsFine(Lax):
    """Takes the case's own id for its workflow's."""

    def enough(self, record: Record, named: Any) -> bool:
        return named == record.id


# Which status is wished


class Naming(CaseService):
    """Reads the wished status in a way of its own; None where it has no opinion."""

    def read_wish(self, record: Record, wish: Any) -> str | None:
        raise NotImplementedError

    def target(self, record: Record, document: Fields) -> str:
        return self.read_wish(record, document.get("caseStatus")) or super().target(record, document)


@fault("TRANSITION-STATUS-KNOWN")
class WhatIsNoCloseIsReopen(Naming):
    """On a closed case, every wish but Close reopens."""

    def read_wish(self, record: Record, wish: Any) -> str | None:
        return "Reopened" if record.status == "Closed" and wish != "Close" else None


@fault("TRANSITION-STATUS-KNOWN")
class FreeStatus(Naming):
    """Any text is a status."""

    def read_wish(self, record: Record, wish: Any) -> str | None:
        return wish if isinstance(wish, str) and wish not in ("Close", "Reopen") else None


@fault("TRANSITION-STATUS-KNOWN")
class MissingStatusToggles(Naming):
    """No status means the next one."""

    def read_wish(self, record: Record, wish: Any) -> str | None:
        return ("Reopened" if record.status == "Closed" else "Closed") if wish is None else None


@fault("TRANSITION-STATUS-KNOWN")
class StatusByOrdinal(Naming):
    """A number or a list is taken for the place of a status in the list of statuses."""

    def read_wish(self, record: Record, wish: Any) -> str | None:
        known = isinstance(wish, int | list | dict) and record.status != "Closed"
        return "Closed" if known else None


@fault("TRANSITION-STATUS-KNOWN")
class FirstLettersWill(Naming):
    """A wish need only begin like a status."""

    def read_wish(self, record: Record, wish: Any) -> str | None:
        begins = isinstance(wish, str) and wish != "Close" and wish.startswith("Close")
        return "Closed" if begins and record.status != "Closed" else None


@fault("TRANSITION-ILLEGAL")
class OpenCanReopen(CaseService):
    """A case that was never closed can be reopened, and then shows so."""

    moves = CaseService.moves | {("Open", "Reopen"): "Reopened"}


@fault("TRANSITION-ILLEGAL")
class SecondCloseReopens(CaseService):
    """Close is a switch."""

    moves = CaseService.moves | {("Closed", "Close"): "Reopened"}


# What a refusal leaves alone


class Halfway(CaseService):
    """Writes something before a move is refused."""

    def written(self, record: Record, document: Fields) -> Record:
        raise NotImplementedError

    def transition(self, call: Call) -> Response:
        try:
            return super().transition(call)
        except Refusal as refusal:
            if refusal.status != 404 and (record := self.rows.load(call.id)):
                self.rows.save(self.written(record, self.read(call)))
            raise


@fault("TRANSITION-REFUSED-INERT")
class MovesThenRefuses(Halfway):
    """The status is set, then the workflow is looked at."""

    def written(self, record: Record, document: Fields) -> Record:
        return replace(record, status={"Close": "Closed"}.get(str(document.get("caseStatus")), record.status))


@fault("TRANSITION-REFUSED-INERT")
class KeepsTheWrongWorkflow(Halfway):
    """The workflow id of a refused move is the case's from then on."""

    def written(self, record: Record, document: Fields) -> Record:
        named = document.get("workflowId")
        return replace(record, workflow=named) if isinstance(named, str) and named else record


@fault("TRANSITION-REFUSED-INERT")
class RefusedMoveMerges(Halfway):
    """What else the body of a refused move holds is written into the case."""

    def written(self, record: Record, document: Fields) -> Record:
        return replace(record, fields=record.fields | {n: v for n, v in document.items() if n not in OWNED})


@fault("TRANSITION-REFUSED-INERT")
class RefusedEndsTheRun(Halfway):
    """A refused move uses the workflow id up, and no other is given out."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: set[str] = set()

    def written(self, record: Record, document: Fields) -> Record:
        self.spent.add(record.workflow)
        return record

    def same_workflow(self, record: Record, document: Fields) -> None:
        if record.workflow in self.spent:
            raise Refusal(422, "this run of the workflow has ended")
        super().same_workflow(record, document)


@fault("TRANSITION-UNKNOWN")
class UnknownMovesAreFine(CaseService):
    """A transition of no case is answered with ok."""

    def transition(self, call: Call) -> Response:
        if self.rows.load(call.id) is None:
            return self.answer(200, {"status": "ok"})
        return super().transition(call)


@fault("TRANSITION-UNKNOWN")
class UnknownMovesAre422(CaseService):
    """An id that no case has is an invalid value like others."""

    def load(self, call: Call) -> Record:
        if call.operation == "transition" and self.rows.load(call.id) is None:
            raise Refusal(422, "no such case")
        return super().load(call)
