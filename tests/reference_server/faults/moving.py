"""Servers whose transitions do not happen, or change what they should leave alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import OWNED, CaseService
from reference_server.sockets import Response

# How a move is answered, and whether it happens


@fault("TRANSITION-STATUS")
class ReopenIs201(CaseService):
    """A reopened case counts as a new one."""

    def moved(self, record: Record, status: str) -> Record:
        self.last = status
        return super().moved(record, status)

    def transition(self, call: Call) -> Response:
        response = super().transition(call)
        response.status = 201 if self.last == "Reopened" else 200
        return response


@fault("TRANSITION-MOVES")
class MovesInTheAnswerOnly(CaseService):
    """The answer shows the move, and nothing is stored."""

    def transition(self, call: Call) -> Response:
        before = self.load(call)
        response = super().transition(call)
        self.rows.save(before)
        return response


@fault("TRANSITION-MOVES")
class AnswersTheOldStatus(CaseService):
    """The move is stored; its answer was rendered before."""

    def outcome(self, call: Call, record: Record) -> Fields:
        shown = super().outcome(call, record)
        return shown | {"caseStatus": "Open"} if call.operation == "transition" else shown


@fault("TRANSITION-CYCLE")
class ClosesTwiceAtMost(CaseService):
    """The third Close is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.closes: Counter[str] = Counter()

    def moved(self, record: Record, status: str) -> Record:
        self.closes[record.id] += status == "Closed"
        if self.closes[record.id] > 2:
            raise Refusal(409, "closed for good")
        return super().moved(record, status)


@fault("TRANSITION-CYCLE")
class ShowsTheFirstRun(CaseService):
    """Each move starts a run with an id of its own, which only the move's answer tells."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}

    def moved(self, record: Record, status: str) -> Record:
        self.first.setdefault(record.id, record.workflow)
        return replace(super().moved(record, status), workflow=self.new_workflow())

    def get(self, call: Call) -> Response:
        record = self.load(call)
        return self.answer(
            200, self.render(replace(record, workflow=self.first.get(record.id, record.workflow)))
        )


@fault("TRANSITION-DISTINCT")
class AlwaysUpdated(CaseService):
    """After any move the status is In progress."""

    def owned(self, record: Record) -> Fields:
        members = super().owned(record)
        return members if record.status == "Open" else members | {"caseStatus": "In progress"}


@fault("TRANSITION-MOVES")
class OnlyTheFirstMove(CaseService):
    """Close works; Reopen answers 200 and does nothing."""

    def moved(self, record: Record, status: str) -> Record:
        return super().moved(record, status) if status == "Closed" else record


# What a move leaves alone


class Moving(CaseService):
    """Changes the fields with a move."""

    def carried(self, record: Record, document: Fields) -> Record:
        raise NotImplementedError

    def target(self, record: Record, document: Fields) -> str:
        self.document = document
        return super().target(record, document)

    def moved(self, record: Record, status: str) -> Record:
        return self.carried(super().moved(record, status), self.document)


@fault("TRANSITION-ONLY-STATUS")
class MergesTheMove(Moving):
    """What else the body of a move holds is written into the case."""

    def carried(self, record: Record, document: Fields) -> Record:
        return replace(record, fields=record.fields | {n: v for n, v in document.items() if n not in OWNED})


@fault("TRANSITION-ONLY-STATUS")
class CloseSettlesFlags(Moving):
    """A closed case has no flag set."""

    def carried(self, record: Record, document: Fields) -> Record:
        fields = {name: False if value is True else value for name, value in record.fields.items()}
        return replace(record, fields=fields) if record.status == "Closed" else record


@fault("TRANSITION-ONLY-STATUS")
class ReopenTouchesDate(Moving):
    """A reopened case is created anew."""

    def carried(self, record: Record, document: Fields) -> Record:
        return replace(record, created=self.new_date()) if record.status == "Reopened" else record


@fault("TRANSITION-ONLY-STATUS")
class MoveDropsEmpty(Moving):
    """A move writes the record back without what is empty: false, 0, "" and []."""

    def carried(self, record: Record, document: Fields) -> Record:
        return replace(record, fields={name: value for name, value in record.fields.items() if value})


@fault("TRANSITION-ONLY-STATUS")
class MoveFlattens(Moving):
    """A move writes inner objects back as text."""

    def carried(self, record: Record, document: Fields) -> Record:
        fields = {n: str(v) if isinstance(v, dict) else v for n, v in record.fields.items()}
        return replace(record, fields=fields)


@fault("TRANSITION-ONLY-STATUS")
class SecondMoveForgets(CaseService):
    """Reopening brings back the fields as they were at the first close."""

    def __init__(self) -> None:
        super().__init__()
        self.archive: dict[str, Fields] = {}

    def moved(self, record: Record, status: str) -> Record:
        fields = self.archive.setdefault(record.id, record.fields)
        return replace(
            super().moved(record, status), fields=fields if status == "Reopened" else record.fields
        )


@fault("TRANSITION-ONLY-STATUS")
class MoveWritesItsReason(Moving):
    """The reason of a move takes the place of the case's own field of that name."""

    def carried(self, record: Record, document: Fields) -> Record:
        told = {name: document.get(name) for name in ("reason",) if name in record.fields}
        return replace(record, fields=record.fields | told)


@fault("TRANSITION-STATUS-KNOWN")
class FirstWordCounts(CaseService):
    """Of a caseStatus the first word is read."""

    def target(self, record: Record, document: Fields) -> str:
        words = str(document.get("caseStatus")).split()
        return super().target(record, document | {"caseStatus": words[0]} if words else document)


@fault("TRANSITION-REFUSED-INERT")
class RefusedReasonStays(CaseService):
    """The reason of a move is stored before the move is looked at."""

    def target(self, record: Record, document: Fields) -> str:
        self.rows.save(replace(record, fields=record.fields | {"reason": document.get("reason")}))
        return super().target(record, document)
