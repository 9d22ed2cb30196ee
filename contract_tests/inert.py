"""Attempts that must change nothing, many of them with one look behind all.

Turns a change into a violation; which requirement is at stake, the caller knows. Knows no pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from contract_tests.exchange import Exchange
from contract_tests.steps import Case, Snapshot
from contract_tests.verdicts import BudgetSpent, Violation

Attempt: TypeAlias = tuple[str, Callable[[], bool]]
"""What is tried, in words, and the trying, which says whether the case must be as before."""


def refusal(what: str, send: Callable[[], Exchange]) -> Attempt:
    """An attempt that must change nothing where it is refused; whether it had to be, other rows judge."""
    return what, lambda: send().refused


def must_change_nothing(
    case: Case,
    another: Callable[[], Case],
    attempts: Callable[[Case], Iterable[Attempt]],
    *,
    gone: Iterable[str] = (),
) -> None:
    """No attempt may change the case, nor give it one of the fields in `gone`.

    Only where something has changed, or an attempt was carried out that other rows judge, fewer of them are made on
    `another` case, down to the one to be told.
    """
    _look_behind(case, another, lambda one: list(attempts(one)), slice(None), tuple(gone))


def _look_behind(
    case: Case,
    another: Callable[[], Case],
    attempts: Callable[[Case], Sequence[Attempt]],
    part: slice,
    gone: Sequence[str],
) -> None:
    session = case.api.session
    everything = attempts(case)
    before = case.snapshot()
    session.new_story()
    tried = everything[part]
    outcomes = [_outcome(case, attempt) for _, attempt in tried]
    judged = all(outcomes)
    found = _change(case, before, tried, gone) if judged else None
    if len(tried) > 1 and (found or not judged):
        trace = list(session.trace)
        start, stop, _ = part.indices(len(everything))
        middle = (start + stop) // 2
        try:
            for half in (slice(start, middle), slice(middle, stop)):
                _look_behind(another(), another, attempts, half, gone)
        except BudgetSpent:
            pass  # what was found stands
        session.trace[:] = trace
    if found:
        raise found


def _outcome(case: Case, attempt: Callable[[], bool]) -> bool:
    """What the attempt says; a violation in itself is told by it alone."""
    trace = case.api.session.trace
    start = len(trace)
    try:
        return attempt()
    except Violation:
        del trace[:start]
        raise


def _change(case: Case, before: Snapshot, tried: Sequence[Attempt], gone: Sequence[str]) -> Violation | None:
    try:
        case.unchanged_since(before, gone=gone)
    except Violation as violation:
        what = tried[0][0] if len(tried) == 1 else f"{len(tried)} attempts from {tried[0][0]} on"
        return Violation(f"{what} to change nothing", violation.actual)
    return None
