"""Empty stores of each kind, and operations of several processes on one store."""

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
from mock_server.storage.databases import parse_url
from mock_server.storage.sql import open_store
from support.suspended_store import SuspendedStore

SERVER = os.environ.get("CASEIQ_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A PostgreSQL whose user may create databases."""
DATABASES = ("sqlite", "postgresql")
SUSPENDED = "suspended-"
"""In front of a URL: the store's calls are suspended in an event loop."""
SUSPENDED_DATABASES = tuple(SUSPENDED + kind for kind in DATABASES)
KINDS = ("memory", *DATABASES, *SUSPENDED_DATABASES)


@contextmanager
def new_store(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a new, empty store."""
    if kind.startswith(SUSPENDED):
        with new_store(kind.removeprefix(SUSPENDED), folder) as url:
            yield SUSPENDED + url
        return
    if kind != "postgresql":
        yield f"sqlite:///{folder / 'cases.db'}" if kind == "sqlite" else kind
        return
    name = f"caseiq_test_{uuid.uuid4().hex}"
    execute(f"CREATE DATABASE {name}")
    try:
        yield (
            parse_url(SERVER)[0].set(drivername="postgresql", database=name, query={}).render_as_string(False)
        )
    finally:
        execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def open_url(url: str) -> Iterator[Store]:
    """Open the store at a URL."""
    store: Store = MemoryStore() if url == "memory" else open_store(url.removeprefix(SUSPENDED))
    if url.startswith(SUSPENDED):
        store = SuspendedStore(store)
    try:
        yield store
    finally:
        store.close()


def execute(statement: str) -> None:
    """Run a statement on the PostgreSQL server; skip the test if the server is not available."""
    try:
        connection = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL answers (CASEIQ_TEST_POSTGRESQL names one): {error}")
    with connection:
        connection.execute(statement.encode())


def terminate_connections(url: str) -> None:
    """Terminate all connections to a database, as a restart does."""
    execute(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{parse_url(url.removeprefix(SUSPENDED))[0].database}'"
    )


def query(url: str, *statements: str) -> list[Any]:
    """Run statements directly on the database and return the rows of the last one."""
    engine = create_engine(parse_url(url.removeprefix(SUSPENDED))[0], isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            results = [connection.execute(text(statement)) for statement in statements]
            return list(results[-1]) if results[-1].returns_rows else []
    finally:
        engine.dispose()


def increment(store: Store, case_id: str, times: int) -> None:
    """Increment the number in a case several times."""
    for _ in range(times):
        store.update(case_id, lambda case: Stored(case.state, b"%d" % (int(case.text) + 1)))


def open_and_increment(url: str, times: int) -> None:
    """Open the store, create the case if needed, and increment its number."""
    with open_url(url) as store:
        store.restore([("1", Stored("Open", b"0"))], if_empty=True)
        increment(store, "1", times)
