"""Servers that keep cases elsewhere: SQL in several shapes, events, decimals, replicas, locks that refuse."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from reference_server.catalogue import variant
from reference_server.mapping import numbers
from reference_server.records import Call, Fields, Record, Refusal, Rows
from reference_server.service import CaseService
from reference_server.sockets import Response

OWNED_COLUMNS = "id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT"


class SqlRows:
    """One row a case, its fields in a JSON column."""

    schema = f"CREATE TABLE cases ({OWNED_COLUMNS}, fields TEXT)"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.connection.executescript(self.schema)

    def insert(self, record: Record) -> None:
        row = (record.id, record.created, record.workflow, record.status, json.dumps(record.fields))
        self.connection.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?)", row)

    def load(self, id_: str) -> Record | None:
        row = self.connection.execute("SELECT * FROM cases WHERE id = ?", (id_,)).fetchone()
        return row and Record(*row[:4], fields=json.loads(row[4]))

    def save(self, record: Record) -> None:
        row = (record.workflow, record.status, json.dumps(record.fields), record.id)
        self.connection.execute("UPDATE cases SET workflow = ?, status = ?, fields = ? WHERE id = ?", row)


class AttributeRows(SqlRows):
    """Entity, attribute, value: one row for each leaf, under its path."""

    schema = f"""CREATE TABLE cases ({OWNED_COLUMNS});
        CREATE TABLE leaves (entity TEXT, path TEXT, kind TEXT, value TEXT, PRIMARY KEY (entity, path));"""

    def insert(self, record: Record) -> None:
        row = (record.id, record.created, record.workflow, record.status)
        self.connection.execute("INSERT INTO cases VALUES (?, ?, ?, ?)", row)
        self.write(record)

    def save(self, record: Record) -> None:
        row = (record.workflow, record.status, record.id)
        self.connection.execute("UPDATE cases SET workflow = ?, status = ? WHERE id = ?", row)
        self.connection.execute("DELETE FROM leaves WHERE entity = ?", (record.id,))
        self.write(record)

    def write(self, record: Record) -> None:
        rows = [(record.id, json.dumps(path), kind, value) for path, kind, value in leaves(record.fields)]
        self.connection.executemany("INSERT INTO leaves VALUES (?, ?, ?, ?)", rows)

    def load(self, id_: str) -> Record | None:
        row = self.connection.execute("SELECT * FROM cases WHERE id = ?", (id_,)).fetchone()
        if row is None:
            return None
        query = "SELECT path, kind, value FROM leaves WHERE entity = ? ORDER BY rowid"
        fields: Fields = {}
        for path, kind, value in self.connection.execute(query, (id_,)):
            plant(fields, json.loads(path), kind, value)
        return Record(*row, fields=fields)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """Path, kind and text of every leaf and every container in a document, outer ones first."""
    if isinstance(value, dict | list):
        if path:
            yield path, type(value).__name__, ""
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, "leaf", json.dumps(value)


def plant(document: Any, path: list[Any], kind: str, value: str) -> None:
    """Put a leaf or an empty container where its path says."""
    for key in path[:-1]:
        document = document[key]
    item = {"dict": dict, "list": list}[kind]() if kind != "leaf" else json.loads(value)
    if isinstance(document, list):
        document.append(item)
    else:
        document[path[-1]] = item


class EventRows(Rows):
    """Keeps what happened, and works a case out anew for each read."""

    def __init__(self) -> None:
        self.events: dict[str, list[tuple[str, str]]] = {}

    def insert(self, record: Record) -> None:
        self.events[record.id] = [("created", json.dumps(vars(record)))]

    def save(self, record: Record) -> None:
        self.events[record.id].append(("changed", json.dumps(vars(record))))

    def load(self, id_: str) -> Record | None:
        state: Fields = {}
        for _, text in self.events.get(id_, ()):
            state |= json.loads(text)
        return Record(**state) if state else None


@variant()
class JsonColumn(CaseService):
    rows_type = SqlRows


@variant()
class EntityAttributeValue(CaseService):
    rows_type = AttributeRows


@variant()
class EventSourced(CaseService):
    rows_type = EventRows


@variant()
class Decimals(CaseService):
    """Numbers are decimals, and are written as plainly as they can be: 1 for 1.0, 100 for 1e2."""

    def encode(self, document: Any) -> bytes:
        return super().encode(numbers(plain)(document))


def plain(number: float) -> float:
    exact = Decimal(repr(number))
    return int(exact) if exact == exact.to_integral_value() else number


@variant()
class EverythingFloat(CaseService):
    """All numbers are floats, and are written with a fraction while they are small: 5.0 for 5."""

    def encode(self, document: Any) -> bytes:
        return super().encode(
            numbers(lambda number: float(number) if abs(number) <= 2**53 else number)(document)
        )


@variant(deployment="[case]\nconsistency_wait = 0.02")
class Replica(CaseService):
    """Reads come from a copy that is 10 ms behind."""

    lag = 0.01

    def __init__(self) -> None:
        super().__init__()
        self.log: dict[str, list[tuple[float, Record]]] = {}

    def note(self, record: Record) -> None:
        self.log.setdefault(record.id, []).append((time.monotonic(), record))

    def create(self, call: Call) -> Response:
        response = super().create(call)
        self.note(self.rows.load(json.loads(response.body)["id"]))
        return response

    def updated(self, call: Call, record: Record) -> Response:
        self.note(record)
        return super().updated(call, record)

    def get(self, call: Call) -> Response:
        horizon = time.monotonic() - self.lag
        arrived = [record for at, record in self.log.get(call.id, ()) if at <= horizon]
        if not arrived:
            raise Refusal(404, "no such case")
        return self.answer(200, self.render(arrived[-1]))


class Locking(CaseService):
    """One writer at a time for a case; a second one is refused while the first is at it."""

    status = 423

    def __init__(self) -> None:
        super().__init__()
        self.busy: set[str] = set()

    @contextmanager
    def turn(self, call: Call):
        if call.operation in ("create", "get"):
            with self.lock:
                yield
            return
        with self.lock:
            if call.id in self.busy:
                raise Refusal(self.status, "somebody else is at it", Retry_After="1")
            self.busy.add(call.id)
        try:
            time.sleep(0.004)
            yield
        finally:
            self.busy.discard(call.id)


variant()(Locking)


@variant()
class Optimistic(CaseService):
    """Nobody waits; who finds that the case changed under its hands is refused with 409."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = threading.local()

    @contextmanager
    def turn(self, call: Call):
        yield

    def load(self, call: Call) -> Record:
        self.seen.record = super().load(call)
        return self.seen.record

    def updated(self, call: Call, record: Record) -> Response:
        time.sleep(0.003)
        with self.lock:
            if self.rows.load(record.id) != self.seen.record:
                raise Refusal(409, "changed meanwhile")
            return super().updated(call, record)


@variant()
class Defaults(CaseService):
    """`canceled` is false wherever nobody said otherwise."""

    def render(self, record: Record) -> Fields:
        return {"canceled": False} | super().render(record)
