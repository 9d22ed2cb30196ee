"""The choice of the checks of a run: as many faults as possible, within a limit of requests and cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from mutation.requests_of_checks import Counts

from contract_tests.profiles import BRIEF
from contract_tests.runner.plan import WHOLE

NO_LIMIT: Final = 1_000_000
PRICE_OF_CASE: Final = 6  # in requests

Found: TypeAlias = dict[str, int]
"""The checks that find a fault, and how many requests each must be allowed for that."""


def is_combined(check: str) -> bool:
    """Return True for a combined check, by its name in the plan; a brief run carries it out completely."""
    return check.startswith("test_combined")


@dataclass(frozen=True)
class Limits:
    """The requests and the cases of a run. It sends some more requests for fixtures."""

    requests: int
    cases: int


LIMITS: Final = {
    BRIEF: Limits(672, 50), "quick": Limits(2_073, NO_LIMIT), "default": Limits(5_210, NO_LIMIT)
}  # fmt: skip
COUNTED: Final = {BRIEF: WHOLE, "quick": "quick", "default": "default"}


class Planner:
    """Chooses the checks of a run, and the requests that each is allowed.

    The first checks verify each requirement once. Then comes, again and again, the step that finds most further
    faults for its requests. A check that is `wanted` runs completely.
    """

    def __init__(
        self,
        found: Mapping[str, Found],
        counts: Mapping[str, Counts],
        limits: Limits,
        wanted: Iterable[str] = (),
    ) -> None:
        self.allowed: dict[str, int] = {}
        self._limits = limits
        self._counts = counts
        self._combined = {check for check in counts if is_combined(check)}
        self._open = [needs for needs in found.values() if needs and not self._combined & needs.keys()]
        self._requirements = {id_ for one in counts.values() for id_ in one.requirements}
        self._requirements -= {id_ for check in self._combined for id_ in counts[check].requirements}
        self._requests = sum(counts[check].requests for check in self._combined)
        self._cases = sum(counts[check].cases for check in self._combined)
        for check in wanted:
            self._take(check, counts[check].requests)

    def plan(self) -> dict[str, int]:
        """Return the requests that each check is allowed, in the order of what they reveal."""
        while steps := [step for check in self._counts for step in self._steps(check)]:
            *_, check, allowed = max(steps)
            self._take(check, allowed)
        return self.allowed

    def complete(self) -> dict[str, int]:
        """Return the plan with the first attempt of as many other checks as possible, then with whole checks."""
        for is_whole in (False, True):
            for check in sorted(self._counts, key=lambda one: (self._counts[one].within(1), one)):
                allowed = self._counts[check].requests if is_whole else 1
                is_new = check not in self._combined and self.allowed.get(check, 0) < allowed
                if is_new and self._requests + self._price(check, allowed) <= self._limits.requests:
                    self._take(check, allowed)
        return self.allowed

    def _take(self, check: str, allowed: int) -> None:
        self._requests += self._price(check, allowed)
        self._cases += 0 if check in self.allowed else self._counts[check].cases
        self.allowed[check] = allowed
        self._requirements -= set(self._counts[check].requirements)
        self._open = [needs for needs in self._open if needs.get(check, allowed + 1) > allowed]

    def _price(self, check: str, allowed: int) -> int:
        """Return the requests that a larger allowance of a check adds."""
        counts = self._counts[check]
        return counts.within(allowed) - (counts.within(self.allowed[check]) if check in self.allowed else 0)

    def _steps(self, check: str) -> Iterator[tuple[float, float, str, int]]:
        """Yield each useful and possible allowance of a check with its value."""
        counts = self._counts[check]
        cases = 0 if check in self.allowed or check in self._combined else counts.cases
        if check in self._combined or self._cases + cases > self._limits.cases:
            return
        verified = len(self._requirements & set(counts.requirements))
        for allowed in sorted(
            {needs[check] for needs in self._open if check in needs} | ({1} if verified else set())
        ):
            requests = self._price(check, allowed)
            if self._requests + requests > self._limits.requests:
                return
            price = requests + 1 + PRICE_OF_CASE * cases
            revealed = sum(needs.get(check, allowed + 1) <= allowed for needs in self._open) / price
            yield verified and verified / price + revealed, revealed, check, allowed
