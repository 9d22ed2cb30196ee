"""Extent of a run: one row for each Hypothesis profile, reduced if the run has a small budget of cases.

Each profile but "thorough" also has a plan (runner/plan.py), which limits the checks to a number of requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Final, Protocol, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky

from contract_tests.exceptions import AllowanceSpent, Disabled, Violation

T = TypeVar("T")

BATCH: Final = 24
BRIEF: Final = "brief"
BRIEF_CASES: Final = 60
# The requests for which the profiles with a plan choose their checks; fixtures and other targets may need some more.
PLANNED_REQUESTS: Final = {BRIEF: 675, "quick": 1_930, "default": 4_915}
# Estimates for `Profile.cases`; a test compares the sum with a run: cases that every profile creates, cases saved by
# reusing them under a budget, and cases for the corpus in batches of BATCH.
FIXED_CASES: Final = 285
REUSED_CASES: Final = 100
CORPUS_CASES: Final = 91


class Share(Protocol):
    """`Profile.share` of the run."""

    def __call__(self, variants: Iterable[T], place: int, places: int) -> Sequence[T]: ...


class Trace(Protocol):
    """The exchanges of a test."""

    def __iter__(self) -> Iterator[Any]: ...

    def restart(self, *kept: Any) -> None: ...


class _EarlyEnd:
    """Check of a property that can end early: later examples do nothing.

    An exception is not an alternative: Hypothesis repeats an example that raised, and calls the property flaky if the
    outcome differs.
    """

    def __init__(self, check: Callable[..., Any], trace: Trace, *, at_first_violation: bool) -> None:
        self.reason: Violation | AllowanceSpent | Disabled | None = None
        self._check = check
        self._at_first_violation = at_first_violation
        self._last: Violation | None = None
        self._trace = trace
        self._exchanges: Sequence[Any] = ()

    def raise_last(self) -> None:
        """Raise the last violation, if any, with its exchanges in the trace."""
        if self._last is not None:
            self._trace.restart(*self._exchanges)
            raise self._last

    def run(self, *args: Any, **kwargs: Any) -> Any:
        if self.reason is not None:
            return None
        try:
            return self._check(*args, **kwargs)
        except Violation as violation:
            self._last, self._exchanges = violation, list(self._trace)
            if not self._at_first_violation:
                raise
            self.reason = violation
        except (AllowanceSpent, Disabled) as end:
            self.reason = self._last or end
        return None


def run_property(property: Callable[[], None], profile: Profile, trace: Trace) -> None:
    """Run a Hypothesis property, and raise what its check raised. `trace` contains its exchanges.

    The property ends early when the budget of cases is spent, because no example can be repeated then. Under a
    budget, the first violation ends it.
    """
    handle = property.hypothesis  # type: ignore[attr-defined]
    check = _EarlyEnd(handle.inner_test, trace, at_first_violation=profile.bounded)

    @wraps(handle.inner_test)  # Hypothesis requires a function with a signature.
    def until_decided(*args: Any, **kwargs: Any) -> Any:
        return check.run(*args, **kwargs)

    handle.inner_test = until_decided
    try:
        property()
    except Flaky:  # the server responded differently to the repeated example
        check.raise_last()
        raise
    except Exception:
        if check.reason is None:
            raise
    if check.reason is not None:
        raise check.reason


@dataclass(frozen=True)
class Profile:
    """The amounts of one Hypothesis profile.

    - `examples` of each property, and `rounds` of each concurrency check
    - `lifecycles` and `walks` with at most `steps` operations, and `moves` in a cycle of transitions
    - `repeats` of a check that must hold each time
    - `batch`: values of the corpus in one case
    - `sequence_length`: length of the operation sequences that are tried exhaustively
    - `shared`: each variant is tried with one operation instead of all
    - `generated`: Schemathesis runs too
    - `seeded`: the user gave a seed
    - `bounded`: reduced to fit a budget of cases; `small_budget`: the budget may run out even so
    """

    examples: int
    lifecycles: int
    walks: int
    steps: int
    rounds: int
    moves: int
    repeats: int
    sequence_length: int
    batch: int = BATCH
    shared: bool = False
    generated: bool = True
    seeded: bool = False
    bounded: bool = False
    small_budget: bool = False

    def some(self, payloads: Sequence[T], few: int = 1) -> Sequence[T]:
        """Return all payloads to create cases with, or the first `few` on a small budget."""
        return payloads[:few] if self.small_budget else payloads

    def share(self, variants: Iterable[T], place: int, places: int) -> Sequence[T]:
        """Return the variants to try with the operation (or state) number `place` of `places`.

        A quick run splits the variants between the operations; any other run tries all of them with each.
        """
        return [*variants][place::places] if self.shared else [*variants]

    @property
    def cases(self) -> int:
        """Estimated number of cases that a run creates."""
        generated = self.examples + self.walks if self.generated else 0
        random = 6 * self.examples + 2 * self.lifecycles + generated
        corpus = CORPUS_CASES * BATCH // self.batch
        fixed = FIXED_CASES - REUSED_CASES * self.bounded
        return fixed + corpus + random + 11 * self.rounds + 3 * self.repeats

    def within(self, budget: int | None) -> Profile:
        """Return the largest profile up to this one whose cases fit the budget, or the smallest of all."""
        profile = self
        while budget is not None and profile.cases > budget and profile != profile._smaller():
            profile = profile._smaller()
        return profile if budget is None or profile.cases <= budget else replace(profile, small_budget=True)

    def _smaller(self) -> Profile:
        return replace(
            self,
            examples=max(1, self.examples * 3 // 4),
            lifecycles=max(1, self.lifecycles * 3 // 4),
            walks=max(1, self.walks * 3 // 4),
            rounds=max(1, self.rounds * 3 // 4),
            repeats=max(2, self.repeats * 3 // 4),
            sequence_length=2,
            batch=60,
            bounded=True,
        )

    def settings(self, examples: int | None = None, *, shrink: bool = True) -> settings:
        """Return Hypothesis settings: repeatable unless seeded, and without a deadline, since targets may be slow.

        Shrinking creates a case with each attempt, so a run with a budget does not shrink.
        """
        shrinking = [Phase.shrink] if shrink and not self.bounded else []
        return settings(
            max_examples=examples or self.examples,
            stateful_step_count=self.steps,
            derandomize=not self.seeded,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, *shrinking],
        )


# Loading Schemathesis takes longer than half of the corpus, so only longer runs use it.
_QUICK: Final = Profile(
    examples=5,
    lifecycles=2,
    walks=3,
    steps=6,
    rounds=1,
    moves=8,
    repeats=8,
    sequence_length=2,
    batch=48,
    shared=True,
    generated=False,
)

PROFILES: Final = {
    BRIEF: _QUICK,  # with fewer checks (runner/plan.py)
    "quick": _QUICK,
    "default": Profile(
        examples=10, lifecycles=5, walks=5, steps=12, rounds=6, moves=12, repeats=16, sequence_length=2
    ),
    "thorough": Profile(
        examples=300, lifecycles=250, walks=200, steps=30, rounds=30, moves=24, repeats=100, sequence_length=3
    ),
}


# Sentence in the report about what a profile leaves out.
LEFT_OUT: Final = {
    BRIEF: "brief: combined checks, and a part of the others; --hypothesis-profile quick runs all of them",
    "quick": (
        "quick: combined checks, and a part of the others; without Schemathesis' requests, and with little random data"
    ),
}


def profile_for(name: str | None, *, seeded: bool, budget: int | None = None) -> Profile:
    """Return the profile for a Hypothesis profile's name, within a budget; unknown names get the default."""
    row = PROFILES.get(name or "default", PROFILES["default"])
    return replace(row, seeded=seeded).within(budget)
