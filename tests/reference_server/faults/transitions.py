"""Faults in transitions: missing effects and side effects."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from uuid import UUID

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import OWNED, CaseService
from reference_server.sockets import Response

# Response and effect of a transition


@fault("TRANSITION-STATUS")
class ReopenIs201(CaseService):
    """Reopening returns 201."""

    def transitioned(self, record: Record, status: str) -> Record:
        self.last = status
        return super().transitioned(record, status)

    def transition(self, call: Call) -> Response:
        response = super().transition(call)
        response.status = 201 if self.last == "Reopened" else 200
        return response


@fault("TRANSITION-MOVES")
class TransitionIsNotStored(CaseService):
    """The response shows the transition, but it is not stored."""

    def transition(self, call: Call) -> Response:
        before = self.load(call)
        response = super().transition(call)
        self.rows.save(before)
        return response


@fault("TRANSITION-CYCLE")
class ClosesTwiceAtMost(CaseService):
    """The third Close is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.closes: Counter[str] = Counter()

    def transitioned(self, record: Record, status: str) -> Record:
        self.closes[record.id] += status == "Closed"
        if self.closes[record.id] > 2:
            raise Refusal(409, "closed for good")
        return super().transitioned(record, status)


@fault("TRANSITION-CYCLE")
class GetShowsOldWorkflow(CaseService):
    """Each transition changes the workflow id, but GET shows the first id."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}

    def transitioned(self, record: Record, status: str) -> Record:
        self.first.setdefault(record.id, record.workflow)
        return replace(super().transitioned(record, status), workflow=self.new_workflow())

    def get(self, call: Call) -> Response:
        record = self.load(call)
        return self.json_response(
            200, self.render(replace(record, workflow=self.first.get(record.id, record.workflow)))
        )


@fault("TRANSITION-DISTINCT")
class StatusIsAlwaysTheSame(CaseService):
    """The status is "In progress" after any transition."""

    def owned(self, record: Record) -> Fields:
        members = super().owned(record)
        return members if record.status == "Open" else members | {"caseStatus": "In progress"}


@fault("TRANSITION-MOVES")
class ReopenDoesNothing(CaseService):
    """Reopen returns 200 and does nothing."""

    def transitioned(self, record: Record, status: str) -> Record:
        return super().transitioned(record, status) if status == "Closed" else record


# Side effects of a transition


class TransitionChangesFields(CaseService):
    """Base for servers that change fields with a transition."""

    def changed(self, record: Record, document: Fields) -> Record:
        """Return the record after the side effect."""
        raise NotImplementedError

    def next_status(self, record: Record, document: Fields) -> str:
        self.document = document
        return super().next_status(record, document)

    def transitioned(self, record: Record, status: str) -> Record:
        return self.changed(super().transitioned(record, status), self.document)


@fault("TRANSITION-ONLY-STATUS")
class TransitionMergesBody(TransitionChangesFields):
    """The other members of the transition's body are stored in the case."""

    def changed(self, record: Record, document: Fields) -> Record:
        return replace(record, fields=record.fields | {n: v for n, v in document.items() if n not in OWNED})


@fault("TRANSITION-ONLY-STATUS")
class CloseClearsFlags(TransitionChangesFields):
    """Closing sets every true field to false."""

    def changed(self, record: Record, document: Fields) -> Record:
        fields = {name: False if value is True else value for name, value in record.fields.items()}
        return replace(record, fields=fields) if record.status == "Closed" else record


@fault("TRANSITION-ONLY-STATUS")
class ReopenChangesDate(TransitionChangesFields):
    """Reopening changes the date of creation."""

    def changed(self, record: Record, document: Fields) -> Record:
        return replace(record, created=self.new_date()) if record.status == "Reopened" else record


@fault("TRANSITION-ONLY-STATUS")
class TransitionDropsFalsy(TransitionChangesFields):
    """A transition removes fields that are false, 0, "" or []."""

    def changed(self, record: Record, document: Fields) -> Record:
        return replace(record, fields={name: value for name, value in record.fields.items() if value})


@fault("TRANSITION-ONLY-STATUS")
class TransitionFlattens(TransitionChangesFields):
    """A transition converts inner objects to text."""

    def changed(self, record: Record, document: Fields) -> Record:
        fields = {n: str(v) if isinstance(v, dict) else v for n, v in record.fields.items()}
        return replace(record, fields=fields)


@fault("TRANSITION-ONLY-STATUS")
class ReopenRestoresFields(CaseService):
    """Reopening restores the fields of the first Close."""

    def __init__(self) -> None:
        super().__init__()
        self.archive: dict[str, Fields] = {}

    def transitioned(self, record: Record, status: str) -> Record:
        fields = self.archive.setdefault(record.id, record.fields)
        return replace(
            super().transitioned(record, status), fields=fields if status == "Reopened" else record.fields
        )


@fault("TRANSITION-ONLY-STATUS")
class ReasonReplacesComment(TransitionChangesFields):
    """The reason of a transition replaces the client's field `comment`."""

    def changed(self, record: Record, document: Fields) -> Record:
        reason = {name: document.get("reason") for name in ("comment",) if name in record.fields}
        return replace(record, fields=record.fields | reason)


@fault("TRANSITION-STATUS-KNOWN")
class StatusFirstWordMatches(CaseService):
    """Only the first word of `caseStatus` is read."""

    def next_status(self, record: Record, document: Fields) -> str:
        words = str(document.get("caseStatus")).split()
        return super().next_status(record, document | {"caseStatus": words[0]} if words else document)


@fault("TRANSITION-REFUSED-INERT")
class RefusedReasonIsStored(CaseService):
    """The reason is stored before the transition is checked."""

    def next_status(self, record: Record, document: Fields) -> str:
        self.rows.save(replace(record, fields=record.fields | {"reason": document.get("reason")}))
        return super().next_status(record, document)


@fault("TRANSITION-ONLY-STATUS")
class ClosedCaseIsGone(CaseService):
    """A closed case is in an archive that GET does not read."""

    def get(self, call: Call) -> Response:
        if self.load(call).status == "Closed":
            raise Refusal(410, "the case is closed")
        return super().get(call)


@fault("TRANSITION-ONLY-STATUS")
class ClosedCaseShowsAnotherId(CaseService):
    """A closed case is shown with the id of its copy in an archive."""

    def owned(self, record: Record) -> Fields:
        members = super().owned(record)
        if record.status == "Closed":
            members["id"] = str(UUID(int=UUID(record.id).int ^ 1))
        return members


@fault("TRANSITION-ONLY-STATUS")
class ClosedCaseIsWrapped(CaseService):
    """The fields of a closed case are inside of another object."""

    def render(self, record: Record) -> Fields:
        if record.status != "Closed":
            return super().render(record)
        return {"archive": record.fields} | self.owned(record)
