"""Stores in a database: several processes, restarts and database errors."""

import multiprocessing
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.clients import Client, content
from support.processes import mock
from support.stores import (
    DATABASES,
    SUSPENDED,
    SUSPENDED_DATABASES,
    execute,
    new_store,
    open_and_increment,
    open_url,
    query,
    terminate_connections,
)

from mock_server.core.errors import Problem, Refused
from mock_server.core.service import build
from mock_server.core.store import Stored
from mock_server.storage import databases
from mock_server.storage.databases import CONNECTIONS, SQLITE, create_pool, parse_url
from mock_server.storage.sql import open_store
from mock_server.storage.tables import SCHEMA_VERSION

CASE = Stored("Open", b"{}")


@pytest.fixture(params=[*DATABASES, *SUSPENDED_DATABASES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with new_store(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=["", SUSPENDED], ids=["blocking", "suspended"])
def shared(request: pytest.FixtureRequest, postgresql: str) -> str:
    """Return the URL of a PostgreSQL database, for calls that block and for calls that are suspended."""
    return str(request.param) + postgresql


def test_processes_started_at_once_share_one_store(url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        for future in [pool.submit(open_and_increment, url, 150) for _ in range(2)]:
            future.result()
    with open_url(url) as store:
        assert list(store.items()) == [("1", Stored("Open", b"300"))]


def test_stores_opened_at_once_share_the_tables(url: str) -> None:
    start = threading.Barrier(6)

    def add(name: str) -> None:
        start.wait()
        with open_url(url) as store:
            store.add((name, CASE))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, "abcdef"))
    with open_url(url) as store:
        assert sorted(case_id for case_id, _ in store.items()) == list("abcdef")


def test_cases_survive_closing_the_store(url: str) -> None:
    with open_url(url) as store:
        for name in "ba":
            store.add((name, Stored("Open", name.encode())))
    with open_url(url) as store:
        store.add(("c", CASE))
        assert [case_id for case_id, _ in store.items()] == ["b", "a", "c"]


def test_stopped_mock_leaves_one_file_with_all_cases(tmp_path: Path) -> None:
    with new_store("sqlite", tmp_path) as url, mock("--store", url, "--seed-data", "demo"):
        assert (tmp_path / "cases.db-wal").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["cases.db"]
    with open_url(url) as store:
        assert len(list(store.items())) == 30


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1])
def test_tables_of_other_versions_are_refused_unchanged(url: str, version: int) -> None:
    with open_url(url) as store:
        store.add(("1", CASE))
    query(url, f"UPDATE caseiq_mock_schema SET version = {version}")
    message = f"has version {version} of the tables, but this mock needs version {SCHEMA_VERSION}; use the caseiq-mock"
    with pytest.raises(ValueError, match=re.escape(message)):
        open_store(url.removeprefix(SUSPENDED))
    assert query(url, "SELECT count(*) FROM caseiq_mock_cases") == [(1,)]


def test_foreign_tables_stay_unchanged(url: str) -> None:
    query(url, "CREATE TABLE cases (id INTEGER)", "INSERT INTO cases VALUES (7)")
    with open_url(url) as store:
        store.restore([("1", CASE)])
    assert query(url, "SELECT id FROM cases") == [(7,)]


@pytest.mark.parametrize(
    ("kind", "question", "durable", "value"),
    [
        ("sqlite", "PRAGMA synchronous", True, 2),
        ("sqlite", "PRAGMA synchronous", False, 1),
        ("sqlite", "PRAGMA journal_mode", True, "wal"),
        ("sqlite", "PRAGMA journal_mode", False, "wal"),
        ("postgresql", "SHOW synchronous_commit", True, "on"),
        ("postgresql", "SHOW synchronous_commit", False, "off"),
    ],
)
def test_durability_option_sets_the_database_mode(
    kind: str, question: str, durable: bool, value: object, tmp_path: Path
) -> None:
    with new_store(kind, tmp_path) as url:
        engine = create_pool(*parse_url(url), durable=durable)
        with engine.connect() as connection:
            assert connection.exec_driver_sql(question).scalar() == value
        engine.dispose()


