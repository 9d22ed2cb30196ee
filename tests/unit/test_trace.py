"""The request log of a test."""

from __future__ import annotations

import pytest

from contract_tests.client.exchange import Exchange
from contract_tests.client.trace import Trace
from contract_tests.exceptions import AllowanceSpent, BudgetSpent, Violation


def exchange(url: str) -> Exchange:
    return Exchange("GET", url, {}, b"", 200, "OK", {}, b"", 0, 0)


FIRST, SECOND, THIRD = map(exchange, ["/1", "/2", "/3"])


@pytest.fixture
def trace() -> Trace:
    trace = Trace()
    trace.add(FIRST)
    trace.add(SECOND)
    return trace


def test_trace_keeps_exchanges_in_order(trace: Trace) -> None:
    assert list(trace) == [FIRST, SECOND]
    assert len(trace) == 2
    assert trace[-1] is SECOND
    assert trace[1:] == [SECOND]


def test_restart_forgets_all_but_given_exchanges(trace: Trace) -> None:
    trace.restart(SECOND)
    trace.add(THIRD)
    assert list(trace) == [SECOND, THIRD]
    trace.restart()
    assert not list(trace)


def test_iteration_sees_no_later_exchange(trace: Trace) -> None:
    for _ in trace:
        trace.add(THIRD)
    assert list(trace) == [FIRST, SECOND, THIRD, THIRD]


def test_probe_leaves_no_exchange(trace: Trace) -> None:
    with trace.probe():
        trace.add(THIRD)
        assert list(trace) == [FIRST, SECOND, THIRD]
    assert list(trace) == [FIRST, SECOND]


def test_probe_with_an_exception_keeps_its_exchanges(trace: Trace) -> None:
    def fail() -> None:
        trace.add(THIRD)
        raise Violation("one", "other")

    with pytest.raises(Violation), trace.probe():
        fail()
    assert list(trace) == [FIRST, SECOND, THIRD]


def test_second_look_without_violation_restores_trace(trace: Trace) -> None:
    with trace.second_look():
        trace.add(THIRD)
        assert list(trace) == [THIRD]
    assert list(trace) == [FIRST, SECOND]


def test_second_look_with_violation_keeps_its_exchanges(trace: Trace) -> None:
    def look() -> None:
        with trace.second_look():
            trace.add(THIRD)
            raise Violation("one thing", "another")

    with pytest.raises(Violation):
        look()
    assert list(trace) == [THIRD]


def test_first_attempt_is_allowed_after_requests_of_fixtures(trace: Trace) -> None:
    trace.allowance = 1
    trace.next_attempt()
    with pytest.raises(AllowanceSpent):
        trace.next_attempt()


def test_attempts_end_with_the_allowance() -> None:
    trace = Trace()
    trace.allowance = 2
    allowed = []
    for number in range(4):
        allowed.append(trace.begin_attempt())
        trace.add(exchange(f"/{number}"))
    assert allowed == [True, True, False, False]


def test_each_check_has_a_first_attempt(trace: Trace) -> None:
    for _ in range(2):
        trace.begin()
        trace.allowance = 0
        assert trace.begin_attempt()
        assert not trace.begin_attempt()


def test_second_look_goes_on_after_the_allowance(trace: Trace) -> None:
    trace.allowance = 1
    trace.next_attempt()
    with trace.second_look():
        trace.next_attempt()
        trace.add(THIRD)
    with pytest.raises(AllowanceSpent):
        trace.next_attempt()


def test_second_look_without_budget_restores_trace(trace: Trace) -> None:
    with trace.second_look():
        trace.add(THIRD)
        raise BudgetSpent("the budget is spent")
    assert list(trace) == [FIRST, SECOND]
