"""Advice on the version number that a change calls for (semver.org)."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from change_gate.findings import Comparison, Kind, Proof, Verdict

_VERSION: Final = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?")


class Level(enum.StrEnum):
    """The part of a version number to raise, smallest first."""

    NONE = "none"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True)
class Advice:
    """The level that the findings call for, and the one that `info.version` took; None where it cannot be read."""

    wanted: Level
    taken: Level | None
    base_version: str
    head_version: str
    next_version: str

    @property
    def is_followed(self) -> bool | None:
        """True if the version was raised far enough, None if that is unknown."""
        if self.taken is None:
            return None
        order = list(Level)
        return order.index(self.taken) >= order.index(self.wanted)


def advise(comparison: Comparison) -> Advice:
    """Return the advice for a comparison."""
    wanted = _wanted(comparison)
    old, new = _numbers(comparison.base_version), _numbers(comparison.head_version)
    return Advice(
        wanted=wanted,
        taken=_taken(old, new),
        base_version=comparison.base_version,
        head_version=comparison.head_version,
        next_version=_next(old, wanted) if old else "",
    )


def _wanted(comparison: Comparison) -> Level:
    if comparison.verdict is Verdict.BREAKING:
        return Level.MAJOR
    if not comparison.findings:
        return Level.NONE if comparison.is_identical else Level.PATCH
    telling = [
        f for f in comparison.findings if f.kind is not Kind.DOCUMENTATION or f.proof is Proof.UNPROVEN
    ]
    return Level.MINOR if telling else Level.PATCH


def _numbers(version: str) -> tuple[int, int, int] | None:
    match = _VERSION.fullmatch(version.strip())
    return (int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None


def _taken(old: tuple[int, int, int] | None, new: tuple[int, int, int] | None) -> Level | None:
    if old is None or new is None:
        return None
    if new <= old:
        return Level.NONE
    if new[0] > old[0]:
        return Level.MAJOR
    return Level.MINOR if new[1] > old[1] else Level.PATCH


def _next(old: tuple[int, int, int], level: Level) -> str:
    major, minor, patch = old
    numbers = {
        Level.NONE: old,
        Level.PATCH: (major, minor, patch + 1),
        Level.MINOR: (major, minor + 1, 0),
        Level.MAJOR: (major + 1, 0, 0),
    }[level]
    return ".".join(map(str, numbers))


def sentence(comparison: Comparison) -> str:
    """Return the advice for a comparison as a sentence, or nothing if the sides have no versions."""
    if not comparison.base_version and not comparison.head_version:
        return ""
    advice = advise(comparison)
    if advice.wanted is Level.NONE:
        return "Version: nothing changed."
    wanted = f"this is a {advice.wanted.value} change"
    following = f"; the next version is {advice.next_version}" if advice.next_version else ""
    if advice.is_followed is None:
        return f"Version: {wanted}{following}."
    versions = f"{advice.base_version} -> {advice.head_version}"
    if advice.is_followed:
        return f"Version: {wanted}, and info.version ({versions}) reflects it."
    return f"Version: {wanted}, but info.version is {versions}{following}."