def test_mock_uses_a_bounded_number_of_connections(shared: str) -> None:
    with open_url(shared) as store, ThreadPoolExecutor(64) as pool:
        list(pool.map(store.get, map(str, range(500))))
        rows = query(shared, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    assert rows[0][0] <= CONNECTIONS + 1  # including the present connection


def test_restart_of_the_database_is_transparent(shared: str) -> None:
    with open_url(shared) as store:
        store.add(("1", CASE))
        for use in (
            lambda: store.get("1"),
            lambda: store.add(("2", CASE)),
            lambda: store.update("1", lambda case: case),
            lambda: list(store.items()),
            lambda: store.restore(()),
        ):
            terminate_connections(shared)
            use()


def test_unavailable_database_gets_503_with_retry_after(shared: str) -> None:
    database = parse_url(shared.removeprefix(SUSPENDED))[0].database
    with open_url(shared) as store:
        client = Client(build(store=store))
        case = client.create({"n": 1})
        assert client.read(case["id"]) == case
        execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        terminate_connections(shared)
        for response in (
            client("GET", f"/case/{case['id']}"),
            client("POST", "/case", {}),
            client("PATCH", f"/case/{case['id']}", {"n": 2}),
            client.move(case, "Close"),
        ):
            assert response.status == 503
            assert int(response.headers["retry-after"]) > 0
            assert content(response)["code"] == "store-unavailable"
            assert "is not currently accepting connections" in content(response)["detail"]
        execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
        assert client.read(case["id"]) == case
        assert len(list(store.items())) == 1


@pytest.mark.parametrize("event", ["INSERT", "UPDATE"])
def test_unconfirmed_commit_is_reported(shared: str, event: str) -> None:
    with open_url(shared) as store:
        store.add(("1", CASE))
        query(
            shared,
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END'",
            f"CREATE CONSTRAINT TRIGGER dies AFTER {event} ON caseiq_mock_cases DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION die()",
        )
        with pytest.raises(Refused) as refused:
            store.add(("2", CASE)) if event == "INSERT" else store.update("1", lambda case: case)
        assert refused.value.problem is Problem.STORE_UNCONFIRMED
        assert "retry-after" not in refused.value.headers
        assert store.get("1") == CASE


def test_connection_lost_before_commit_changes_nothing(shared: str) -> None:
    def changed(_: Stored) -> Stored:
        terminate_connections(shared)
        return Stored("Close", b"")

    with open_url(shared) as store:
        store.add(("1", CASE))
        with pytest.raises(Refused) as refused:
            store.update("1", changed)
        assert refused.value.problem is Problem.STORE_UNAVAILABLE
        assert store.get("1") == CASE


def test_locked_file_can_be_read_but_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = replace(SQLITE, options={"timeout": "0.1"})
    monkeypatch.setitem(databases.DATABASES, "sqlite", hasty)
    with new_store("sqlite", tmp_path) as url, open_url(url) as store:
        store.add(("1", CASE))
        with closing(sqlite3.connect(tmp_path / "cases.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert store.get("1") == CASE
            assert list(store.items()) == [("1", CASE)]
            for write in (lambda: store.add(("2", CASE)), lambda: store.update("1", lambda case: case)):
                with pytest.raises(Refused, match="database is locked") as refused:
                    write()
                assert refused.value.problem is Problem.STORE_UNAVAILABLE
        store.add(("2", CASE))


def test_existing_id_prevents_adding_any_case(url: str) -> None:
    with open_url(url) as store:
        store.add(("1", CASE))
        with pytest.raises(Refused) as refused:
            store.add(("2", CASE), ("1", CASE))
        assert refused.value.problem is Problem.STORE_UNAVAILABLE
        assert [case_id for case_id, _ in store.items()] == ["1"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_the_user_can_read_a_new_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(open_store(f"sqlite:///{tmp_path}/cases.db")) as store:
            store.add(("1", CASE))
            assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
            assert len(list(tmp_path.iterdir())) == 3
    finally:
        os.umask(before)
