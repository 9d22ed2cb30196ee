"""Faults in stored state: stale caches, and updates of identity or workflow."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import replace

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Response

# Caches


class CachesReads(CaseService):
    """Base for servers that cache GET responses until an operation in `invalidating`."""

    invalidating: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.cached: dict[str, Response] = {}

    def get(self, call: Call) -> Response:
        if call.id not in self.cached:
            self.cached[call.id] = super().get(call)
        return replace(self.cached[call.id])

    def updated(self, call: Call, record: Record) -> Response:
        if call.operation in self.invalidating:
            self.cached.pop(record.id, None)
        return super().updated(call, record)


@fault("TRANSITION-MOVES")
class TransitionKeepsCache(CachesReads):
    """A transition does not invalidate the cache."""

    invalidating = ("put", "patch")


@fault("UPDATE-VISIBLE")
class ReadsAreCachedForAWhile(CaseService):
    """A cache shows a record for 0.3 seconds after it was read, whatever happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.cached: dict[str, tuple[float, Response]] = {}

    def get(self, call: Call) -> Response:
        now = time.monotonic()
        if self.cached.get(call.id, (0.0,))[0] < now:
            self.cached[call.id] = (now + 0.3, super().get(call))
        return replace(self.cached[call.id][1])


@fault("UPDATE-VISIBLE")
class ReadsLagOneUpdate(CaseService):
    """From the second update on, reads are one update behind."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, list[Record]] = {}

    def updated(self, call: Call, record: Record) -> Response:
        self.shown.setdefault(record.id, []).append(record)
        return super().updated(call, record)

    def get(self, call: Call) -> Response:
        seen = self.shown.get(call.id, [])
        return self.json_response(200, self.render(seen[-2])) if len(seen) > 2 else super().get(call)


# Identity


@fault("UPDATE-IDENTITY")
class PutIsDeleteAndInsert(CaseService):
    """A PUT inserts a new row with a new date."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(super().replaced(record, fields), created=self.new_date())


@fault("UPDATE-IDENTITY")
class ThirdPatchChangesDate(CaseService):
    """The third PATCH and every later one change the date."""

    def __init__(self) -> None:
        super().__init__()
        self.count: dict[str, int] = {}

    def merged(self, record: Record, fields: Fields) -> Record:
        self.count[record.id] = self.count.get(record.id, 0) + 1
        merged = super().merged(record, fields)
        return replace(merged, created=self.new_date()) if self.count[record.id] > 2 else merged


class UpdateSetsMembers(CaseService):
    """Base for servers that let an update set server-owned members."""

    def with_client_values(self, call: Call, record: Record, document: Fields) -> Record:
        """Return the record with the members that the payload set."""
        raise NotImplementedError

    def put(self, call: Call) -> Response:
        super().put(call)
        return self.updated(call, self.with_client_values(call, self.load(call), self.read(call)))

    def patch(self, call: Call) -> Response:
        super().patch(call)
        return self.updated(call, self.with_client_values(call, self.load(call), self.read(call)))


@fault("UPDATE-IDENTITY")
class PatchSetsDate(UpdateSetsMembers):
    """A PATCH may set the date."""

    def with_client_values(self, call: Call, record: Record, document: Fields) -> Record:
        date = document.get("createdDate")
        valid = isinstance(date, str) and re.match(r"\d{4}-\d\d-\d\dT", date)
        return replace(record, created=date) if valid and call.operation == "patch" else record


@fault("UPDATE-IDENTITY")
class PutCopiesCase(UpdateSetsMembers):
    """A PUT with a UUID as `id` also stores the case under that id."""

    def with_client_values(self, call: Call, record: Record, document: Fields) -> Record:
        try:
            moved = replace(record, id=str(uuid.UUID(document.get("id"))))
        except (ValueError, AttributeError, TypeError):
            return record
        if call.operation == "put":
            self.rows.insert(moved)
        return record


@fault("UPDATE-IDENTITY")
class PatchedIdIsShown(CaseService):
    """An `id` in a PATCH is stored as a field and hides the real id."""

    def clean(self, call: Call, document: Fields) -> Fields:
        named = {"id": document["id"]} if "id" in document and call.operation == "patch" else {}
        return super().clean(call, document) | named

    def render(self, record: Record) -> Fields:
        return self.owned(record) | record.fields


@fault("UPDATE-IDENTITY")
class PayloadIdWins(CaseService):
    """The `id` in a payload selects the case, instead of the id in the path."""

    def load(self, call: Call) -> Record:
        record = super().load(call)
        if call.operation not in ("put", "patch"):
            return record
        named = self.read(call).get("id")
        return self.rows.load(named) or record if isinstance(named, str) else record


# The workflow


@fault("UPDATE-WORKFLOW-KEPT")
class PutReopens(CaseService):
    """A PUT resets the status to open."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(super().replaced(record, fields), status=self.first_status)


@fault("UPDATE-WORKFLOW-KEPT")
class PutInvalidatesWorkflow(CaseService):
    """After a PUT, a transition refuses the workflow id that GET shows."""

    def __init__(self) -> None:
        super().__init__()
        self.replaced_ids: set[str] = set()

    def replaced(self, record: Record, fields: Fields) -> Record:
        self.replaced_ids.add(record.id)
        return super().replaced(record, fields)

    def check_workflow(self, record: Record, document: Fields) -> None:
        if record.id in self.replaced_ids:
            raise Refusal(422, "workflowId is not this case's")
        super().check_workflow(record, document)
