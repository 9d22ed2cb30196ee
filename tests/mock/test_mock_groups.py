"""Groups of store calls: what they share, and what they do not share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.stores import DATABASES, new_store, open_url
from support.suspended_store import start_call

from mock_server import Mock, Request, Settings, suspension
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Execution
from mock_server.core.store import Store, Stored
from mock_server.storage.grouping import MOST
from mock_server.storage.postgresql_link import Command, Link, array
from mock_server.storage.postgresql_store import WRITERS
from mock_server.storage.sqlite_store import SqliteStore


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with new_store(request.param, tmp_path) as url, open_url(url) as store:
        yield store


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Run functions as suspendable calls that start in the same moment. Return their results or exceptions."""

    async def run() -> list[Any]:
        futures = [Future[Any]() for _ in functions]
        for function, future in zip(functions, futures, strict=True):
            start_call(function, future)
        return await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)

    return asyncio.run(run())


def case(number: int) -> Stored:
    return Stored("Open", b"%d" % number)


def appended(mark: bytes) -> Callable[[Stored], Stored]:
    return lambda old: Stored(old.state, old.text + mark)


def add(store: Store, number: int) -> Callable[[], None]:
    return lambda: store.add((str(number), case(number)))


def get(store: Store, number: int) -> Callable[[], Stored | None]:
    return lambda: store.get(str(number))


def update(store: Store, number: int, change: Callable[[Stored], Stored]) -> Callable[[], Stored | None]:
    return lambda: store.update(str(number), change)


def test_calls_at_once_get_their_own_results(store: Store) -> None:
    many = 2 * MOST + 50
    assert at_once(*[add(store, n) for n in range(many)]) == [None] * many
    assert at_once(*[get(store, n) for n in range(many + 1)]) == [*map(case, range(many)), None]
    updates = [update(store, n, appended(b"+")) for n in range(many + 1)]
    assert at_once(*updates) == [*(Stored("Open", b"%d+" % n) for n in range(many)), None]
    assert {stored.text for _, stored in store.items()} == {b"%d+" % n for n in range(many)}


def test_failed_add_does_not_affect_its_group(store: Store) -> None:
    store.add(("3", case(0)))
    outcomes = at_once(*[add(store, n) for n in range(6)], update(store, 3, appended(b"+")))
    assert isinstance(outcomes[3], Refused)
    assert outcomes[3].problem is Problem.STORE_UNAVAILABLE
    assert outcomes[:3] + outcomes[4:6] == [None] * 5
    assert outcomes[6] == store.get("3") == Stored("Open", b"0+")
    assert sorted(case_id for case_id, _ in store.items()) == list("012345")


def test_failed_change_does_not_affect_its_group(store: Store) -> None:
    def fail(_: Stored) -> Stored:
        raise LookupError

    store.add(("1", case(1)), ("2", case(2)))
    calls = [update(store, n, change) for n in (1, 2) for change in (appended(b"a"), fail, appended(b"b"))]
    outcomes = at_once(*calls)
    assert [type(outcome) for outcome in outcomes] == [Stored, LookupError, Stored] * 2
    assert [store.get(name) for name in "12"] == [Stored("Open", b"1ab"), Stored("Open", b"2ab")]


def test_updates_of_one_case_at_once_are_all_stored(store: Store) -> None:
    store.add(("1", Stored("Open", b"")))
    assert len({outcome.text for outcome in at_once(*[update(store, 1, appended(b"+"))] * 300)}) == 300
    assert store.get("1") == Stored("Open", b"+" * 300)


def test_calls_at_once_share_statements(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    run = Link.run

    async def note(link: Link, *commands: Command) -> Any:
        sent.extend(name for name, _ in commands)
        return await run(link, *commands)

    monkeypatch.setattr(Link, "run", note)
    with open_url(postgresql) as store:
        at_once(*[add(store, n) for n in range(200)])
        at_once(*[get(store, n) for n in range(200)])
        at_once(*[update(store, n, appended(b"+")) for n in range(200)])
    assert sent.count("get") == 1
    assert [sent.count(name) for name in ("add", "lock", "change")] == [WRITERS] * 3
    assert sent.count("commit") == 2 * WRITERS


def test_locked_case_does_not_delay_other_cases(postgresql: str) -> None:
    finished: list[str] = []

    def changed(mark: str) -> Callable[[], Stored | None]:
        def run() -> Stored | None:
            try:
                return store.update(mark, appended(b"+"))
            finally:
                finished.append(mark)
                if len(finished) == 3:
                    other.rollback()

        return run

    with open_url(postgresql) as store, psycopg.connect(postgresql) as other:
        store.add(*[(name, case(1)) for name in "1234"])
        other.execute("SELECT 1 FROM caseiq_mock_cases WHERE id = '1' FOR UPDATE")
        assert at_once(*map(changed, "1234")) == [Stored("Open", b"1+")] * 4
    assert finished[-1] == "1"


def test_error_that_ends_the_transaction_fails_the_whole_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_store("sqlite", tmp_path) as url, open_url(url) as store:
        assert isinstance(store, SqliteStore)
        add_in = store._add_in

        def roll_back(raw: Any, case_id: str, new: Stored) -> None:
            add_in(raw, case_id, new)
            if case_id == "2":
                raw.execute("ROLLBACK")
                raise LookupError

        monkeypatch.setattr(store, "_add_in", roll_back)
        outcomes = at_once(*[add(store, n) for n in range(4)])
        assert [type(outcome) for outcome in outcomes] == [LookupError] * 4
        assert list(store.items()) == []


def test_array_is_read_by_the_database(postgresql: str) -> None:
    with psycopg.connect(postgresql) as connection:
        for values in ([], [b""], [b"a", b"\0", b"x" * 70_000]):
            result = connection.pgconn.exec_params(
                b"SELECT $1::bytea[]", [array(values)], param_formats=[1], result_format=1
            )
            assert result.get_value(0, 0) == array(values)


def test_only_reads_of_a_case_in_a_file_run_at_once(tmp_path: Path) -> None:
    with open_url(f"sqlite:///{tmp_path / 'cases.db'}") as store:
        mock = Mock(store=store)
        assert mock.schedule(Request("GET", "/case/7")) is Execution.AT_ONCE
        for method, path in (("PATCH", "/case/7"), ("POST", "/case")):
            assert mock.schedule(Request(method, path)) is Execution.SUSPENDABLE
        assert mock.schedule(Request("GET", "/_mock/cases")) is Execution.IN_THREAD
        mock.behave(faults=("put-torn",))
        assert mock.schedule(Request("GET", "/case/7")) is Execution.IN_THREAD


def test_requests_run_in_threads_without_greenlet(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspension, "IS_AVAILABLE", False)
    with open_url(postgresql) as store:
        assert Mock(store=store).schedule(Request("GET", "/case/7")) is Execution.IN_THREAD


def test_list_of_cases_needs_a_thread(postgresql: str) -> None:
    settings = replace(Settings(), with_list=True)
    with open_url(postgresql) as store:
        mock = Mock(settings, store=store)
        assert mock.schedule(Request("GET", "/case")) is Execution.IN_THREAD
        assert mock.schedule(Request("GET", "/case/7")) is Execution.SUSPENDABLE
