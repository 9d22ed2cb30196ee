"""In which order the checks of a run come. Knows their names, marks and fixtures; runs none.

What is written to be looked at again comes first. What needs time to have passed, what repeats at random what
others look at one by one, and what a server may not survive come last. Where cases are dear, each requirement has
its first check before any has its second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from inspect import signature
from typing import Final

import pytest

_FIRST: Final = "test_beginning.py"
_LATE: Final = ("test_lifecycle.py", "test_whole_run.py", "test_schema.py", "test_robustness.py")


def ordered(items: Sequence[pytest.Item], *, frugal: bool) -> list[pytest.Item]:
    """The checks in their order; `frugal` where not all of them may have the cases that they would create."""
    if not frugal:
        return sorted(items, key=_lateness)
    ranks: dict[pytest.Item, int] = {}
    had: Counter[str] = Counter()
    for item in sorted(items, key=_price):
        requirement = next(iter(requirements_of(item)), "")
        ranks[item] = had[requirement]
        had[requirement] += 1
    return sorted(items, key=lambda item: (ranks[item], _price(item), _lateness(item)))


def _lateness(item: pytest.Item) -> int:
    if item.path.name == _FIRST:
        return -1
    return _LATE.index(item.path.name) + 1 if item.path.name in _LATE else 0


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
