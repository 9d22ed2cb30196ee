"""Correct servers with unusual workflows: workflow ids, transition rules and closed cases."""

from __future__ import annotations

import itertools
import threading
import uuid
from dataclasses import replace

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Response


@variant()
class Plain(CaseService):
    """Each case has its own workflow id, which never changes."""


@variant()
class OneWorkflow(CaseService):
    """All cases share a workflow."""

    shared = str(uuid.uuid4())

    def new_workflow(self) -> str:
        return self.shared


@variant()
class NumberedWorkflow(CaseService):
    """The workflow id is a number as text."""

    def new_workflow(self) -> str:
        return "17"


@variant()
class WorkflowOfCase(CaseService):
    """The workflow id is the id of the case."""

    def __init__(self) -> None:
        super().__init__()
        self.created = threading.local()

    def new_id(self) -> str:
        self.created.id = super().new_id()
        return str(self.created.id)

    def new_workflow(self) -> str:
        return str(self.created.id)


@variant()
class WorkflowByKey(CaseService):
    """Workflow ids are readable keys, compared without regard to case."""

    def new_workflow(self) -> str:
        return "Standard Investigation/v2"

    def check_workflow(self, record: Record, document: Fields) -> None:
        named = document.get("workflowId")
        lowered = named.lower() if isinstance(named, str) else named
        super().check_workflow(replace(record, workflow=record.workflow.lower()), {"workflowId": lowered})


class ChangesWorkflowId(CaseService):
    """Each transition changes the workflow id, and the old one is refused."""

    def transitioned(self, record: Record, status: str) -> Record:
        return replace(super().transitioned(record, status), workflow=self.new_workflow())


variant()(ChangesWorkflowId)


@variant()
class KeepsOldWorkflowIds(ChangesWorkflowId):
    """Each transition changes the workflow id, and the old ones stay valid."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, set[str]] = {}

    def check_workflow(self, record: Record, document: Fields) -> None:
        known = self.history.setdefault(record.id, set())
        known.add(record.workflow)
        if document.get("workflowId") not in list(known):
            super().check_workflow(record, document)


@variant()
class UpdateChangesWorkflowId(ChangesWorkflowId):
    """Updates change the workflow id too."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(super().replaced(record, fields), workflow=self.new_workflow())

    def merged(self, record: Record, fields: Fields) -> Record:
        return replace(super().merged(record, fields), workflow=self.new_workflow())


@variant()
class TwoWorkflows(CaseService):
    """A case is in two workflows, and either may be named."""

    other = str(uuid.uuid4())

    def check_workflow(self, record: Record, document: Fields) -> None:
        if document.get("workflowId") != self.other:
            super().check_workflow(record, document)


@variant()
class AnyCaseOfStatus(CaseService):
    """`caseStatus` may be "close", " CLOSE " or the name of the status."""

    synonyms = {"close": "Close", "closed": "Close", "reopen": "Reopen", "reopened": "Reopen"}  # noqa: RUF012

    def next_status(self, record: Record, document: Fields) -> str:
        wanted = document.get("caseStatus")
        wanted = self.synonyms.get(wanted.strip().lower(), wanted) if isinstance(wanted, str) else wanted
        return super().next_status(record, document | {"caseStatus": wanted})


@variant()
class RepeatsAreAccepted(CaseService):
    """Closing a closed case changes nothing and returns 200."""

    transitions = CaseService.transitions | {
        ("Closed", "Close"): "Closed",
        ("Reopened", "Reopen"): "Reopened",
    }


@variant()
class DemandsReason(CaseService):
    """A transition needs a reason."""

    def next_status(self, record: Record, document: Fields) -> str:
        reason = document.get("reason")
        if not isinstance(reason, str) or not reason.strip():
            raise Refusal(422, "reason is missing")
        return super().next_status(record, document)


@variant()
class ClosedIsReadOnly(CaseService):
    """A closed case refuses updates."""

    def open(self, call: Call) -> None:
        if self.load(call).status == "Closed":
            raise Refusal(409, "the case is closed")

    def put(self, call: Call) -> Response:
        self.open(call)
        return super().put(call)

    def patch(self, call: Call) -> Response:
        self.open(call)
        return super().patch(call)


class UpdateMakesTransition(CaseService):
    """An update that contains `caseStatus` makes the transition."""

    def progress(self, call: Call, record: Record) -> Record:
        document = self.parse(call.request.body)
        if "caseStatus" not in document:
            return record
        return self.transitioned(record, self.next_status(record, document))

    def put(self, call: Call) -> Response:
        fields = self.fields(call)
        return self.updated(call, self.progress(call, self.replaced(self.load(call), fields)))

    def patch(self, call: Call) -> Response:
        fields = self.fields(call)
        return self.updated(call, self.progress(call, self.merged(self.load(call), fields)))


variant()(UpdateMakesTransition)


@variant()
class RefusesOwned(CaseService):
    """A payload with a server-owned member is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        if call.operation != "transition" and document.keys() & self.owned(EMPTY).keys():
            raise Refusal(400, "read-only members")


EMPTY = Record("", "", "", "", {})


@variant()
class KeepsLastReason(CaseService):
    """The record has the `reason` and `workflowId` of the last transition, also in place of the client's fields."""

    def transition(self, call: Call) -> Response:
        super().transition(call)
        record, document = self.load(call), self.read(call)
        last = {name: document.get(name) for name in ("reason", "workflowId")}
        record = replace(record, fields=record.fields | last)
        self.rows.save(record)
        return self.updated(call, record)


@variant()
class KeepsReasons(CaseService):
    """The reason of each transition is kept in a numbered field."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = itertools.count(1)

    def transition(self, call: Call) -> Response:
        response = super().transition(call)
        record = self.load(call)
        note = {f"transition_{next(self.serial)}_reason": self.read(call).get("reason")}
        self.rows.save(replace(record, fields=record.fields | note))
        return response
