"""Faults of object-relational mappers, replicas and shortcuts: lost changes, defaults, late reads, requests let through."""

from __future__ import annotations

import time
from dataclasses import replace

from reference_server.catalogue import fault
from reference_server.faults.tokens import token_fault
from reference_server.records import Call, Fields, Record
from reference_server.service import CaseService
from reference_server.sockets import Response
from reference_server.tokens import TokenService

# Mappers


@fault("PATCH-PARTIAL")
class NestedChangesAreNotSaved(CaseService):
    """A PATCH that only changes the inside of an object is shown, but not saved."""

    def updated(self, call: Call, record: Record) -> Response:
        old = self.load(call).fields
        changed = [name for name, value in record.fields.items() if old.get(name) != value]
        inner = all(isinstance(old.get(name), dict) for name in changed)
        if call.operation == "patch" and changed and inner:
            return self.json_response(200, self.update_body(call, record))
        return super().updated(call, record)


@fault("PATCH-PARTIAL")
class PatchResetsDefaults(CaseService):
    """A PATCH sets a known flag that it omits to its default."""

    def merged(self, record: Record, fields: Fields) -> Record:
        known = {"testConfirmed": True} if "testConfirmed" in record.fields else {}
        return replace(record, fields=record.fields | known | fields)


@fault("PATCH-PARTIAL")
class PatchIgnoresNameCase(CaseService):
    """A PATCH finds the field to change whatever the case of its name."""

    def merged(self, record: Record, fields: Fields) -> Record:
        known = {name.lower(): name for name in record.fields}
        return super().merged(
            record, {known.get(name.lower(), name): value for name, value in fields.items()}
        )


@fault("PUT-REPLACES")
class PutIgnoresNull(CaseService):
    """A PUT keeps the old value of a field that is null in the payload."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        kept = {name: record.fields.get(name) for name, value in fields.items() if value is None}
        return replace(record, fields=fields | kept)


@fault("PUT-REPLACES")
class PutAfterTransitionMerges(CaseService):
    """A PUT on a case that was moved keeps the fields that it omits."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        moved = record.status != self.first_status
        return replace(record, fields=record.fields | fields if moved else fields)


@fault("UPDATE-WORKFLOW-KEPT")
class PutRestoresFirstWorkflow(CaseService):
    """Each transition gives the case a new workflow id, and a PUT restores the first one."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}

    def transitioned(self, record: Record, status: str) -> Record:
        self.first.setdefault(record.id, record.workflow)
        return replace(record, status=status, workflow=self.new_workflow())

    def replaced(self, record: Record, fields: Fields) -> Record:
        return replace(
            record, fields=fields, status=self.first_status if record.id in self.first else record.status
        )


@fault("UPDATE-ISOLATED")
class TransitionFindsCaseByWorkflow(CaseService):
    """All cases share a workflow id, and a transition also moves the case that was created first with it."""

    def new_workflow(self) -> str:
        return "0b8cbb0e-4f0d-4b8e-9a43-1c5d0f1a2b3c"

    def updated(self, call: Call, record: Record) -> Response:
        if call.operation == "transition":
            oldest = self.rows.load(next(iter(self.rows.texts)))
            if oldest is not None and oldest.id != record.id:
                self.rows.save(replace(oldest, status=record.status))
        return super().updated(call, record)


# Replicas


class Replica(CaseService):
    """Base for servers whose reads show some writes 30 ms late."""

    late: tuple[str, ...] = ()
    delay = 0.03

    def __init__(self) -> None:
        super().__init__()
        self.old: dict[str, tuple[float, Record]] = {}

    def updated(self, call: Call, record: Record) -> Response:
        if call.operation in self.late:
            self.old[record.id] = (time.monotonic() + self.delay, self.load(call))
        else:
            self.old.pop(record.id, None)
        return super().updated(call, record)

    def get(self, call: Call) -> Response:
        end, record = self.old.get(call.id, (0.0, None))
        if record is not None and time.monotonic() < end:
            return self.json_response(200, self.render(record))
        return super().get(call)


@fault("UPDATE-VISIBLE")
class ReplicaLagsAfterPatch(Replica):
    """A GET shows a PATCH 30 ms late."""

    late = ("patch",)


@fault("TRANSITION-MOVES")
class ReplicaLagsAfterTransition(Replica):
    """A GET shows a transition 30 ms late."""

    late = ("transition",)


# Requests let through


@fault("AUTH-REQUIRED")
class EmptyPatchNeedsNoToken(CaseService):
    """A PATCH without changes returns the record before the token is checked."""

    def authenticate(self, call: Call) -> None:
        if call.operation != "patch" or call.request.body.strip() != b"{}":
            super().authenticate(call)


@fault("AUTH-REQUIRED")
class EmptyCreateNeedsNoToken(CaseService):
    """A create with {} needs no token."""

    def authenticate(self, call: Call) -> None:
        if call.operation != "create" or call.request.body.strip() != b"{}":
            super().authenticate(call)


@token_fault("TOKEN-EXPIRY")
class ExpiredTokensCanTransition(TokenService):
    """A transition accepts expired tokens."""

    def valid(self, token: str, call: Call) -> bool:
        return super().valid(token, call) or (call.operation == "transition" and token in self.expiries)


@token_fault("TOKEN-EXPIRY")
class ExpiredTokensCanCreate(TokenService):
    """A create accepts expired tokens."""

    def valid(self, token: str, call: Call) -> bool:
        return super().valid(token, call) or (call.operation == "create" and token in self.expiries)


@token_fault("TOKEN-EXPIRY")
class UseRenewsTokens(TokenService):
    """Each use of a token extends its lifetime."""

    def valid(self, token: str, call: Call) -> bool:
        valid = super().valid(token, call)
        if valid:
            self.expiries[token] = max(self.expiries[token], self.clock() + 2)
        return valid
