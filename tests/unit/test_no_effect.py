"""The assertion that attempts change nothing: its reproductions, and the cases and requests that it costs."""

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
    """Yield transitions that are refused. The `careless` ones leave a mark, and `carried_out` ones are updates."""
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


def assertion_on(api: CaseApi, **which: frozenset[int]) -> Callable[[], int]:
    case = create_case(api).adopt_shown()
    return lambda: assert_no_effect(case, partial(attempts, **which), gone=["testMark"])


def test_attempts_without_effect_cost_one_case() -> None:
    api = client()
    run = assertion_on(api)
    before = api.session.requests_sent
    assert run() == MANY
    reads = 1 + MANY // FEW + 1  # before, after every few attempts, and after the last update
    updates = 2  # before and after the attempts
    assert api.session.requests_sent - before == MANY + reads + updates
    assert len(api.session.ledger.entries) == 1


@pytest.mark.parametrize("place", [0, 17, MANY - 1])
def test_attempt_with_effect_is_found_by_bisection(place: int) -> None:
    api = client()
    with pytest.raises(Violation) as caught:
        assertion_on(api, careless=frozenset([place]))()
    assert caught.value.expected == f"attempt {place} to change nothing"
    assert f"by attempt {place}" in caught.value.actual
    assert [exchange.method for exchange in api.trace] == ["POST", "PATCH", "GET", "PATCH", "POST", "GET"]
    assert len(api.session.ledger.entries) <= 14  # the control, and two for each bisection


def test_accepted_attempts_cost_one_more_case() -> None:
    api = client()
    assert assertion_on(api, carried_out=frozenset(range(0, MANY, 2)))() == MANY // 2
    assert len(api.session.ledger.entries) == 2


def test_accepted_attempts_are_not_verified() -> None:
    api = client()
    assert assertion_on(api, carried_out=frozenset(range(MANY)))() == 0
    assert len(api.session.ledger.entries) == 1


def test_effect_is_found_beside_accepted_attempts() -> None:
    with pytest.raises(Violation, match="attempt 9 to change nothing"):
        assertion_on(client(), careless=frozenset([9]), carried_out=frozenset([3, 20]))()


def test_effect_is_reported_without_cases_for_bisection() -> None:
    api = client(budget=1)
    with pytest.raises(Violation, match="16 attempts together to change nothing"):
        assertion_on(api, careless=frozenset([9]))()
    assert len(api.trace) > 2 * FEW


def test_spent_budget_ends_the_assertion() -> None:
    with pytest.raises(BudgetSpent):
        assertion_on(client(budget=1), careless=frozenset([9]), carried_out=frozenset([3]))()


def test_violation_by_an_attempt_has_only_its_exchanges() -> None:
    api = client()

    def let_in() -> bool:
        api.get(case.id)
        raise Violation("a client to be refused", "200")

    case = create_case(api).adopt_shown()
    with pytest.raises(Violation, match="a client"):
        assert_no_effect(case, lambda one: [*attempts(one), Attempt("reading", let_in)])
    assert [exchange.method for exchange in api.trace] == ["GET"]


def lingering(case: Case, left: dict[str, Any]) -> Iterator[Attempt]:
    """Yield refused attempts; number 10 has an effect that appears with the next write."""
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


def test_effect_that_appears_with_the_next_write_is_found() -> None:
    api = client()
    case = create_case(api).adopt_shown()
    with pytest.raises(Violation, match="attempt 10 to change nothing"):
        assert_no_effect(case, partial(lingering, left={}), gone=["testMark"])


def test_change_by_reading_belongs_to_get_safe() -> None:
    api = client()
    case = create_case(api).adopt_shown()
    read, looks = api.get, count()

    def get(case_id: str) -> Any:
        api.call("PATCH", f"/case/{case_id}", {"testSummary": f"look {next(looks)}"})
        return read(case_id)

    api.get = get  # type: ignore[method-assign]
    with pytest.raises(Violation) as caught:
        assert_no_effect(case, attempts)
    assert caught.value.requirement == "GET-SAFE"


def test_change_by_the_last_update_belongs_to_patch_partial() -> None:
    api = client()
    case = create_case(api).adopt_shown()
    updates = count()
    api.update = lambda case_id, payload: api.call(  # type: ignore[method-assign]
        "PATCH", f"/case/{case_id}", {**payload, "testSummary": f"patch {next(updates)}"}
    )
    with pytest.raises(Violation) as caught:
        assert_no_effect(case, attempts)
    assert caught.value.requirement == "PATCH-PARTIAL"


@pytest.mark.parametrize(
    ("requirements", "broken"),
    [(("AUTH-INERT",), "AUTH-INERT"), ((None,), None)],
    ids=["of the attempt", "of the check"],
)
def test_change_violates_the_requirement_of_its_attempt(
    requirements: tuple[str | None, ...], broken: str | None
) -> None:
    def is_accepted(case: Case) -> bool:
        return case.api.update(case.id, {"testSummary": "changed"}).ok

    def attempts(case: Case) -> Iterator[Attempt]:
        for requirement in requirements:
            yield Attempt("an attempt", partial(is_accepted, case), requirement)

    with pytest.raises(Violation) as caught:
        assert_no_effect(create_case(client()), attempts)
    assert caught.value.requirement == broken
