"""Pages, order and search of the case list."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.control.paging import page
from mock_server.core.store import Stored


def stored(text: str, state: str = "Open") -> Stored:
    return Stored(state, text.encode())


DATED = '{{"id":"{0}","createdDate":"2026-01-0{1}T00:00:00.000Z","n":{2}}}'

CASES = [
    ("a", stored(DATED.format("a", 2, '"Zoë"'), "Close")),
    ("b", stored(DATED.format("b", 1, "10"))),
    ("c", stored(DATED.format("c", 3, "9"), "Reopen")),
    ("d", stored(DATED.format("d", 3, "null"))),
]


def ids(**options: Any) -> tuple[int, str]:
    count, cases = page(CASES, **options)
    return count, "".join(case_id for case_id, _ in cases)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (4, "dcab")),
        ({"sort": "createdDate"}, (4, "bacd")),
        ({"sort": "state"}, (4, "abdc")),
        ({"sort": "-state"}, (4, "cdba")),
        ({"sort": "n"}, (4, "dcba")),
        ({"sort": "-n"}, (4, "abcd")),
        ({"sort": "missing"}, (4, "abcd")),
        ({"sort": "-missing"}, (4, "dcba")),
        ({"limit": 2}, (4, "dc")),
        ({"limit": 2, "offset": 1}, (4, "ca")),
        ({"offset": 4}, (4, "")),
        ({"search": "ZOË"}, (1, "a")),
        ({"search": '"'}, (0, "")),
        ({"search": "2026-01-03"}, (2, "dc")),
    ],
)
def test_page_is_found_sorted_and_cut(options: dict[str, Any], expected: tuple[int, str]) -> None:
    assert ids(**options) == expected


def test_values_of_any_type_have_an_order() -> None:
    values = ["null", "false", "true", "-1", "2.5", '"A"', '"b"', "[1]", '{"a":1}']
    cases = [(value, stored(f'{{"v":{value}}}')) for value in reversed(values)]
    assert [case_id for case_id, _ in page(cases, sort="v")[1]] == values


def test_other_form_of_a_date_is_sorted_by_its_instant() -> None:
    cases = [
        ("later", stored('{"createdDate": "2026-01-01T02:00:00+01:00", "id": "later"}')),
        ("first", stored('{"createdDate": "2026-01-01T00:00:00Z", "id": "first"}')),
        ("never", stored('{"createdDate": "yesterday", "id": "never"}')),
    ]
    assert [case_id for case_id, _ in page(cases, sort="createdDate")[1]] == ["never", "first", "later"]
