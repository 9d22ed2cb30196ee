"""Each kind of store, empty and of the test's own; and what several processes can do to one at the same time."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text

from mock_server.core.store import MemoryStore, Store, Stored
from mock_server.storage.databases import named
from mock_server.storage.sql import open_store

SERVER = os.environ.get("CASEIQ_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A PostgreSQL whose user may create databases."""
DATABASES = ("sqlite", "postgresql")
KINDS = ("memory", *DATABASES)


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a new store of this kind."""
    if kind != "postgresql":
        yield f"sqlite:///{folder / 'cases.db'}" if kind == "sqlite" else kind
        return
    name = f"caseiq_test_{uuid.uuid4().hex}"
    serve(f"CREATE DATABASE {name}")
    try:
        yield named(SERVER)[0].set(drivername="postgresql", database=name, query={}).render_as_string(False)
    finally:
        serve(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """The store at a URL."""
    store = MemoryStore() if url == "memory" else open_store(url)
    try:
        yield store
    finally:
        store.close()


def serve(statement: str) -> None:
    """Run a statement on the PostgreSQL server; skips the test where none answers."""
    try:
        connection = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL answers (CASEIQ_TEST_POSTGRESQL names one): {error}")
    with connection:
        connection.execute(statement.encode())


def interrupt(url: str) -> None:
    """End all connections to a database, as a restart does."""
    serve(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{named(url)[0].database}'"
    )


def ask(url: str, *statements: str) -> list[Any]:
    """Run statements past the store, and return the rows of the last."""
    engine = create_engine(named(url)[0], isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            results = [connection.execute(text(statement)) for statement in statements]
            return list(results[-1]) if results[-1].returns_rows else []
    finally:
        engine.dispose()


def count(store: Store, case_id: str, times: int) -> None:
    """Add one to the number that a case holds, many times."""
    for _ in range(times):
        store.update(case_id, lambda case: Stored(case.state, b"%d" % (int(case.text) + 1)))


def start_and_count(url: str, times: int) -> None:
    """What a process of its own does: open the store, add the one case unless it is there, and count in it."""
    store = open_store(url)
    store.restore([("1", Stored("Open", b"0"))], if_empty=True)
    count(store, "1", times)
    store.close()
