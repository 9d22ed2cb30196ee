"""Assertion that attempts, such as refused requests, change nothing: many attempts for each read of the case.

A change becomes a violation of the caller's requirement. If the reads or the final PATCH cause it, the violation
names GET-SAFE or PATCH-PARTIAL instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from contract_tests.assertions.case import Case, create_case
from contract_tests.assertions.outdated_reads import find_outdated_read
from contract_tests.assertions.shown_case import Snapshot
from contract_tests.client.exchange import Exchange
from contract_tests.client.trace import Trace
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle import comparison

FEW: Final = 8  # attempts between two reads; some servers block a client after twenty refusals in a row
SETTLED: Final = {"testSettled": "by the client"}
# Stored before the attempts: a refused request may roll back the last accepted one.
LAST_UPDATE: Final = {"testCategory": "before the attempts"}


class Attempt(NamedTuple):
    """A request that must change nothing.

    `make` returns True if it must not change anything, because it was refused. `requirement` is what a change violates;
    None for the requirement that the check verifies.
    """

    what: str
    make: Callable[[], bool]
    requirement: str | None = None


Attempts: TypeAlias = Callable[[Case], Iterable[Attempt]]
"""The attempts on a case: the same ones in the same order for each case."""


class Changed(Violation):
    """An attempt changed the case, although it must not."""


def refused_attempt(what: str, send: Callable[[], Exchange], requirement: str | None = None) -> Attempt:
    """An attempt that must change nothing if it is refused; other requirements cover the refusal itself."""
    return Attempt(what, lambda: send().refused, requirement)


def assert_no_effect(
    case: Case, attempts: Attempts, another: Callable[[], Case] | None = None, *, gone: Iterable[str] = ()
) -> int:
    """Assert that no attempt changes the case or adds one of the fields in `gone`. Return the number verified.

    If an attempt succeeded, the remaining attempts are repeated on a new case, from `another`. The attempt that
    changed the case is found by bisection, each time on a new case, for the shortest reproduction.
    """
    trial = _Trial(attempts, another or (lambda: create_case(case.api).adopt_shown()), frozenset(gone))
    outcome = trial.run(case)
    while outcome.inert and not outcome.complete:
        outcome = trial.run(trial.another(), outcome.inert)
    if outcome.change:
        trace = case.api.trace
        reads = sum(exchange.method == "GET" for exchange in trace)
        with trace.second_look():
            trial.assert_control_unchanged(reads)
        trial.raise_smallest(outcome.change, outcome.inert, trace)
    return len(outcome.inert)


@dataclass(frozen=True)
class _Outcome:
    """The attempts that must have changed nothing, whether these are all, and the change that was found."""

    inert: Sequence[int]
    complete: bool
    change: Changed | None = None


@dataclass(frozen=True)
class _Trial:
    attempts: Attempts
    another: Callable[[], Case]
    gone: frozenset[str]

    def run(self, case: Case, places: Sequence[int] | None = None) -> _Outcome:
        """Make the attempts at these places, by default all, and read the case after every few of them.

        A stale transaction or cache entry may appear, or disappear, with the next write, so the case is read
        before and after one.
        """
        attempts = [*self.attempts(case)]
        places = range(len(attempts)) if places is None else places
        before = snapshot_after_update(case)
        _restart_trace(case)
        inert: list[int] = []
        size = FEW if len(places) > FEW else 1  # an effect may only last until the next request
        for start in range(0, len(places), size):
            if not case.api.trace.begin_attempt() and start:  # the attempts so far still get their last read
                places = places[:start]
                break
            few = places[start : start + size]
            inert += [place for place in few if _make_attempt(case, attempts[place])]
            complete = len(inert) == start + len(few)
            done = [attempts[place] for place in places[: start + len(few)]]
            change = self._find_change(case, before, done) if complete else None
            if change:
                return _Outcome(inert, complete=True, change=change)
        if len(inert) < len(places):
            return _Outcome(inert, complete=False)
        case.api.update(case.id, SETTLED)
        change = self._find_change(case, before, [attempts[place] for place in places], accepted=True)
        return _Outcome(inert, complete=True, change=change)

    def _find_change(
        self, case: Case, before: Snapshot, attempts: Sequence[Attempt], *, accepted: bool = False
    ) -> Changed | None:
        try:
            case.assert_unchanged(before, gone=self.gone, accepted=accepted)
        except Violation as violation:
            what = attempts[0].what if len(attempts) == 1 else f"{len(attempts)} attempts together"
            broken = {one.requirement for one in attempts}
            requirement = broken.pop() if len(broken) == 1 else None
            return Changed(f"{what} to change nothing", violation.actual, requirement)
        return None

    def assert_control_unchanged(self, reads: int) -> None:
        """Assert that the same reads and PATCH change nothing without the attempts."""
        case = self.another()
        before = snapshot_after_update(case)
        _restart_trace(case)
        for _ in range(reads):
            case.api.get(case.id)
        with attributed_to("GET-SAFE"):
            case.assert_unchanged(before)
        case.api.update(case.id, SETTLED)
        with attributed_to("PATCH-PARTIAL"):
            case.assert_unchanged(before, accepted=True)

    def raise_smallest(self, change: Changed, places: Sequence[int], trace: Trace) -> None:
        """Raise the change, or the same change caused by half of the attempts."""
        middle = len(places) // 2
        for half in (places[:middle], places[middle:]) if middle else ():
            with trace.second_look():
                again = self._repeat(half)
                if again:
                    self.raise_smallest(again, half, trace)
        raise change

    def _repeat(self, places: Sequence[int]) -> Changed | None:
        try:
            case = self.another()
        except Violation:  # the server may have blocked the client after too many refusals
            return None
        return self.run(case, places).change


def snapshot_after_update(case: Case) -> Snapshot:
    """Return the state after an update, which a refused request may roll back, or make visible.

    Raise a violation of UPDATE-VISIBLE if the update is stored, but GET does not show it.
    """
    update = case.api.accepted(LAST_UPDATE)
    if not case.api.update(case.id, LAST_UPDATE).ok:  # a closed case may refuse it
        return case.snapshot()
    case.fields |= update
    snapshot = case.snapshot()
    for name, value in update.items():
        if comparison.find_difference(value, snapshot.fields.get(name)):
            proof = find_outdated_read(case.api, case.id, name, value)
            if proof is not None:
                raise Violation("GET to show the last update", proof, "UPDATE-VISIBLE")
    return snapshot


def _restart_trace(case: Case) -> None:
    """Keep only the create of the case, the last update and the last read."""
    trace = case.api.trace
    creates = (one for one in trace if one.method == "POST" and one.object.get("id") == case.id)
    trace.restart(*creates, *trace[-2:])


def _make_attempt(case: Case, attempt: Attempt) -> bool:
    """Make the attempt. If it raises a violation by itself, keep only its own exchanges as evidence."""
    trace = case.api.trace
    start = len(trace)
    try:
        return attempt.make()
    except Violation:
        trace.restart(*trace[start:])
        raise
