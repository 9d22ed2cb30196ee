"""Detailed checks that a run with a plan adds if a check found a violation.

Such a run verifies many requirements with one combined check, and other checks only in part. A violation then says
little about its cause. The detailed checks of the requirements that the check needs find the cause, and the shortest
reproduction. They run at once, as parts of the check that found the violation, so a run without violations sends none
of their requests. A brief run adds a limited number of them. In a longer run, a violation of a combined check adds all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import pytest

from contract_tests.results.causes import explains
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner import plan
from contract_tests.runner.options import Options
from contract_tests.runner.ordering import is_combined, needs_of, ordered, requirements_of, stage_of
from contract_tests.runner.selection import DECIDED, is_selected

ORDERED: Final = ("first", "over time")
PRICE_OF_CASE: Final = 10  # in requests
FEW: Final = 2
MOST_REQUESTS: Final = 700  # of all detailed checks of a brief run, as planned
# Of these, kept for one check of each requirement of a combined check, which decides nothing after a violation. The
# same number of cases for each is not needed, because most of these checks create none, unless they fail.
KEPT_REQUESTS: Final = 250
KEPT_CASES: Final = 8
LAST: Final = ("generated", "hostile")  # stages whose requests may damage the target


class DetailedChecks:
    """The checks that may explain a violation; each runs once.

    `most_requests` limits the planned requests of all of them together; None for no limit.
    """

    def __init__(self, most_requests: int | None = MOST_REQUESTS) -> None:
        self._waiting: list[pytest.Item] = []
        self._deciding: list[pytest.Item] = []
        self._requests_left = most_requests

    def keep(self, items: Iterable[pytest.Item], options: Options) -> None:
        """Keep the checks of exactly one requirement that the options select, in the given order.

        Checks that depend on the time, or on an earlier check, stay in their order.
        """
        self._waiting = [
            item
            for item in ordered([*items], small_budget=False)
            if len(requirements_of(item)) == 1
            and not is_combined(item)
            and stage_of(item) not in ORDERED
            and is_selected(item, options)
        ]

    def outside(self, item: pytest.Item) -> pytest.Item | None:
        """Return a check of another module. If pytest takes it for the next one, it tears down the module of `item`."""
        return next((one for one in self._waiting if one.path != item.path), None)

    def explaining(
        self, item: pytest.Item, raised: str | None, undecided: Sequence[str]
    ) -> list[pytest.Item]:
        """Return the checks that run now.

        Either `item` found a violation of the requirement `raised`, or a combined check left some undecided.
        """
        if raised is not None and is_combined(item) and self._requests_left is None:
            return self._take(
                one for one in self._waiting if stage_of(one) not in LAST or _is_of(one, raised)
            )
        if raised is not None:
            return self._of_violation(item, raised)
        return self._of_undecided(item, undecided) if is_combined(item) else []

    def _of_violation(self, item: pytest.Item, raised: str) -> list[pytest.Item]:
        """Return the checks that explain a violation.

        First come the checks of this requirement, then one check of each requirement that `item` needs, a second of
        each, and so on, as far as their requests are left. One check of each requirement of a combined check may use
        all of these, because the combined check decided none of them.
        """
        own = requirements_of(item) if is_combined(item) else ()
        needed = [*own, *needs_of(item)]
        ranked = self._ranked(item, [raised, *(id_ for id_ in needed if id_ != raised)])
        ranked.sort(key=lambda row: _is_of(row[1], raised), reverse=True)
        self._deciding = [one for rank, one in ranked if not rank and requirements_of(one)[0] in own]
        return self._take(one for _, one in ranked)

    def _of_undecided(self, item: pytest.Item, requirements: Sequence[str]) -> list[pytest.Item]:
        """Return a few checks of each of the requirements."""
        self._deciding = [one for rank, one in self._ranked(item, requirements) if rank < FEW]
        return self._take(self._deciding)

    def _ranked(self, item: pytest.Item, requirements: Sequence[str]) -> list[tuple[int, pytest.Item]]:
        """Return checks with their ranks: the cheapest check of each requirement, then a second of each, and so on."""
        ranks: Counter[str] = Counter()
        ranked: list[tuple[int, int, pytest.Item]] = []
        for one in sorted(self._waiting, key=_price):
            id_ = requirements_of(one)[0]
            if id_ in requirements and one is not item:
                ranked.append((ranks[id_], requirements.index(id_), one))
                ranks[id_] += 1
        return [(rank, one) for rank, _, one in sorted(ranked, key=lambda row: row[:2])]

    def may_run(self, item: pytest.Item, cases: int) -> bool:
        """Return True if so many cases are left that a check may run.

        One that decides a requirement may use all of them, and often needs none.
        """
        if self._requests_left is None:
            return cases > 0
        if item in self._deciding:
            return cases > 0 or not plan.whole_costs(item)[1]
        return cases > KEPT_CASES

    def _take(self, items: Iterable[pytest.Item]) -> list[pytest.Item]:
        taken = [one for one in items if self._spend(one)]
        self._waiting = [one for one in self._waiting if one not in taken]
        return taken

    def _spend(self, item: pytest.Item) -> bool:
        if self._requests_left is None:
            return True
        requests = plan.whole_costs(item)[0]
        kept = 0 if item in self._deciding else KEPT_REQUESTS
        if requests > self._requests_left - kept:
            return False
        self._requests_left -= requests
        return True


def _is_of(item: pytest.Item, requirement: str) -> bool:
    return requirements_of(item) == (requirement,)


def _price(item: pytest.Item) -> int:
    requests, cases = plan.whole_costs(item)
    return requests + PRICE_OF_CASE * cases


def undecided(own: Iterable[Finding], earlier: Iterable[Finding]) -> list[str]:
    """Return the requirements that a check found unsupported, and no earlier check decided."""
    decided = {one.requirement for one in earlier if one.verdict in DECIDED}
    return [
        one.requirement
        for one in own
        if one.verdict is Verdict.UNSUPPORTED and one.requirement not in decided
    ]


def explained(
    own: Sequence[Finding], raised: str | None, found: Sequence[Finding], *, is_known: bool = False
) -> list[Finding]:
    """Return the findings of a check that raised a violation, and those of the detailed checks.

    If one of these failed, it may have found the cause, and replaces the violation of the requirement `raised`.
    `is_known`: an earlier check found the cause.
    """
    if not is_known and not any(explains(one, raised) for one in found):
        return [*own, *found]
    decided = {one.requirement for one in found}
    kept = [
        one
        for one in own
        if (one.verdict is Verdict.FAILED and one.requirement != raised)
        or (one.verdict is Verdict.UNVERIFIED and one.requirement not in decided)
    ]
    return [*kept, *found]
