"""The rules of a store, for each implementation."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.stores import KINDS, increment, new_store, open_url

from mock_server.core.store import Store, Stored
from mock_server.storage.databases import CONNECTIONS
from mock_server.storage.sql_store import CHUNK


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with new_store(request.param, tmp_path_factory.mktemp("store")) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_url(url) as store:
        store.restore(())
        yield store


def together(*tasks: Callable[[], object]) -> None:
    """Run tasks in parallel, and raise their first exception."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        for future in [pool.submit(task) for task in tasks]:
            future.result()


def test_store_returns_stored_cases(store: Store) -> None:
    store.add(("1", Stored("Open", b"{}")))
    assert store.get("1") == Stored("Open", b"{}")
    assert store.get("2") is None


def test_added_cases_keep_their_order(store: Store) -> None:
    cases = [(name, Stored("Open", name.encode())) for name in "cab"]
    store.add(*cases)
    store.add()
    assert list(store.items()) == cases


def test_adding_several_cases_is_atomic(store: Store) -> None:
    with pytest.raises(AttributeError):
        store.add(("1", Stored("Open", b"1")), ("2", None))  # type: ignore[arg-type]
    assert list(store.items()) == []


def test_update_returns_the_new_case(store: Store) -> None:
    store.add(("1", Stored("Open", b"1")))
    assert store.update("1", lambda case: Stored("Close", case.text + b"2")) == Stored("Close", b"12")
    assert store.get("1") == Stored("Close", b"12")


def test_update_of_an_unknown_id_creates_nothing(store: Store) -> None:
    assert store.update("1", lambda case: case) is None
    assert list(store.items()) == []


def test_failed_update_changes_nothing(store: Store) -> None:
    store.add(("1", Stored("Open", b"1")))

    def fail(case: Stored) -> Stored:
        raise LookupError

    with pytest.raises(LookupError):
        store.update("1", fail)
    assert store.get("1") == Stored("Open", b"1")
    assert store.update("1", lambda case: Stored("Open", b"2")) is not None


@pytest.mark.parametrize(
    "text",
    ["", "\0", "a\0b", "'\"\\%s:x?", "\r\n\t\x7f\x85", "\ufffe\uffff\U0001f600", "e\u0301", "x" * 2**20],
)
def test_any_text_can_be_stored(store: Store, text: str) -> None:
    case = Stored(text, text.encode())
    store.add(("1", case))
    assert store.get("1") == case
    assert list(store.items()) == [("1", case)]
    assert store.update("1", lambda case: Stored(case.state * 2, case.text * 2)) is not None
    assert store.get("1") == Stored(text * 2, text.encode() * 2)


def test_ids_are_compared_exactly(store: Store) -> None:
    ids = ["a", "A", "a ", "a\0", "\u00e9", "e\u0301", "1", "01", "\udcff", "%"]
    for number, case_id in enumerate(ids):
        store.add((case_id, Stored("Open", b"%d" % number)))
    assert [case_id for case_id, _ in store.items()] == ids
    assert [store.get(case_id) for case_id in ids] == [Stored("Open", b"%d" % n) for n in range(len(ids))]


def test_items_are_a_snapshot_in_creation_order(store: Store) -> None:
    for name in "bac":
        store.add((name, Stored("Open", name.encode())))
    store.update("b", lambda case: Stored("Close", b"changed"))
    items = store.items()
    store.add(("d", Stored("Open", b"d")))
    assert list(items) == [
        ("b", Stored("Close", b"changed")),
        ("a", Stored("Open", b"a")),
        ("c", Stored("Open", b"c")),
    ]
    store.restore(())
    assert list(store.items()) == []


def test_unread_items_release_their_resources(store: Store) -> None:
    store.restore((str(n), Stored("Open", b"")) for n in range(4 * CHUNK))
    for _ in range(2 * CONNECTIONS):
        store.items()
        next(store.items())
    store.add(("new", Stored("Open", b"")))
    assert store.get("new") is not None


def test_restore_replaces_all_cases(store: Store) -> None:
    store.add(("old", Stored("Open", b"")))
    rows = [(name, Stored("Close", name.encode())) for name in "cab"]
    store.restore(iter(rows))
    assert list(store.items()) == rows
    store.restore(store.items())
    assert list(store.items()) == rows
    store.add(("new", Stored("Open", b"")))
    assert list(store.items()) == [*rows, ("new", Stored("Open", b""))]


def test_failed_restore_changes_nothing(store: Store) -> None:
    def broken() -> Iterator[tuple[str, Stored]]:
        yield "1", Stored("Open", b"new")
        raise LookupError

    store.add(("1", Stored("Open", b"old")))
    with pytest.raises(LookupError):
        store.restore(broken())
    assert list(store.items()) == [("1", Stored("Open", b"old"))]


def test_restore_if_empty_keeps_existing_cases(store: Store) -> None:
    sets = [[(f"{mark}{n}", Stored(mark, b"")) for n in range(50)] for mark in "abcd"]
    together(*[lambda rows=rows: store.restore(rows, if_empty=True) for rows in sets])  # type: ignore[misc]
    assert list(store.items()) in sets


def test_restore_is_atomic(store: Store) -> None:
    sets = [[(str(n), Stored(mark, mark.encode())) for n in range(100)] for mark in "ab"]
    store.restore(sets[0])
    done = threading.Event()

    def restore() -> None:
        try:
            for turn in range(20):
                store.restore(sets[turn % 2])
        finally:
            done.set()

    def read() -> None:
        while not done.is_set():
            found = list(store.items())
            assert [case_id for case_id, _ in found] == [str(n) for n in range(100)]
            assert len({case.state for _, case in found}) == 1
            assert store.get("7") is not None

    def write() -> None:
        while not done.is_set():
            assert store.update("7", lambda case: case) is not None

    together(restore, read, write)


def test_parallel_updates_are_all_stored(store: Store) -> None:
    store.add(("1", Stored("Open", b"0")))
    together(*[lambda: increment(store, "1", 50)] * 8)
    assert store.get("1") == Stored("Open", b"400")


def test_parallel_creates_are_all_stored(store: Store) -> None:
    def add(worker: int) -> None:
        for n in range(25):
            store.add((f"{worker}-{n}", Stored("Open", b"")))

    together(*[lambda worker=worker: add(worker) for worker in range(8)])  # type: ignore[misc]
    found = [case_id for case_id, _ in store.items()]
    assert sorted(found) == sorted(f"{worker}-{n}" for worker in range(8) for n in range(25))
    for worker in range(8):
        assert [one for one in found if one.startswith(f"{worker}-")] == [f"{worker}-{n}" for n in range(25)]
