"""Faults in concurrency: each server is correct for one request at a time."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record
from reference_server.service import CaseService
from reference_server.sockets import Response


class Unlocked(CaseService):
    """Base for servers that read, change and write without a lock."""

    pause = 0.003

    def lock_for(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext()

    def updated(self, call: Call, record: Record) -> Response:
        time.sleep(self.pause)
        return super().updated(call, record)


@fault("PARALLEL-PATCH")
class ReadModifyWrite(Unlocked):
    """Updates read, change and write without a lock."""


@fault("PARALLEL-PATCH")
class BatchKeepsLastPatch(CaseService):
    """Only the last of the PATCHes that arrive within 3 ms is kept."""

    def lock_for(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation == "patch" else self.lock

    def patch(self, call: Call) -> Response:
        record = self.load(call)
        time.sleep(0.003)
        fields = self.fields(call)
        with self.lock:
            return self.updated(call, self.merged(record, fields))


@fault("PARALLEL-CREATE")
class CreateLosesRow(CaseService):
    """A create copies the table, extends the copy and writes it back."""

    def lock_for(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation == "create" else self.lock

    def create(self, call: Call) -> Response:
        copy = dict(self.rows.texts)
        time.sleep(0.002)
        response = super().create(call)
        id_ = json.loads(response.body)["id"]
        self.rows.texts = copy | {id_: self.rows.texts[id_]}
        return response


class PutInSteps(CaseService):
    """Base for servers whose PUT has visible intermediate states."""

    def lock_for(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation in ("put", "get") else self.lock

    def updated(self, call: Call, record: Record) -> Response:
        if call.operation == "put":
            self.steps(self.load(call), record)
        return super().updated(call, record)

    def steps(self, old: Record, new: Record) -> None:
        raise NotImplementedError


@fault("PARALLEL-PUT")
class PutWritesFieldByField(PutInSteps):
    """A PUT writes each field with a separate statement."""

    def steps(self, old: Record, new: Record) -> None:
        fields: Fields = dict(old.fields)
        for name, value in new.fields.items():
            fields[name] = value
            self.rows.save(replace(old, fields=dict(fields)))
            time.sleep(0.001)


@fault("PARALLEL-PUT")
class PutDeletesThenInserts(PutInSteps):
    """During a PUT, the case does not exist for 2 ms."""

    def steps(self, old: Record, new: Record) -> None:
        self.rows.texts.pop(old.id, None)
        time.sleep(0.002)
        self.rows.insert(old)

    def load(self, call: Call) -> Record:
        record = self.rows.load(call.id)
        if record is None and call.operation == "put":
            time.sleep(0.004)
        return super().load(call)


@fault("PARALLEL-PUT")
class MixesParallelPuts(CaseService):
    """Parallel PUTs can leave fields of both."""

    def lock_for(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation == "put" else self.lock

    def put(self, call: Call) -> Response:
        record = self.load(call)
        fields = self.fields(call)
        time.sleep(0.003)
        with self.lock:
            now = self.load(call).fields
            kept = {name: value for name, value in now.items() if name not in record.fields}
            return self.updated(call, self.replaced(record, kept | fields))


@fault("PARALLEL-TRANSITION")
class TransitionToggles(Unlocked):
    """A transition validates the status it read, then toggles the stored status."""

    def transitioned(self, record: Record, status: str) -> Record:
        time.sleep(0.003)
        with self.lock:
            now = self.rows.load(record.id)
            other = "Reopened" if now.status == "Closed" else "Closed"
            self.rows.save(replace(now, status=other))
            return replace(now, status=other)


@fault("UPDATE-VISIBLE")
class TwoReplicas(CaseService):
    """Every second read comes from a replica that is 15 ms behind."""

    lag = 0.015
    reads = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.log: dict[str, list[tuple[float, Record]]] = {}

    def updated(self, call: Call, record: Record) -> Response:
        old = self.log.setdefault(record.id, [(0.0, self.load(call))])
        old.append((time.monotonic(), record))
        return super().updated(call, record)

    def get(self, call: Call) -> Response:
        log = self.log.get(call.id)
        if log is None or next(self.reads) % 2:
            return super().get(call)
        horizon = time.monotonic() - self.lag
        return self.json_response(200, self.render([record for at, record in log if at <= horizon][-1]))


@fault("LINEARIZABLE")
class TransitionWritesOldFields(CaseService):
    """A transition takes 4 ms and then writes back the old fields."""

    @contextmanager
    def lock_for(self, call: Call) -> Iterator[None]:
        if call.operation == "transition":
            yield
            return
        with self.lock:
            yield

    def transitioned(self, record: Record, status: str) -> Record:
        time.sleep(0.004)
        return super().transitioned(record, status)


@fault("LINEARIZABLE")
class TransitionShowsItsHalves(CaseService):
    """A transition writes the status, and the new workflow id 3 ms later."""

    def lock_for(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation == "get" else self.lock

    def transitioned(self, record: Record, status: str) -> Record:
        moved = super().transitioned(record, status)
        self.rows.save(moved)
        time.sleep(0.003)
        return replace(moved, workflow=self.new_workflow())


@fault("UPDATE-VISIBLE")
class PutIsWrittenLater(CaseService):
    """A PUT is written 5 ms after its response."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: dict[str, tuple[float, Record]] = {}

    def load(self, call: Call) -> Record:
        due, record = self.pending.get(call.id, (0.0, None))
        if record is not None and (call.operation != "get" or due <= time.monotonic()):
            self.rows.save(record)
            del self.pending[call.id]
        return super().load(call)

    def updated(self, call: Call, record: Record) -> Response:
        if call.operation != "put":
            return super().updated(call, record)
        self.pending[record.id] = (time.monotonic() + 0.005, record)
        return self.json_response(200, self.update_body(call, record))


@fault("PARALLEL-PATCH")
class ParallelPatchIsDropped(CaseService):
    """A PATCH that arrives during another one returns 200 and is ignored."""

    def __init__(self) -> None:
        super().__init__()
        self.busy: set[str] = set()

    def lock_for(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation == "patch" else self.lock

    def patch(self, call: Call) -> Response:
        if call.id in self.busy:
            return self.json_response(200, {"status": "ok"})
        self.busy.add(call.id)
        try:
            time.sleep(0.002)
            with self.lock:
                return super().patch(call)
        finally:
            self.busy.discard(call.id)
