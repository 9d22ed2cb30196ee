"""Attempts that must change nothing: what is told of them, and how many cases and requests that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from contract_tests.api import CaseApi
from contract_tests.inert import Attempt, must_change_nothing, refusal
from contract_tests.steps import Case, another_case
from contract_tests.target import Reach, Target, connect
from contract_tests.verdicts import BudgetSpent, Violation
from mock_server import build
from mock_server.adapters.session import MockAdapter

MANY = 40
REFUSED = "NoSuchStatus"


def client(budget: int | None = None) -> CaseApi:
    target = Target("http://mock.invalid", {"CASEIQ_TOKEN": "dev-token"}, adapter=MockAdapter(build()))
    return connect(target, Reach(timeout=5, budget=budget))


def attempts(
    case: Case, careless: frozenset[int] = frozenset(), carried_out: frozenset[int] = frozenset()
) -> Iterator[Attempt]:
    """Transitions that are refused; the `careless` ones leave a mark all the same, others are carried out."""
    for place in range(MANY):
        mark = {"testMark": f"by attempt {place}"}
        if place in carried_out:
            yield refusal(f"attempt {place}", partial(case.api.update, case.id, mark))
        else:
            yield refusal(f"attempt {place}", partial(refused, case, mark if place in careless else {}))


def refused(case: Case, mark: Mapping[str, Any]) -> Any:
    if mark:
        case.api.update(case.id, mark)
    return case.api.transition(case.id, REFUSED, "none")


def judged(api: CaseApi, **which: frozenset[int]) -> Callable[[], int]:
    case = another_case(api).as_shown()
    return lambda: must_change_nothing(case, partial(attempts, **which), gone=["testMark"])


def test_one_look_is_enough_where_nothing_changes() -> None:
    api = client()
    judge = judged(api)
    before = api.session.requests_sent
    assert judge() == MANY
    assert api.session.requests_sent - before == MANY + 2  # a look before, and one behind
    assert len(api.session.ledger.entries) == 1


@pytest.mark.parametrize("place", [0, 17, MANY - 1])
def test_the_attempt_that_changes_something_is_told_by_itself(place: int) -> None:
    api = client()
    with pytest.raises(Violation) as told:
        judged(api, careless=frozenset([place]))()
    assert told.value.expected == f"attempt {place} to change nothing"
    assert f"by attempt {place}" in told.value.actual
    assert [exchange.method for exchange in api.session.trace] == ["PATCH", "POST", "GET"]
    assert len(api.session.ledger.entries) <= 14  # two for each time that the attempts are halved


def test_what_is_carried_out_is_left_to_other_rows_and_costs_one_case() -> None:
    api = client()
    assert judged(api, carried_out=frozenset(range(0, MANY, 2)))() == MANY // 2
    assert len(api.session.ledger.entries) == 2


def test_where_all_are_carried_out_nothing_is_judged() -> None:
    api = client()
    assert judged(api, carried_out=frozenset(range(MANY)))() == 0
    assert len(api.session.ledger.entries) == 1


def test_a_change_is_seen_beside_what_is_carried_out() -> None:
    with pytest.raises(Violation, match="attempt 9 to change nothing"):
        judged(client(), careless=frozenset([9]), carried_out=frozenset([3, 20]))()


def test_what_was_found_stands_where_no_case_is_left_to_tell_it_shorter() -> None:
    api = client(budget=1)
    with pytest.raises(Violation, match=f"{MANY} attempts to change nothing"):
        judged(api, careless=frozenset([9]))()
    assert len(api.session.trace) > MANY


def test_nothing_is_judged_where_no_case_is_left_to_judge_by() -> None:
    with pytest.raises(BudgetSpent):
        judged(client(budget=1), careless=frozenset([9]), carried_out=frozenset([3]))()


def test_a_violation_of_an_attempt_itself_is_told_by_it_alone() -> None:
    api = client()

    def let_in() -> bool:
        api.get(case.id)
        raise Violation("a stranger to be refused", "200")

    case = another_case(api).as_shown()
    with pytest.raises(Violation, match="a stranger"):
        must_change_nothing(case, lambda one: [*attempts(one), ("reading", let_in)])
    assert [exchange.method for exchange in api.session.trace] == ["GET"]
