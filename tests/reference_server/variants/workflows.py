"""Servers with unusual workflows: what `lastWorkflowId` is, how strict a move is, what a closed case allows."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Response


@variant()
class Plain(CaseService):
    """Nothing unusual: a workflow id of each case's own, which stays."""


@variant()
class OneWorkflow(CaseService):
    """All cases are in the same workflow."""

    shared = str(uuid.uuid4())

    def new_workflow(self) -> str:
        return self.shared


@variant()
class NumberedWorkflow(CaseService):
    """The workflow's id is a number, as text."""

    def new_workflow(self) -> str:
        return "17"


@variant()
class WorkflowByKey(CaseService):
    """Workflow ids are readable keys, compared without regard to case."""

    def new_workflow(self) -> str:
        return "Standard Investigation/v2"

    def same_workflow(self, record: Record, document: Fields) -> None:
        named = document.get("workflowId")
        lowered = named.lower() if isinstance(named, str) else named
        super().same_workflow(replace(record, workflow=record.workflow.lower()), {"workflowId": lowered})


class Rotating(CaseService):
    """Each move is a workflow run of its own; an older run's id is refused."""

    def moved(self, record: Record, status: str) -> Record:
        return replace(super().moved(record, status), workflow=self.new_workflow())


variant()(Rotating)


@variant()
class RotatingWithHistory(Rotating):
    """The ids of a case's older runs are still the case's."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, set[str]] = {}

    def same_workflow(self, record: Record, document: Fields) -> None:
        known = self.history.setdefault(record.id, set())
        known.add(record.workflow)
        if document.get("workflowId") not in list(known):
            super().same_workflow(record, document)


@variant()
class RotatesWithUpdates(Rotating):
    """An update starts a run of the workflow too."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(super().replaced(record, fields), workflow=self.new_workflow())

    def merged(self, record: Record, fields: Fields) -> Record:
        return replace(super().merged(record, fields), workflow=self.new_workflow())


@variant()
class TwoWorkflows(CaseService):
    """A case is in two workflows, of which one moved last; either may be named."""

    other = str(uuid.uuid4())

    def same_workflow(self, record: Record, document: Fields) -> None:
        if document.get("workflowId") != self.other:
            super().same_workflow(record, document)


@variant()
class AnyCaseOfStatus(CaseService):
    """Takes "close" and " CLOSE " for "Close", and the status's own name for the move."""

    synonyms = {"close": "Close", "closed": "Close", "reopen": "Reopen", "reopened": "Reopen"}  # noqa: RUF012

    def target(self, record: Record, document: Fields) -> str:
        wish = document.get("caseStatus")
        wish = self.synonyms.get(wish.strip().lower(), wish) if isinstance(wish, str) else wish
        return super().target(record, document | {"caseStatus": wish})


@variant()
class RepeatsAreFine(CaseService):
    """To close a closed case is no mistake, and changes nothing."""

    moves = CaseService.moves | {("Closed", "Close"): "Closed", ("Reopened", "Reopen"): "Reopened"}


@variant()
class DemandsReason(CaseService):
    """A move without a reason in words is refused."""

    def target(self, record: Record, document: Fields) -> str:
        reason = document.get("reason")
        if not isinstance(reason, str) or not reason.strip():
            raise Refusal(422, "reason is missing")
        return super().target(record, document)


@variant()
class ClosedIsClosed(CaseService):
    """A closed case takes no updates until it is reopened."""

    def open(self, call: Call) -> None:
        if self.load(call).status == "Closed":
            raise Refusal(409, "the case is closed")

    def put(self, call: Call) -> Response:
        self.open(call)
        return super().put(call)

    def patch(self, call: Call) -> Response:
        self.open(call)
        return super().patch(call)


class Progressing(CaseService):
    """An update that names a status moves the case, if the workflow allows the move."""

    def progress(self, call: Call, record: Record) -> Record:
        document = self.parse(call.request.body)
        if "caseStatus" not in document:
            return record
        return self.moved(record, self.target(record, document))

    def put(self, call: Call) -> Response:
        fields = self.fields(call)
        return self.updated(call, self.progress(call, self.replaced(self.load(call), fields)))

    def patch(self, call: Call) -> Response:
        fields = self.fields(call)
        return self.updated(call, self.progress(call, self.merged(self.load(call), fields)))


variant()(Progressing)


@variant()
class RefusesOwned(CaseService):
    """A payload with a member that the server sets is refused."""

    def check(self, call: Call, document: Fields) -> None:
        if call.operation != "transition" and document.keys() & self.owned(EMPTY).keys():
            raise Refusal(400, "read-only members")


EMPTY = Record("", "", "", "", {})


@variant()
class NumbersItsReasons(CaseService):
    """Keeps the reasons of moves in the case, under a name of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = itertools.count(1)

    def transition(self, call: Call) -> Response:
        response = super().transition(call)
        record = self.load(call)
        note = {f"transition_{next(self.serial)}_reason": self.read(call).get("reason")}
        self.rows.save(replace(record, fields=record.fields | note))
        return response
