"""Verdicts on requirements, and the findings that decide them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from contract_tests.contract.requirements import Level


class Verdict(StrEnum):
    """The outcome of one requirement. UNVERIFIED means that no check could decide it."""

    PASSED = "passed"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    DISABLED = "disabled"
    ERROR = "error"
    UNVERIFIED = "unverified"


def word(verdict: Verdict, level: Level, bar: Level) -> str:
    """Return the verdict as shown: a failed SHOULD is a warning if only MUST counts."""
    below = level is Level.SHOULD and bar is Level.MUST
    return "warning" if verdict is Verdict.FAILED and below else verdict.value


@dataclass(frozen=True)
class Finding:
    """The result of one test for one requirement.

    `needs`: for a failure, the requirements without which the check says nothing about its own; for an unverified
    requirement, the failed ones among them. `exchanges`: the reproduction as plain data (see exchange.evidence);
    `left_out`: the number of exchanges missing in its middle. `timeline`: the overlapping operations, if any.
    """

    requirement: str
    verdict: Verdict
    test: str
    expected: str = ""
    actual: str = ""
    reason: str = ""
    exchanges: tuple[dict[str, Any], ...] = field(default=())
    left_out: int = 0
    timeline: tuple[dict[str, Any], ...] | None = None
    needs: tuple[str, ...] = ()

    def masked(self, mask: Callable[[str], str]) -> Finding:
        """Return the finding with `mask` applied to every text from the target or the suite."""
        return replace(
            self,
            expected=mask(self.expected),
            actual=mask(self.actual),
            reason=mask(self.reason),
            exchanges=tuple(each_text(self.exchanges, mask)),
            timeline=None if self.timeline is None else tuple(each_text(self.timeline, mask)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON data, for a test report."""
        return {
            **self.__dict__,
            "verdict": self.verdict.value,
            "exchanges": list(self.exchanges),
            "needs": list(self.needs),
            "timeline": None if self.timeline is None else list(self.timeline),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        """Return the finding that `to_json` described."""
        timeline = data["timeline"]
        return cls(
            **{
                **data,
                "verdict": Verdict(data["verdict"]),
                "exchanges": tuple(data["exchanges"]),
                "needs": tuple(data["needs"]),
                "timeline": None if timeline is None else tuple(timeline),
            }
        )


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return JSON data with `change` applied to each string, except names of members."""
    match value:
        case str():
            return change(value)
        case Mapping():
            return {name: each_text(one, change) for name, one in value.items()}
        case list() | tuple():
            return [each_text(one, change) for one in value]
        case _:
            return value
