"""Attempts that must change nothing, many of them with one look behind all.

Turns a change into a violation; which requirement is at stake, the caller knows, unless what comes with the attempts
is at fault: a look that changes the case, or a patch that changes more than it names. Knows no pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from contract_tests.assertions.case import Case, Snapshot, create_case
from contract_tests.client.exchange import Exchange
from contract_tests.client.trace import Trace
from contract_tests.exceptions import Violation, attributed_to

FEW: Final = 8  # attempts between two looks; some servers shut out who is turned away twenty times in a row
SETTLED: Final = {"testSettled": "by the client"}

Attempt: TypeAlias = tuple[str, Callable[[], bool]]
"""What is tried, in words, and the trying, which says whether it must have changed nothing."""

Attempts: TypeAlias = Callable[[Case], Iterable[Attempt]]
"""The attempts on a case: the same ones in the same order, whichever it is."""


class Changed(Violation):
    """An attempt that had to change nothing did change the case."""


def refused_attempt(what: str, send: Callable[[], Exchange]) -> Attempt:
    """An attempt that must change nothing where it is refused; whether it had to be, other rows judge."""
    return what, lambda: send().refused


def assert_no_effect(
    case: Case, attempts: Attempts, another: Callable[[], Case] | None = None, *, gone: Iterable[str] = ()
) -> int:
    """No attempt may change the case, nor give it one of the fields in `gone`; how many were judged.

    Where some may have changed it, the others are made once more on `another` case. What did change it is looked for
    among fewer and fewer of them, each time on one more case, for the shortest story.
    """
    trial = _Trial(attempts, another or (lambda: create_case(case.api).adopt_shown()), frozenset(gone))
    look = trial.made(case)
    while look.kept and not look.whole:
        look = trial.made(trial.another(), look.kept)
    if look.found:
        trace = case.api.trace
        looks = sum(exchange.method == "GET" for exchange in trace)
        with trace.second_look():
            trial.control(looks)
        trial.tell(look.found, look.kept, trace)
    return len(look.kept)


@dataclass(frozen=True)
class _Look:
    """The places of the attempts that must have changed nothing, whether that is all of them, and what changed then."""

    kept: Sequence[int]
    whole: bool
    found: Changed | None = None


@dataclass(frozen=True)
class _Trial:
    attempts: Attempts
    another: Callable[[], Case]
    gone: frozenset[str]

    def made(self, case: Case, asked: Sequence[int] | None = None) -> _Look:
        """Make the attempts at these places, or all, and look at the case every few of them.

        What was left behind in a transaction or a cache may show only until the next write, or only from then on.
        """
        attempts = [*self.attempts(case)]
        asked = range(len(attempts)) if asked is None else asked
        before = case.snapshot()
        _begin_story(case)
        kept: list[int] = []
        for start in range(0, len(asked), FEW):
            few = asked[start : start + FEW]
            kept += [place for place in few if _must_be_inert(case, attempts[place])]
            whole = len(kept) == start + len(few)
            found = self._change(case, before, _told(attempts, asked[: start + len(few)])) if whole else None
            if found:
                return _Look(kept, True, found)
        if len(kept) < len(asked):
            return _Look(kept, False)
        case.api.update(case.id, SETTLED)
        return _Look(kept, True, self._change(case, before, _told(attempts, asked), accepted=True))

    def _change(self, case: Case, before: Snapshot, what: str, *, accepted: bool = False) -> Changed | None:
        try:
            case.assert_unchanged(before, gone=self.gone, accepted=accepted)
        except Violation as violation:
            return Changed(f"{what} to change nothing", violation.actual)
        return None

    def control(self, times: int) -> None:
        """What comes with the attempts, so many looks and a write, changes no case; or else they did not, either."""
        case = self.another()
        before = case.snapshot()
        _begin_story(case)
        for _ in range(times):
            case.api.get(case.id)
        with attributed_to("GET-SAFE"):
            case.assert_unchanged(before)
        case.api.update(case.id, SETTLED)
        with attributed_to("PATCH-PARTIAL"):
            case.assert_unchanged(before, accepted=True)

    def tell(self, found: Changed, places: Sequence[int], trace: Trace) -> None:
        """Raise what was found, or the same by the half of the attempts that shows it as well."""
        middle = len(places) // 2
        for half in (places[:middle], places[middle:]) if middle else ():
            with trace.second_look():
                again = self._again(half)
                if again:
                    self.tell(again, half, trace)
        raise found

    def _again(self, places: Sequence[int]) -> Changed | None:
        try:
            case = self.another()
        except Violation:  # strangers too many, perhaps: what was found stands
            return None
        return self.made(case, places).found


def _told(attempts: Sequence[Attempt], places: Sequence[int]) -> str:
    return attempts[places[0]][0] if len(places) == 1 else f"{len(places)} attempts together"


def _begin_story(case: Case) -> None:
    """With the create of the case, and the look at it that came last."""
    trace = case.api.trace
    creates = (one for one in trace if one.method == "POST" and one.object.get("id") == case.id)
    trace.restart(*creates, *trace[-1:])


def _must_be_inert(case: Case, attempt: Attempt) -> bool:
    """What the attempt says; a violation in itself is told by it alone."""
    trace = case.api.trace
    start = len(trace)
    try:
        return attempt[1]()
    except Violation:
        trace.restart(*trace[start:])
        raise
