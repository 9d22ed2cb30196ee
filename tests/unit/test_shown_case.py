"""The state of a case before and after a request."""

from __future__ import annotations

from itertools import chain, repeat

import pytest
from support.in_process import edited, new_case

from contract_tests.exceptions import Violation
from mock_server import Request, Response

REFUSAL = Response(404, {"Content-Type": "application/json"}, b"{}")


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


@pytest.mark.parametrize(("refusals", "requirement"), [(1, "CREATE-READ-YOUR-WRITE"), (9, None)])
def test_case_that_the_next_get_shows_was_not_removed(refusals: int, requirement: str | None) -> None:
    left = iter(range(refusals))

    def refuse_first_reads(request: Request, response: Response) -> Response:
        return REFUSAL if request.method == "GET" and next(left, None) is not None else response

    case = new_case(change=refuse_first_reads)
    assert case.api.unauthenticated("POST", "/case", {}, {}).unauthorized
    requests = len(case.api.trace)
    with pytest.raises(Violation) as raised:
        case.read()
    assert raised.value.requirement == requirement
    assert len(case.api.trace) == requests + 1


@pytest.mark.parametrize(("refusals", "requirement"), [(1, "GET-SAME"), (9, None)])
def test_refused_write_does_not_explain_an_unstable_get(refusals: int, requirement: str | None) -> None:
    left = iter([False, *[True] * refusals])

    def refuse_later_reads(request: Request, response: Response) -> Response:
        return REFUSAL if request.method == "GET" and next(left, False) else response

    case = new_case(change=refuse_later_reads)
    case.read()
    assert case.api.unauthenticated("PUT", f"/case/{case.id}", {}, {}).unauthorized
    with pytest.raises(Violation) as raised:
        case.read()
    assert raised.value.requirement == requirement
