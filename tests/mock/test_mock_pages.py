"""Pages of cases that a database selects, and its count of cases."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.control_api import CONTROL_TOKEN
from support.stores import KINDS, new_store, open_url, query

from mock_server import Mock, Request, Settings
from mock_server.control.paging import page
from mock_server.core.creation_date import creation_key
from mock_server.core.errors import Refused
from mock_server.core.store import BY_CREATION, BY_DATE, BY_STATE, Store, Stored
from mock_server.storage.tables import SCHEMA_VERSION

DATES = ("2026-01-01T00:00:00.000Z", "2026-01-01T02:00:00+01:00", "2025-12-31T23:59:59.999Z", "yesterday")


def cases(count: int) -> list[tuple[str, Stored]]:
    """Return cases with equal dates and states among them."""
    choose = random.Random(1).choice
    return [
        (
            str(number),
            Stored(
                choose(("Open", "Close", "État")),
                f'{{"id":"{number}","createdDate":"{choose(DATES)}"}}'.encode(),
            ),
        )
        for number in range(count)
    ]


@pytest.fixture(params=[kind for kind in KINDS if kind != "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with new_store(request.param, tmp_path) as url:
        yield url


def assert_pages_are_right(store: Store, offsets: Sequence[int]) -> None:
    """Compare the pages of the store with those that are selected from all of its cases."""
    items = list(store.items())
    for sort in (BY_DATE, BY_STATE):
        for sign in ("", "-"):
            for offset in offsets:
                expected = page(items, sort=sign + sort, limit=7, offset=offset)
                assert store.page(sort, descending=bool(sign), limit=7, offset=offset) == expected
    for offset in offsets:
        expected = len(items), items[offset : offset + 7]
        assert store.page(BY_CREATION, descending=False, limit=7, offset=offset) == expected


def test_pages_equal_those_of_all_cases(url: str) -> None:
    with open_url(url) as store:
        assert_pages_are_right(store, [0, 5])
        for case in cases(40):
            store.add(case)
        assert_pages_are_right(store, [0, 1, 16, 19, 20, 21, 30, 33, 34, 39, 40, 41, 10**9])
        store.update("7", lambda case: Stored("Close", case.text))
        store.update("8", lambda case: Stored(case.state, b'{"createdDate":"2030-01-01T00:00:00.000Z"}'))
        assert_pages_are_right(store, [0, 30])
        store.restore(cases(11))
        store.add(*[(f"more {case_id}", case) for case_id, case in cases(9)])
        assert_pages_are_right(store, [0, 9, 15])


def test_failed_writes_are_not_counted(url: str) -> None:
    def fail(_: Stored) -> Stored:
        raise LookupError

    with open_url(url) as store:
        store.add(("1", Stored("Open", b"{}")))
        for again in (("1",), ("2", "1")):
            with pytest.raises(Refused):
                store.add(*[(case_id, Stored("Open", b"{}")) for case_id in again])
        with pytest.raises(LookupError):
            store.update("1", fail)
        store.add(("3", Stored("Open", b"{}")))
        assert_pages_are_right(store, [0, 1])


def test_other_orders_need_all_cases(url: str) -> None:
    with open_url(url) as store:
        assert store.page("summary", descending=False, limit=1, offset=0) is None


def test_lists_come_from_the_page_of_the_store(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_url(url) as store:
        mock = Mock(Settings(with_list=True), store=store, control_token=CONTROL_TOKEN)
        store.add(*cases(9))
        monkeypatch.setattr(store, "items", None)
        token = {"authorization": f"Bearer {CONTROL_TOKEN}", "host": "localhost"}
        for query_text in ("", "sort=-state", "sort=createdDate&offset=3"):
            response = mock.handle(Request("GET", "/_mock/cases", token, query=query_text))
            assert response.status == 200
            assert response.body.startswith(b'{"total":9,')
        listed = mock.handle(Request("GET", "/case", {"authorization": mock.headers["Authorization"]}))
        assert listed.body.endswith(b'"count":9}')


VERSION_1 = {
    "sqlite": "CREATE TABLE caseiq_mock_cases (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, "
    "state BLOB NOT NULL, text BLOB NOT NULL)",
    "postgresql": "CREATE TABLE caseiq_mock_cases (number BIGSERIAL PRIMARY KEY, id BYTEA NOT NULL UNIQUE, "
    "state BYTEA NOT NULL, text BYTEA NOT NULL)",
}


@pytest.mark.parametrize("kind", VERSION_1)
def test_tables_of_version_1_are_converted(kind: str, tmp_path: Path) -> None:
    stored = cases(20)
    with new_store(kind, tmp_path) as url:
        query(
            url,
            "CREATE TABLE caseiq_mock_schema (version INTEGER NOT NULL)",
            "INSERT INTO caseiq_mock_schema VALUES (1)",
            VERSION_1[kind],
        )
        for case_id, case in stored:
            values = (case_id.encode(), case.state.encode(), case.text)
            form = "x'{}'" if kind == "sqlite" else "decode('{}', 'hex')"
            row = ", ".join(form.format(value.hex()) for value in values)
            query(url, f"INSERT INTO caseiq_mock_cases (id, state, text) VALUES ({row})")
        with open_url(url) as store:
            assert list(store.items()) == stored
            store.add(("new", stored[0][1]))
            assert_pages_are_right(store, [0, 9, 15])
        assert query(url, "SELECT version FROM caseiq_mock_schema") == [(SCHEMA_VERSION,)]
        with open_url(url) as store:
            assert_pages_are_right(store, [0])


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (b'{"id":"1","createdDate":"2026-01-02T03:04:05.678Z"}', b"2026-01-02T03:04:05.678"),
        (b'{"createdDate":"2026-01-02T03:04:05+02:00"}', b"2026-01-02T01:04:05.000000+00:00"),
        (b'{"createdDate":7}', b""),
        (b"{}", b""),
        (b"[]", b""),
        (b"no JSON", b""),
    ],
)
def test_creation_key_is_the_instant(record: bytes, key: bytes) -> None:
    assert creation_key(record) == key
