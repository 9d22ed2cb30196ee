"""The store in memory."""

from __future__ import annotations

import pytest

from mock_server.core.store import MemoryStore, Stored


def test_store_keeps_cases_in_order() -> None:
    store = MemoryStore()
    one, two = Stored("Open", b"1"), Stored("Close", b"2")
    store.add(("a", one), ("b", two))
    assert store.get("a") == one
    assert store.get("c") is None
    assert list(store.items()) == [("a", one), ("b", two)]
    assert not store.may_block


def test_update_replaces_a_case_or_nothing() -> None:
    store = MemoryStore()
    store.add(("a", Stored("Open", b"1")))
    changed = store.update("a", lambda case: Stored("Close", case.text + b"2"))
    assert changed == store.get("a") == Stored("Close", b"12")
    assert store.update("b", lambda case: case) is None

    def fail(_case: Stored) -> Stored:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.update("a", fail)
    assert store.get("a") == Stored("Close", b"12")
    store.close()


def test_restore_replaces_all_cases() -> None:
    store = MemoryStore()
    new = [("n", Stored("Open", b"3"))]
    assert store.restore(new, if_empty=True)
    assert not store.restore([], if_empty=True)
    assert list(store.items()) == new
    assert store.restore([])
    assert list(store.items()) == []
