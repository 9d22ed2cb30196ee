"""Verdicts on requirements, and the findings that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from contract_tests.contract.requirements import Level


class Verdict(StrEnum):
    """The outcome of one requirement; UNVERIFIED is none of the five, but the lack of one."""

    PASSED = "passed"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    DISABLED = "disabled"
    ERROR = "error"
    UNVERIFIED = "unverified"


def word(verdict: Verdict, level: Level, bar: Level) -> str:
    """The verdict as shown: a failed SHOULD is a warning where the bar is MUST."""
    below = level is Level.SHOULD and bar is Level.MUST
    return "warning" if verdict is Verdict.FAILED and below else verdict.value


@dataclass(frozen=True)
class Finding:
    """One conclusion about one requirement, as it travels from a test to the summary.

    `exchanges` holds them as plain data (see exchange.evidence), in order; `left_out` counts those missing in
    its middle. `timeline`, where operations overlapped, says who did what and when.
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

    def masked(self, mask: Callable[[str], str]) -> Finding:
        """The same, with `mask` applied to all that the target or the suite said."""
        return replace(
            self,
            expected=mask(self.expected),
            actual=mask(self.actual),
            reason=mask(self.reason),
            exchanges=tuple(each_text(self.exchanges, mask)),
            timeline=None if self.timeline is None else tuple(each_text(self.timeline, mask)),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "verdict": self.verdict.value,
            "exchanges": list(self.exchanges),
            "timeline": None if self.timeline is None else list(self.timeline),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        timeline = data["timeline"]
        return cls(
            **{
                **data,
                "verdict": Verdict(data["verdict"]),
                "exchanges": tuple(data["exchanges"]),
                "timeline": None if timeline is None else tuple(timeline),
            }
        )


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Plain data with `change` applied to each of its strings; names of members stay."""
    match value:
        case str():
            return change(value)
        case Mapping():
            return {name: each_text(one, change) for name, one in value.items()}
        case list() | tuple():
            return [each_text(one, change) for one in value]
        case _:
            return value
