"""The order of a run's checks.

Checks that write data for later checks run first. Time-dependent, random and potentially crashing checks run last.
With a small budget, the first check of each requirement runs before the second check of any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from inspect import signature
from typing import Final

import pytest

STAGES: Final = ("first", "main", "sequences", "over time", "generated", "hostile")


def ordered(items: Sequence[pytest.Item], *, frugal: bool) -> list[pytest.Item]:
    """The checks in their order; `frugal` where not all of them may have the cases that they would create."""
    if not frugal:
        return sorted(items, key=_stage)
    ranks: dict[pytest.Item, int] = {}
    had: Counter[str] = Counter()
    for item in sorted(items, key=_price):
        requirement = next(iter(requirements_of(item)), "")
        ranks[item] = had[requirement]
        had[requirement] += 1
    return sorted(items, key=lambda item: (ranks[item], _price(item), _stage(item)))


def _stage(item: pytest.Item) -> int:
    """Return the position of the check's stage. The nearest mark counts; the default is "main"."""
    marker = item.get_closest_marker("stage")
    return STAGES.index(marker.args[0] if marker else "main")


def _price(item: pytest.Item) -> int:
    """What a check costs in cases, roughly: one that takes the `case` at hand, or asks for tokens, costs none."""
    assert isinstance(item, pytest.Function)
    needs, asks = set(item.fixturenames), set(signature(item.function).parameters)
    posts = "POST" in getattr(getattr(item, "callspec", None), "params", {}).values()
    return ("new_case" in asks or not needs & {"case", "endpoint"}) + 2 * posts


def requirements_of(item: pytest.Item) -> tuple[str, ...]:
    """The requirements that a check verifies; none for any other test."""
    marker = item.get_closest_marker("requirement")
    return marker.args if marker else ()
