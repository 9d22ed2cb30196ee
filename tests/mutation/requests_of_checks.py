"""A pytest plugin that counts the requests and the cases of each check, and notes where a check starts its attempts."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest

from contract_tests.client.trace import Trace
from contract_tests.profiles import BRIEF, PLANNED_REQUESTS, PROFILES, Profile
from contract_tests.results import collector
from contract_tests.runner import plan
from contract_tests.runner.detailed_checks import DetailedChecks
from contract_tests.runner.hooks import RUN
from contract_tests.runner.ordering import requirements_of

UNLIMITED: Final = 1_000_000


@dataclass
class Counts:
    """The requests and cases of one check.

    `starts` are the numbers of requests after which it could have ended, because its next attempt is independent of
    the earlier ones. The first attempt is none of them, since every check may carry it out. `seen` are the requirements of every response that a response violated, with the requests before
    the attempt.
    """

    requirements: Sequence[str]
    requests: int = 0
    cases: int = 0
    has_attempt: bool = False
    starts: list[int] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def within(self, allowed: int) -> int:
        """Return the requests of the check if it may start no attempt after `allowed` requests."""
        return next((start for start in self.starts if start >= allowed), self.requests)

    def needed(self, broken: Collection[str]) -> int:
        """Return the allowance with which the check finds a violation, which ended it or was seen in a response."""
        seen = [start for id_, start in self.seen.items() if id_ in broken]
        last = self.starts[-1] if self.starts else 0
        return min([*seen, last]) + 1


COUNTS: dict[str, Counts] = {}
_CURRENT: list[Counts] = []


def check_of(nodeid: str) -> str:
    """Return a check's name in the plan: its file, its function, and its parameters."""
    path, _, name = nodeid.partition("::")
    return f"{Path(path).name}::{name}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Count the requests of a check. The first hook, so that it includes the fixtures."""
    counts = COUNTS.setdefault(check_of(item.nodeid), Counts(requirements_of(item)))
    _CURRENT[:] = [counts]
    run = item.config.stash.get(RUN, None)
    before = (run.api.session.requests_sent, run.api.session.ledger.created) if run else (0, 0)
    result = yield
    run = item.config.stash.get(RUN, None)
    if run:
        counts.requests = run.api.session.requests_sent - before[0]
        counts.cases = run.api.session.ledger.created - before[1]
    return result


def _note_start(trace: Trace) -> bool:
    # A second look, which has no allowance, is not an attempt of the check itself.
    if trace.allowance is not None and _CURRENT:
        counts = _CURRENT[0]
        if counts.has_attempt:
            counts.starts.append(trace.added)
        counts.has_attempt = True
    return True


def _noting(find: Any) -> Any:
    """Return `find_violations`, which also notes the violations that it finds."""

    def find_violations(*args: Any) -> list[Any]:
        found = [*find(*args)]
        for violation in found if _CURRENT else ():
            counts = _CURRENT[0]
            counts.seen.setdefault(violation.requirement, counts.starts[-1] if counts.starts else 0)
        return found

    return find_violations


@contextmanager
def counted(row: Profile) -> Iterator[dict[str, Counts]]:
    """Count the checks of the planned runs inside, which carry out all checks completely.

    `row` is the profile of the brief ones.
    """
    COUNTS.clear()
    with (
        patch.dict(PROFILES, {BRIEF: row}),
        patch.dict(PLANNED_REQUESTS, dict.fromkeys(PLANNED_REQUESTS, UNLIMITED)),
        patch.object(plan, "allowance", lambda *_: UNLIMITED),
        patch.object(DetailedChecks, "explaining", lambda *_: []),
        patch.object(Trace, "begin_attempt", _note_start),
        patch.object(collector, "find_violations", _noting(collector.find_violations)),
    ):
        yield COUNTS
