"""Attempts that must change nothing: what is told of them, and how many cases and requests that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from typing import Any

import pytest

from contract_tests.assertions.case import Case, create_case
from contract_tests.assertions.no_effect import FEW, Attempt, assert_no_effect, refused_attempt
from contract_tests.client.api import CaseApi
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.exceptions import BudgetSpent, Violation
from mock_server import build
from mock_server.adapters.session import MockAdapter

MANY = 40
REFUSED = "NoSuchStatus"


def client(budget: int | None = None) -> CaseApi:
    target = Target("http://mock.invalid", {"CASEIQ_TOKEN": "dev-token"}, adapter=MockAdapter(build()))
    return connect(target, RunSettings(budget=budget))


def attempts(
    case: Case, careless: frozenset[int] = frozenset(), carried_out: frozenset[int] = frozenset()
) -> Iterator[Attempt]:
    """Transitions that are refused; the `careless` ones leave a mark all the same, others are carried out."""
    for place in range(MANY):
        mark = {"testMark": f"by attempt {place}"}
        if place in carried_out:
            yield refused_attempt(f"attempt {place}", partial(case.api.update, case.id, mark))
        else:
            yield refused_attempt(
                f"attempt {place}", partial(refused, case, mark if place in careless else {})
            )


def refused(case: Case, mark: Mapping[str, Any]) -> Any:
    if mark:
        case.api.update(case.id, mark)
    return case.api.transition(case.id, REFUSED, "none")


def judged(api: CaseApi, **which: frozenset[int]) -> Callable[[], int]:
    case = create_case(api).adopt_shown()
    return lambda: assert_no_effect(case, partial(attempts, **which), gone=["testMark"])


def test_one_look_is_enough_where_nothing_changes() -> None:
    api = client()
    judge = judged(api)
    before = api.session.requests_sent
    assert judge() == MANY
    looks = 1 + MANY // FEW + 1  # before, every few, and behind a write that is carried out
    assert api.session.requests_sent - before == MANY + looks + 1
    assert len(api.session.ledger.entries) == 1


@pytest.mark.parametrize("place", [0, 17, MANY - 1])
def test_the_attempt_that_changes_something_is_told_by_itself(place: int) -> None:
    api = client()
    with pytest.raises(Violation) as told:
        judged(api, careless=frozenset([place]))()
    assert told.value.expected == f"attempt {place} to change nothing"
    assert f"by attempt {place}" in told.value.actual
    assert [exchange.method for exchange in api.trace] == ["POST", "GET", "PATCH", "POST", "GET"]
    assert len(api.session.ledger.entries) <= 14  # the control, and two for each time that they are halved


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
    with pytest.raises(Violation, match="16 attempts together to change nothing"):
        judged(api, careless=frozenset([9]))()
    assert len(api.trace) > 2 * FEW


def test_nothing_is_judged_where_no_case_is_left_to_judge_by() -> None:
    with pytest.raises(BudgetSpent):
        judged(client(budget=1), careless=frozenset([9]), carried_out=frozenset([3]))()


def test_a_violation_of_an_attempt_itself_is_told_by_it_alone() -> None:
    api = client()

    def let_in() -> bool:
        api.get(case.id)
        raise Violation("a stranger to be refused", "200")

    case = create_case(api).adopt_shown()
    with pytest.raises(Violation, match="a stranger"):
        assert_no_effect(case, lambda one: [*attempts(one), ("reading", let_in)])
    assert [exchange.method for exchange in api.trace] == ["GET"]


def lingering(case: Case, left: dict[str, Any]) -> Iterator[Attempt]:
    """Refusals, of which the tenth leaves something behind that comes out with the next write."""
    send = case.api.update

    def update(case_id: str, payload: Mapping[str, Any]) -> Any:
        return send(case_id, {**payload, **left.pop(case_id, {})})

    case.api.update = update  # type: ignore[method-assign]
    for place in range(MANY):

        def attempt(place: int = place) -> Any:
            if place == 10:
                left[case.id] = {"testMark": "late"}
            return case.api.transition(case.id, REFUSED, "none")

        yield refused_attempt(f"attempt {place}", attempt)


def test_what_comes_out_with_the_next_write_is_seen() -> None:
    api = client()
    case = create_case(api).adopt_shown()
    with pytest.raises(Violation, match="attempt 10 to change nothing"):
        assert_no_effect(case, partial(lingering, left={}), gone=["testMark"])


def test_what_reading_alone_changes_is_no_attempts_fault() -> None:
    api = client()
    case = create_case(api).adopt_shown()
    read, looks = api.get, count()

    def get(case_id: str) -> Any:
        api.call("PATCH", f"/case/{case_id}", {"testSummary": f"look {next(looks)}"})
        return read(case_id)

    api.get = get  # type: ignore[method-assign]
    with pytest.raises(Violation) as told:
        assert_no_effect(case, attempts)
    assert told.value.requirement == "GET-SAFE"


def test_what_the_write_behind_them_changes_is_no_attempts_fault() -> None:
    api = client()
    case = create_case(api).adopt_shown()
    api.update = lambda case_id, payload: api.call(  # type: ignore[method-assign]
        "PATCH", f"/case/{case_id}", {**payload, "testSummary": "by a patch of another field"}
    )
    with pytest.raises(Violation) as told:
        assert_no_effect(case, attempts)
    assert told.value.requirement == "PATCH-PARTIAL"
