"""The state of a case before and after a request."""

from __future__ import annotations

from itertools import chain, repeat

import pytest
from support.in_process import edited, new_case

from contract_tests.exceptions import Violation


def test_changed_date_is_shown_as_the_server_wrote_it() -> None:
    dates = chain(["2026-01-02T03:04:05.250Z"], repeat("2026-01-02T03:04:05Z"))
    case = new_case(change=edited(lambda record: record.update(createdDate=next(dates)), "GET"))
    before = case.snapshot()
    with pytest.raises(Violation) as raised:
        case.assert_unchanged(before)
    assert (
        raised.value.actual == 'createdDate is "2026-01-02T03:04:05Z" instead of "2026-01-02T03:04:05.250Z"'
    )


@pytest.mark.parametrize("again", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000+00:00"])
def test_date_in_another_format_is_no_change(again: str) -> None:
    dates = iter(["2026-01-02T03:04:05Z", again])
    case = new_case(change=edited(lambda record: record.update(createdDate=next(dates)), "GET"))
    case.assert_unchanged(case.snapshot())
