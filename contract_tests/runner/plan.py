"""The plan of a run: which checks fit a limit of requests, and how long the run will take.

All profiles but "thorough" have a plan: the combined checks, and as much of the other checks as their limit allows.

`contract_tests/plan.json` lists the checks in the order of what they reveal for the requests that they send, as
measured over the faults in `tests/`. `python -m mutation.value_of_checks` in `tests/` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import pytest

from contract_tests.profiles import BRIEF
from contract_tests.runner.ordering import requirements_of

PLAN: Final = Path(__file__).parents[1] / "plan.json"
WHOLE: Final = "whole"
SMALL: Final = (BRIEF, "quick")
UNKNOWN: Final = (25, 3)  # requests and cases of a check that is not in the plan
OWN_TIME: Final = 0.001  # seconds that the suite itself needs for a request
MINUTE: Final = 60

Row: TypeAlias = Mapping[str, Any]


@cache
def plan() -> Mapping[str, Row]:
    """Return what each check costs, as check -> profile -> (requests, cases), the most valuable check first.

    "allowed" maps profiles to the number of requests after which the check starts no further attempt. "whole" are its
    costs in a brief or quick run without this limit.
    """
    rows: Mapping[str, Row] = json.loads(PLAN.read_text(encoding="utf-8"))
    return rows


def check_name(item: pytest.Item) -> str:
    """Return the name of a check in the plan: its file, its function, and its parameters."""
    return f"{item.path.name}::{item.name}"


def cost(item: pytest.Item, profile: str) -> int:
    """Return the expected number of requests of a check; none for any other test."""
    return _costs(item, profile)[0]


def _costs(item: pytest.Item, profile: str) -> tuple[int, int]:
    """Return the expected numbers of requests and cases of a check; none for any other test."""
    if not requirements_of(item):
        return 0, 0
    row = plan().get(check_name(item), {})
    known = (profile, WHOLE, "default") if profile in SMALL else (profile, "default")
    requests, cases = next((row[name] for name in known if name in row), UNKNOWN)
    return requests, cases


def whole_costs(item: pytest.Item) -> tuple[int, int]:
    """Return the expected numbers of requests and cases of a check of a brief or quick run without its limit."""
    return _costs(item, WHOLE)


def allowance(item: pytest.Item, profile: str) -> int | None:
    """Return the number of requests after which a check starts no further attempt; None for no limit."""
    allowed: int | None = plan().get(check_name(item), {}).get("allowed", {}).get(profile)
    return allowed


def combined_checks() -> set[str]:
    """Return the names of the combined checks."""
    return {name for name in plan() if name.startswith("test_combined")}


def within(items: Sequence[pytest.Item], limit: int, profile: str) -> list[pytest.Item]:
    """Return the most valuable checks that fit the limit of requests, in the given order."""
    ranks = {name: rank for rank, name in enumerate(plan())}
    kept: set[pytest.Item] = set()
    total = 0
    for item in sorted(items, key=lambda one: ranks.get(check_name(one), len(ranks))):
        if total + cost(item, profile) <= limit:
            total += cost(item, profile)
            kept.add(item)
    return [item for item in items if item in kept]


class Expected(NamedTuple):
    """The numbers of requests and cases that a run is expected to need."""

    requests: int
    cases: int


def expected(items: Sequence[pytest.Item], profile: str, *, is_planned: bool = True) -> Expected | None:
    """Return what the checks will need, or None for a profile that was not measured.

    `is_planned`: the checks end after the requests that the plan allows them.
    """
    name = profile if is_planned or profile not in SMALL else WHOLE
    if not any(name in row for row in plan().values()):
        return None
    return Expected(sum(cost(item, name) for item in items), sum(_costs(item, name)[1] for item in items))


def estimate(requests: int, seconds: float) -> str:
    """Return a number of requests and their duration in words, for `seconds` a request."""
    each = f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
    return (
        f"about {_rounded(requests):,} requests, {duration(requests * (seconds + OWN_TIME))} at {each} each"
    )


def duration(seconds: float) -> str:
    """Return a duration in words."""
    if seconds < MINUTE:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / MINUTE)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _rounded(requests: int) -> int:
    return requests if requests < 100 else round(requests, -1)
