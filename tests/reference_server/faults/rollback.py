"""Faults that undo an accepted write, or keep a case from being written."""

from __future__ import annotations

from typing import Any, ClassVar

from reference_server.catalogue import fault
from reference_server.records import Call, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


class RollsBack(CaseService):
    """Base for servers whose refusals end the transaction of the last accepted write."""

    def __init__(self) -> None:
        super().__init__()
        self.previous: dict[str, Record] = {}

    def updated(self, call: Call, record: Record) -> Response:
        before = self.rows.load(record.id)
        if before is not None:
            self.previous[record.id] = before
        return super().updated(call, record)

    def roll_back(self, case_id: str) -> None:
        if case_id in self.previous:
            self.rows.save(self.previous.pop(case_id))


@fault("UPDATE-REFUSED-INERT")
class RefusedPatchRollsBack(RollsBack):
    """A refused PATCH rolls back the last accepted update."""

    def patch(self, call: Call) -> Response:
        try:
            return super().patch(call)
        except Refusal:
            self.roll_back(call.id)
            raise


@fault("UPDATE-REFUSED-INERT")
class WrongMediaTypeRollsBack(RollsBack):
    """A PUT of another media type rolls back the last accepted update."""

    def put(self, call: Call) -> Response:
        try:
            return super().put(call)
        except Refusal as refusal:
            if refusal.status == 415:
                self.roll_back(call.id)
            raise


@fault("UPDATE-VALIDATES")
class MalformedPutRollsBack(RollsBack):
    """A PUT of an array rolls back the last accepted update."""

    def put(self, call: Call) -> Response:
        try:
            return super().put(call)
        except Refusal as refusal:
            if "not an object" in refusal.reason:
                self.roll_back(call.id)
            raise


@fault("AUTH-INERT")
class UnauthorizedRequestRollsBack(RollsBack):
    """A request without credentials ends the open transaction of the case."""

    def authenticate(self, call: Call) -> None:
        try:
            super().authenticate(call)
        except Refusal:
            self.roll_back(call.id)
            raise


@fault("TRANSITION-REFUSED-INERT")
class RefusedTransitionRollsBack(RollsBack):
    """A refused transition rolls back the last accepted update."""

    def transition(self, call: Call) -> Response:
        try:
            return super().transition(call)
        except Refusal:
            self.roll_back(call.id)
            raise


@fault("GET-SAFE")
class SafeMethodRollsBack(RollsBack):
    """An undocumented method on a transition rolls back the last accepted write."""

    def perform(self, request: Request) -> Response:
        if request.method == "OPTIONS" and request.target.endswith("/transition"):
            self.roll_back(request.target.split("/")[-2])
        return super().perform(request)


class RollsBackAnyCase(CaseService):
    """Base for servers whose refusals end the transaction of the last write, whatever case it was."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Record | None = None

    def updated(self, call: Call, record: Record) -> Response:
        self.before = self.rows.load(record.id)
        return super().updated(call, record)

    def roll_back(self) -> None:
        if self.before is not None:
            self.rows.save(self.before)
        self.before = None


@fault("GET-SAFE")
class UnknownIdRollsBack(RollsBackAnyCase):
    """A GET of an unknown id rolls back the last accepted update of any case."""

    def get(self, call: Call) -> Response:
        if self.rows.load(call.id) is None:
            self.roll_back()
        return super().get(call)


@fault("UPDATE-ISOLATED")
class RefusedCreateRollsBack(RollsBackAnyCase):
    """A refused create rolls back the last accepted update of any case."""

    def create(self, call: Call) -> Response:
        try:
            return super().create(call)
        except Refusal:
            self.roll_back()
            raise


@fault("UPDATE-ISOLATED")
class TransitionOfUnknownIdRollsBack(RollsBackAnyCase):
    """A transition of an unknown id rolls back the last accepted update of any case."""

    def transition(self, call: Call) -> Response:
        if self.rows.load(call.id) is None:
            self.roll_back()
        return super().transition(call)


@fault("METHOD-UNKNOWN")
class UnknownMethodRollsBack(RollsBackAnyCase):
    """A DELETE, which is refused, rolls back the last accepted update of any case."""

    def perform(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.roll_back()
        return super().perform(request)


class Locks(CaseService):
    """Base for servers on which a case that was ever closed stays locked."""

    locked: ClassVar[tuple[str, ...]] = ()

    def refuse_locked(self, call: Call, record: Record) -> None:
        if call.operation in self.locked and record.status == "Reopened":
            raise Refusal(423, "the case is locked")

    def updated(self, call: Call, record: Record) -> Response:
        self.refuse_locked(call, record)
        return super().updated(call, record)


@fault("PATCH-STATUS")
class PatchIsLockedAfterReopen(Locks):
    """A reopened case refuses PATCH."""

    locked = ("patch",)


@fault("PUT-STATUS")
class PutIsLockedAfterReopen(Locks):
    """A reopened case refuses PUT."""

    locked = ("put",)


@fault("PATCH-PARTIAL")
class PatchIsIgnoredAfterReopen(CaseService):
    """A PATCH of a reopened case returns 200 and is not stored."""

    def merged(self, record: Record, fields: dict[str, Any]) -> Record:
        return record if record.status == "Reopened" else super().merged(record, fields)
