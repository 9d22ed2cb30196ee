"""How much a run tries: one row a Hypothesis profile, cut down where a budget of cases asks for it.

The deterministic corpus is always sent in full, if need be a part by each operation. Knows Hypothesis; knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Final, Protocol, TypeVar

from hypothesis import HealthCheck, Phase, settings

from contract_tests.exceptions import Disabled, Violation

T = TypeVar("T")

BATCH: Final = 24
# Cases that a run creates beside what a Scale governs, how many fewer where checks hand their case on, and for the
# corpus in batches of BATCH. A test holds the sum against a run.
FIXED_CASES: Final = 285
REUSED_CASES: Final = 100
CORPUS_CASES: Final = 91


class Deal(Protocol):
    """`Scale.deal` of the run."""

    def __call__(self, ways: Iterable[T], place: int, places: int) -> Sequence[T]: ...


class _EarlyEnd:
    """The check of a property, until something decides the property early; later examples do nothing.

    An exception would not do: Hypothesis runs an example that raised once more, and calls the property flaky if the
    second run ends in another way.
    """

    def __init__(self, check: Callable[..., Any], *, at_first_violation: bool) -> None:
        self.reason: Violation | Disabled | None = None
        self._check = check
        self._at_first_violation = at_first_violation
        self._last: Violation | None = None

    def run(self, *args: Any, **kwargs: Any) -> Any:
        if self.reason is not None:
            return None
        try:
            return self._check(*args, **kwargs)
        except Violation as violation:
            self._last = violation
            if not self._at_first_violation:
                raise
            self.reason = violation
        except Disabled as disabled:
            self.reason = self._last or disabled
        return None


def prove(property: Callable[[], None], scale: Scale) -> None:
    """Run a Hypothesis property. Raises what its check raised.

    The property ends early when the budget of cases is spent, because no example can be repeated then. Under a
    budget, the first violation ends it.
    """
    handle = property.hypothesis  # type: ignore[attr-defined]
    check = _EarlyEnd(handle.inner_test, at_first_violation=scale.bounded)

    @wraps(handle.inner_test)  # Hypothesis asks for a function with a signature.
    def until_decided(*args: Any, **kwargs: Any) -> Any:
        return check.run(*args, **kwargs)

    handle.inner_test = until_decided
    try:
        property()
    except Exception:
        if check.reason is None:
            raise
    if check.reason is not None:
        raise check.reason


@dataclass(frozen=True)
class Scale:
    """`examples` a property, `lifecycles` and `walks` of at most `steps` operations, `rounds` of each concurrency
    check, `moves` in a cycle, `repeats` of what must hold each time, `batch` values of the corpus in one case, `row`
    operations in each of the rows that are all tried. `dealt`: what every operation can be sent falls to one of them.
    `generated`: with Schemathesis' requests beside the suite's own. `seeded`: by a seed of the caller's.
    `bounded`: cut down for a budget; `frugal`: and even so the budget may not last for all.
    """

    examples: int
    lifecycles: int
    walks: int
    steps: int
    rounds: int
    moves: int
    repeats: int
    row: int
    batch: int = BATCH
    dealt: bool = False
    generated: bool = True
    seeded: bool = False
    bounded: bool = False
    frugal: bool = False

    def some(self, payloads: Sequence[T], few: int = 1) -> Sequence[T]:
        """The payloads to create cases with: all, or where cases are dear the first `few`."""
        return payloads[:few] if self.frugal else payloads

    def deal(self, ways: Iterable[T], place: int, places: int) -> Sequence[T]:
        """What falls to the operation (or the state) at `place`, of so many that are tried in these ways: all of them.

        A quick run deals them out, so that each way is tried once.
        """
        return [*ways][place::places] if self.dealt else [*ways]

    @property
    def cases(self) -> int:
        """About how many cases a run at this scale creates."""
        generated = self.examples + self.walks if self.generated else 0
        random = 6 * self.examples + 2 * self.lifecycles + generated
        corpus = CORPUS_CASES * BATCH // self.batch
        fixed = FIXED_CASES - REUSED_CASES * self.bounded
        return fixed + corpus + random + 11 * self.rounds + 3 * self.repeats

    def within(self, budget: int | None) -> Scale:
        """The largest scale below this one whose cases fit the budget, or the smallest of all."""
        scale = self
        while budget is not None and scale.cases > budget and scale != scale._smaller():
            scale = scale._smaller()
        return scale if budget is None or scale.cases <= budget else replace(scale, frugal=True)

    def _smaller(self) -> Scale:
        return replace(
            self,
            examples=max(1, self.examples * 3 // 4),
            lifecycles=max(1, self.lifecycles * 3 // 4),
            walks=max(1, self.walks * 3 // 4),
            rounds=max(1, self.rounds * 3 // 4),
            repeats=max(2, self.repeats * 3 // 4),
            row=2,
            batch=60,
            bounded=True,
        )

    def settings(self, examples: int | None = None, *, shrink: bool = True) -> settings:
        """Hypothesis settings: repeatable unless a seed was given, with no deadline, since a target may be slow.

        Under a budget nothing is shrunk: each attempt to tell a failure shorter would create cases.
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


SCALES: Final = {
    # To load Schemathesis takes longer than half of the corpus, so it is left to the longer runs.
    "quick": Scale(
        examples=5,
        lifecycles=2,
        walks=3,
        steps=6,
        rounds=1,
        moves=8,
        repeats=8,
        row=2,
        batch=48,
        dealt=True,
        generated=False,
    ),
    "default": Scale(examples=25, lifecycles=20, walks=15, steps=12, rounds=6, moves=12, repeats=24, row=3),
    "thorough": Scale(
        examples=300, lifecycles=250, walks=200, steps=30, rounds=30, moves=24, repeats=100, row=3
    ),
}


# What a profile leaves out, in words.
LEFT_OUT: Final = {"quick": "quick: without Schemathesis' requests, and with little random data"}


def scale_of(profile: str | None, *, seeded: bool, budget: int | None = None) -> Scale:
    """The row for a Hypothesis profile, within a budget of cases; any other profile counts as the default."""
    row = SCALES.get(profile or "default", SCALES["default"])
    return replace(row, seeded=seeded).within(budget)
