"""Servers that are right as long as one request runs at a time."""

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


class Racing(CaseService):
    """Takes no turns: what is read may be old when it is written back."""

    pause = 0.003

    def turn(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext()

    def updated(self, call: Call, record: Record) -> Response:
        time.sleep(self.pause)
        return super().updated(call, record)


@fault("PARALLEL-PATCH")
class ReadModifyWrite(Racing):
    """Read, change, write, without a lock."""


@fault("PARALLEL-PATCH")
class LastOfABatch(CaseService):
    """PATCHes that come within 3 ms of each other are one batch, and its last one counts."""

    def turn(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation == "patch" else self.lock

    def patch(self, call: Call) -> Response:
        record = self.load(call)
        time.sleep(0.003)
        fields = self.fields(call)
        with self.lock:
            return self.updated(call, self.merged(record, fields))


@fault("PARALLEL-CREATE")
class LosesACreate(CaseService):
    """The table is copied, extended and put back."""

    def turn(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation == "create" else self.lock

    def create(self, call: Call) -> Response:
        copy = dict(self.rows.texts)
        time.sleep(0.002)
        response = super().create(call)
        id_ = json.loads(response.body)["id"]
        self.rows.texts = copy | {id_: self.rows.texts[id_]}
        return response


class PutInSteps(CaseService):
    """A PUT writes field after field, and others can look in between."""

    def turn(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation in ("put", "get") else self.lock

    def updated(self, call: Call, record: Record) -> Response:
        if call.operation == "put":
            self.steps(self.load(call), record)
        return super().updated(call, record)

    def steps(self, old: Record, new: Record) -> None:
        raise NotImplementedError


@fault("PARALLEL-PUT")
class FieldByField(PutInSteps):
    """Each field is an UPDATE of its own."""

    def steps(self, old: Record, new: Record) -> None:
        fields: Fields = dict(old.fields)
        for name, value in new.fields.items():
            fields[name] = value
            self.rows.save(replace(old, fields=dict(fields)))
            time.sleep(0.001)


@fault("PARALLEL-PUT")
class DeletesThenInserts(PutInSteps):
    """For 2 ms of a PUT there is no case."""

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
    """A PUT works out which fields to remove from a record that may be old, and writes the rest over the new one."""

    def turn(self, call: Call) -> AbstractContextManager[Any]:
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
class TogglesInParallel(Racing):
    """The move is checked against what was read, and made as a switch on what is stored."""

    def moved(self, record: Record, status: str) -> Record:
        time.sleep(0.003)
        with self.lock:
            now = self.rows.load(record.id)
            other = "Reopened" if now.status == "Closed" else "Closed"
            self.rows.save(replace(now, status=other))
            return replace(now, status=other)


@fault("LINEARIZABLE")
class TwoReplicas(CaseService):
    """Every other read is from a copy that is 15 ms behind."""

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
        return self.answer(200, self.render([record for at, record in log if at <= horizon][-1]))


@fault("LINEARIZABLE")
class MoveWritesOldFields(CaseService):
    """A transition writes the whole record back as it was before its 4 ms of work."""

    @contextmanager
    def turn(self, call: Call) -> Iterator[None]:
        if call.operation == "transition":
            yield
            return
        with self.lock:
            yield

    def moved(self, record: Record, status: str) -> Record:
        time.sleep(0.004)
        return super().moved(record, status)


@fault("UPDATE-VISIBLE")
class AnswersBeforeItWrites(CaseService):
    """A PUT is answered 200, and written 5 ms later or with the next write."""

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
        return self.answer(200, self.outcome(call, record))


@fault("PARALLEL-PATCH")
class BusyIsFine(CaseService):
    """Who comes while another writes is answered 200 without being written."""

    def __init__(self) -> None:
        super().__init__()
        self.busy: set[str] = set()

    def turn(self, call: Call) -> AbstractContextManager[Any]:
        return nullcontext() if call.operation == "patch" else self.lock

    def patch(self, call: Call) -> Response:
        if call.id in self.busy:
            return self.answer(200, {"status": "ok"})
        self.busy.add(call.id)
        try:
            time.sleep(0.002)
            with self.lock:
                return super().patch(call)
        finally:
            self.busy.discard(call.id)
