"""What every store has to keep, tried on each."""

import threading
from collections.abc import Callable

import pytest

from mock_server.store import MemoryStore, Store, Stored

STORES: list[Callable[[], Store]] = [MemoryStore]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    made: Store = request.param()
    return made


def test_a_store_gives_back_what_it_was_given(store: Store) -> None:
    store.add("1", Stored("Open", b"{}"))
    assert store.get("1") == Stored("Open", b"{}")
    assert store.get("2") is None


def test_an_update_returns_what_it_made(store: Store) -> None:
    store.add("1", Stored("Open", b"1"))
    assert store.update("1", lambda case: Stored("Close", case.text + b"2")) == Stored("Close", b"12")
    assert store.get("1") == Stored("Close", b"12")


def test_an_update_of_no_case_makes_none(store: Store) -> None:
    assert store.update("1", lambda case: case) is None
    assert list(store.items()) == []


def test_a_failed_update_changes_nothing(store: Store) -> None:
    store.add("1", Stored("Open", b"1"))

    def fail(case: Stored) -> Stored:
        raise LookupError

    with pytest.raises(LookupError):
        store.update("1", fail)
    assert store.get("1") == Stored("Open", b"1")
    assert store.update("1", lambda case: Stored("Open", b"2")) is not None


def test_items_are_a_snapshot_in_the_order_of_creation(store: Store) -> None:
    for name in "bac":
        store.add(name, Stored("Open", name.encode()))
    store.update("b", lambda case: Stored("Close", b"changed"))
    items = store.items()
    store.add("d", Stored("Open", b"d"))
    assert list(items) == [
        ("b", Stored("Close", b"changed")),
        ("a", Stored("Open", b"a")),
        ("c", Stored("Open", b"c")),
    ]
    store.restore(())
    assert list(store.items()) == []


def test_parallel_updates_are_all_kept(store: Store) -> None:
    store.add("1", Stored("Open", b"0"))
    start = threading.Barrier(8)

    def count() -> None:
        start.wait()
        for _ in range(200):
            store.update("1", lambda case: Stored(case.state, str(int(case.text) + 1).encode()))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("1") == Stored("Open", b"1600")
