"""Correct servers with other stores: SQL, events, decimals, replicas and locks."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record, Refusal, Rows
from reference_server.service import CaseService
from reference_server.sockets import Response
from reference_server.value_changes import numbers

OWNED_COLUMNS = "id TEXT PRIMARY KEY, created TEXT, workflow TEXT, status TEXT"


class SqlRows:
    """Store with one row per case and the fields in a JSON column."""

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
    """Store with one row per leaf (entity, attribute, value)."""

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
            insert_value(fields, json.loads(path), kind, value)
        return Record(*row, fields=fields)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """Yield path, kind and text of every leaf and container, outer ones first."""
    if isinstance(value, dict | list):
        if path:
            yield path, type(value).__name__, ""
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, "leaf", json.dumps(value)


def insert_value(document: Any, path: list[Any], kind: str, value: str) -> None:
    """Insert a leaf or an empty container at its path."""
    for key in path[:-1]:
        document = document[key]
    item = {"dict": dict, "list": list}[kind]() if kind != "leaf" else json.loads(value)
    if isinstance(document, list):
        document.append(item)
    else:
        document[path[-1]] = item


class EventRows(Rows):
    """Store of events, from which each read computes the case."""

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
    """Fields are in a JSON column."""

    rows_type = SqlRows


@variant()
class EntityAttributeValue(CaseService):
    """Each leaf is a row of its own."""

    rows_type = AttributeRows


@variant()
class EventSourced(CaseService):
    """Cases are stored as events."""

    rows_type = EventRows


@variant()
class Decimals(CaseService):
    """Numbers are decimals without trailing zeros: 1 for 1.0, 100 for 1e2."""

    def encode(self, document: Any) -> bytes:
        return super().encode(numbers(plain)(document))


def plain(number: float) -> float:
    exact = Decimal(repr(number))
    return int(exact) if exact == exact.to_integral_value() else number


@variant()
class EverythingFloat(CaseService):
    """Numbers are floats: 5.0 for 5."""

    def encode(self, document: Any) -> bytes:
        return super().encode(
            numbers(lambda number: float(number) if abs(number) <= 2**53 else number)(document)
        )


@variant(deployment="[case]\nconsistency_wait = 0.02")
class Replica(CaseService):
    """Reads come from a replica that is 10 ms behind."""

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
        return self.json_response(200, self.render(arrived[-1]))


class Locking(CaseService):
    """A second writer of a case is refused with 423."""

    status = 423

    def __init__(self) -> None:
        super().__init__()
        self.busy: set[str] = set()

    @contextmanager
    def lock_for(self, call: Call):
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
    """A write is refused with 409 if the case has changed since it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = threading.local()

    @contextmanager
    def lock_for(self, call: Call):
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
    """`canceled` is false by default."""

    def render(self, record: Record) -> Fields:
        return {"canceled": False} | super().render(record)
