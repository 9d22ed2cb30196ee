"""The order of a run's checks.

Checks that write data for later checks run first. Time-dependent, random and potentially crashing checks run last.
With a small budget, the combined checks run before all others, and the first check of each requirement before the
second check of any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from inspect import signature
from typing import Final

import pytest

MOST_COST: Final = 10
STAGES: Final = ("first", "main", "sequences", "over time", "generated", "hostile")


def ordered(items: Sequence[pytest.Item], *, small_budget: bool) -> list[pytest.Item]:
    """Return the checks in their order. With a small budget, some checks may find it spent."""
    if not small_budget:
        return sorted(items, key=_stage)
    ranks: dict[pytest.Item, int] = {}
    seen: Counter[str] = Counter()
    for item in sorted(items, key=_cost):
        requirement = next(iter(requirements_of(item)), "")
        if is_combined(item) and stage_of(item) != "hostile":
            ranks[item] = -1
            continue
        ranks[item] = seen[requirement]
        seen[requirement] += 1
    costs = {item: _cost(item) for item in items}
    _keep_order(items, ranks, costs)
    return sorted(items, key=lambda item: (ranks[item], costs[item], _stage(item)))


def _keep_order(
    items: Sequence[pytest.Item], ranks: dict[pytest.Item, int], costs: dict[pytest.Item, int]
) -> None:
    """Keep the order of the checks over time, because a later one may change the case of an earlier one."""
    rank = 0
    for item in items:
        if stage_of(item) == "over time":
            rank = max(rank, ranks[item])
            ranks[item], costs[item] = rank, MOST_COST


def stage_of(item: pytest.Item) -> str:
    """Return the check's stage. The nearest mark counts; the default is "main"."""
    marker = item.get_closest_marker("stage")
    return str(marker.args[0]) if marker else "main"


def _stage(item: pytest.Item) -> int:
    return STAGES.index(stage_of(item))


def _cost(item: pytest.Item) -> int:
    """Return roughly how many cases a check creates; none if it uses the shared `case` or only requests tokens."""
    assert isinstance(item, pytest.Function)
    fixtures, parameters = set(item.fixturenames), set(signature(item.function).parameters)
    posts = "POST" in getattr(getattr(item, "callspec", None), "params", {}).values()
    return ("new_case" in parameters or not fixtures & {"case", "endpoint"}) + 2 * posts


def requirements_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the requirements that a check verifies; none for any other test."""
    marker = item.get_closest_marker("requirement")
    return marker.args if marker else ()


def is_combined(item: pytest.Item) -> bool:
    """Return True for a check of many requirements, whose violations the detailed checks explain."""
    return item.get_closest_marker("combined") is not None


def needs_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the requirements without which a check says nothing about its own."""
    return tuple(id_ for marker in item.iter_markers("needs") for id_ in marker.args)
