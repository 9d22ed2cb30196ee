"""Servers whose updates touch what no update may touch, or stay hidden: caches, identity, the workflow."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Response

# Caches


class Caching(CaseService):
    """Keeps answers to GET, and forgets them after the operations in `forgets`."""

    forgets: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.cached: dict[str, Response] = {}

    def get(self, call: Call) -> Response:
        if call.id not in self.cached:
            self.cached[call.id] = super().get(call)
        return replace(self.cached[call.id])

    def updated(self, call: Call, record: Record) -> Response:
        if call.operation in self.forgets:
            self.cached.pop(record.id, None)
        return super().updated(call, record)


@fault("UPDATE-VISIBLE")
class PatchLeavesTheCache(Caching):
    forgets = ("put", "transition")


@fault("TRANSITION-MOVES")
class TransitionLeavesTheCache(Caching):
    forgets = ("put", "patch")


@fault("UPDATE-VISIBLE")
class SecondUpdateBehind(CaseService):
    """A cache that writes behind: reads see the first update at once, later ones when the next comes."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, list[Record]] = {}

    def updated(self, call: Call, record: Record) -> Response:
        self.shown.setdefault(record.id, []).append(record)
        return super().updated(call, record)

    def get(self, call: Call) -> Response:
        seen = self.shown.get(call.id, [])
        return self.answer(200, self.render(seen[-2])) if len(seen) > 2 else super().get(call)


# Identity


@fault("UPDATE-IDENTITY")
class PutIsDeleteAndInsert(CaseService):
    """A PUT makes a new row, with a new date."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(super().replaced(record, fields), created=self.new_date())


@fault("UPDATE-IDENTITY")
class ThirdUpdateTouches(CaseService):
    """The date column updates itself, from the third update on."""

    def __init__(self) -> None:
        super().__init__()
        self.count: dict[str, int] = {}

    def merged(self, record: Record, fields: Fields) -> Record:
        self.count[record.id] = self.count.get(record.id, 0) + 1
        merged = super().merged(record, fields)
        return replace(merged, created=self.new_date()) if self.count[record.id] > 2 else merged


class Taking(CaseService):
    """Lets the payload of an update set some members."""

    def taken(self, call: Call, record: Record, document: Fields) -> Record:
        raise NotImplementedError

    def put(self, call: Call) -> Response:
        super().put(call)
        return self.updated(call, self.taken(call, self.load(call), self.read(call)))

    def patch(self, call: Call) -> Response:
        super().patch(call)
        return self.updated(call, self.taken(call, self.load(call), self.read(call)))


@fault("UPDATE-IDENTITY")
class PatchTakesTheDate(Taking):
    """A PATCH may set the date, if it reads as one."""

    def taken(self, call: Call, record: Record, document: Fields) -> Record:
        date = document.get("createdDate")
        valid = isinstance(date, str) and re.match(r"\d{4}-\d\d-\d\dT", date)
        return replace(record, created=date) if valid and call.operation == "patch" else record


@fault("UPDATE-IDENTITY")
class PutMovesTheCase(Taking):
    """A PUT with a UUID as `id` files the case under that, too."""

    def taken(self, call: Call, record: Record, document: Fields) -> Record:
        try:
            moved = replace(record, id=str(uuid.UUID(document.get("id"))))
        except (ValueError, AttributeError, TypeError):
            return record
        if call.operation == "put":
            self.rows.insert(moved)
        return record


@fault("UPDATE-IDENTITY")
class ShowsThePayloadsId(CaseService):
    """An `id` in a PATCH is stored as a field like others, and hides the real one."""

    def clean(self, call: Call, document: Fields) -> Fields:
        named = {"id": document["id"]} if "id" in document and call.operation == "patch" else {}
        return super().clean(call, document) | named

    def render(self, record: Record) -> Fields:
        return self.owned(record) | record.fields


@fault("UPDATE-IDENTITY")
class WritesTheNamedCase(CaseService):
    """The `id` in a payload, if a case has it, counts for more than the one in the path."""

    def load(self, call: Call) -> Record:
        record = super().load(call)
        if call.operation not in ("put", "patch"):
            return record
        named = self.read(call).get("id")
        return self.rows.load(named) or record if isinstance(named, str) else record


# The workflow


@fault("UPDATE-WORKFLOW-KEPT")
class PutReopens(CaseService):
    """A PUT starts from a new record, and that is open."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(super().replaced(record, fields), status=self.first_status)


@fault("UPDATE-WORKFLOW-KEPT")
class PatchReopens(CaseService):
    """Who changes a closed case reopens it."""

    def merged(self, record: Record, fields: Fields) -> Record:
        status = "Reopened" if record.status == "Closed" and fields else record.status
        return replace(super().merged(record, fields), status=status)


@fault("UPDATE-WORKFLOW-KEPT")
class ShowsAnotherWorkflow(CaseService):
    """After a PUT the workflow shown is not the one that a transition takes."""

    def __init__(self) -> None:
        super().__init__()
        self.replaced_ids: set[str] = set()

    def replaced(self, record: Record, fields: Fields) -> Record:
        self.replaced_ids.add(record.id)
        return super().replaced(record, fields)

    def same_workflow(self, record: Record, document: Fields) -> None:
        if record.id in self.replaced_ids:
            raise Refusal(422, "workflowId is not this case's")
        super().same_workflow(record, document)
