"""Attempts that must change nothing, many of them with one look behind all.

Turns a change into a violation; which requirement is at stake, the caller knows. Knows no pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from contract_tests.exchange import Exchange
from contract_tests.session import RecordingSession
from contract_tests.steps import Case, Snapshot, another_case
from contract_tests.verdicts import About, Violation

Attempt: TypeAlias = tuple[str, Callable[[], bool]]
"""What is tried, in words, and the trying, which says whether it must have changed nothing."""

Attempts: TypeAlias = Callable[[Case], Iterable[Attempt]]
"""The attempts on a case: the same ones in the same order, whichever it is."""


def refusal(what: str, send: Callable[[], Exchange]) -> Attempt:
    """An attempt that must change nothing where it is refused; whether it had to be, other rows judge."""
    return what, lambda: send().refused


def must_change_nothing(
    case: Case, attempts: Attempts, another: Callable[[], Case] | None = None, *, gone: Iterable[str] = ()
) -> int:
    """No attempt may change the case, nor give it one of the fields in `gone`; how many were judged.

    Where some may have changed it, the others are made once more on `another` case. What did change it is looked for
    among fewer and fewer of them, each time on one more case, for the shortest story.
    """
    trial = _Trial(attempts, another or (lambda: another_case(case.api).as_shown()), frozenset(gone))
    look = trial.made(case)
    while look.kept and not look.whole:
        look = trial.made(trial.another(), look.kept)
    if look.found:
        session = case.api.session
        looks = sum(exchange.method == "GET" for exchange in session.trace)
        with session.second_look():
            trial.reading_changes_nothing(looks)
        trial.tell(look.found, look.kept, session)
    return len(look.kept)


@dataclass(frozen=True)
class _Look:
    """The places of the attempts that must have changed nothing, whether that is all of them, and what changed then."""

    kept: Sequence[int]
    whole: bool
    found: Violation | None


@dataclass(frozen=True)
class _Trial:
    attempts: Attempts
    another: Callable[[], Case]
    gone: frozenset[str]

    def made(self, case: Case, asked: Sequence[int] | None = None) -> _Look:
        """Make the attempts at these places, or all, and look once."""
        attempts = [*self.attempts(case)]
        asked = range(len(attempts)) if asked is None else asked
        before = case.snapshot()
        case.api.session.new_story()
        kept = [place for place in asked if _must_be_inert(case, attempts[place])]
        whole = len(kept) == len(asked)
        what = attempts[asked[0]][0] if len(asked) == 1 else f"{len(asked)} attempts"
        return _Look(kept, whole, self._change(case, before, what) if whole else None)

    def _change(self, case: Case, before: Snapshot, what: str) -> Violation | None:
        try:
            case.unchanged_since(before, gone=self.gone)
        except Violation as violation:
            return Violation(f"{what} to change nothing", violation.actual)
        return None

    def reading_changes_nothing(self, times: int) -> None:
        """So many looks alone change no case, or else no attempt can be told to have done it."""
        case = self.another()
        case.api.session.new_story()
        before = case.snapshot()
        for _ in range(times):
            case.api.get(case.id)
        with About("GET-SAFE"):
            case.unchanged_since(before)

    def tell(self, found: Violation, places: Sequence[int], session: RecordingSession) -> None:
        """Raise what was found, or the same by the half of the attempts that shows it as well."""
        middle = len(places) // 2
        for half in (places[:middle], places[middle:]) if middle else ():
            with session.second_look():
                again = self.made(self.another(), half).found
                if again:
                    self.tell(again, half, session)
        raise found


def _must_be_inert(case: Case, attempt: Attempt) -> bool:
    """What the attempt says; a violation in itself is told by it alone."""
    trace = case.api.session.trace
    start = len(trace)
    try:
        return attempt[1]()
    except Violation:
        del trace[:start]
        raise
