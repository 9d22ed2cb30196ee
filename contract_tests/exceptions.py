"""The exceptions that end a check. Any other exception is an error of the suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, TypeVar

E = TypeVar("E", bound=BaseException)

LATE: Final = "the next GET shows the new state"
LATER_GET: Final = "a later GET"


class Suspect(NamedTuple):
    """The operation that left a wrong value behind, and the requirement that covers this operation."""

    operation: str
    requirement: str


class Violation(AssertionError):
    """The target broke a requirement.

    `requirement` names it, if it may differ from the one that the check verifies, for example because a set-up step
    failed. `suspect` names the operation that broke it, if the check verifies another operation. `needs` names
    requirements that explain the violation if they failed as well.
    """

    def __init__(
        self,
        expected: str,
        actual: str,
        requirement: str | None = None,
        *,
        suspect: Suspect | None = None,
    ) -> None:
        super().__init__(f"expected {expected}; got {actual}")
        self.expected = expected
        self.actual = actual
        self.requirement = requirement
        self.suspect = suspect
        self.needs: tuple[str, ...] = ()
        self.by_reads = False
        self.timeline: tuple[dict[str, Any], ...] | None = None

    def belongs_to(self, requirement: str, *, by_reads: bool = False) -> Violation:
        """Attribute the violation to a requirement, whatever the check verifies.

        `by_reads`: two reads of the same case differed, which proves nothing while other clients write.
        """
        self.requirement, self.suspect, self.by_reads = requirement, None, by_reads
        return self

    def shown_late(self, requirement: str) -> Violation:
        """Attribute the violation to a requirement that a second read shows to be met late."""
        self.actual += f" ({LATE})"
        return self.belongs_to(requirement, by_reads=True)


def is_brief(actual: str) -> bool:
    """Return True if a finding says that a server showed an old state for a short time."""
    return LATE in actual or LATER_GET in actual


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
    """The target could not be asked: it is unreachable or silent, or it refuses the run's credentials."""


class Unsupported(Exception):
    """The target does not support the feature; the message contains its response."""


class Unverified(Exception):
    """The part of a requirement that a run can verify is kept; the message says what it cannot verify."""


class Disabled(Exception):
    """The deployment or an option excludes the requirement from this run; the message gives the reason."""


class BudgetSpent(Disabled):
    """The run may create no more cases, or send no more requests."""


class AllowanceSpent(Exception):
    """The check has sent the requests that the plan of the run allows it. Its attempts so far found nothing."""


def find_exception(error: BaseException | None, kind: type[E]) -> E | None:
    """Return the first exception of `kind` in `error`, its causes, or the exception groups of Hypothesis."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, kind):
            return one
        if isinstance(one, BaseExceptionGroup):
            pending += one.exceptions
        pending += [one.__cause__, one.__context__]
    return None
