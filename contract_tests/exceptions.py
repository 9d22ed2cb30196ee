"""The exceptions by which a check ends. Any other exception is an error of the suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Violation(AssertionError):
    """The target broke a requirement: what was expected, and what came.

    `requirement` may stay None where the check belongs to a single requirement; whoever runs the check
    knows which.
    """

    def __init__(self, expected: str, actual: str, requirement: str | None = None) -> None:
        super().__init__(f"expected {expected}; got {actual}")
        self.expected = expected
        self.actual = actual
        self.requirement = requirement
        self.timeline: tuple[dict[str, Any], ...] | None = None


@contextmanager
def attributed_to(requirement: str) -> Iterator[None]:
    """Set the requirement of a violation raised inside, unless it names one already."""
    try:
        yield
    except Violation as error:
        if error.requirement is None:
            error.requirement = requirement
        raise


class TargetError(Exception):
    """The target could not be asked: unreachable, silent, or refusing the run's credentials."""


class Unsupported(Exception):
    """The target says that it has no such thing; the message says how it said so."""


class Disabled(Exception):
    """The deployment or an option takes the requirement out of this run; the message says why."""


class BudgetSpent(Disabled):
    """The run may create no more cases."""
