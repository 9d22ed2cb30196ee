"""The changes between two runs, as data and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contract_tests.report.document import Document, RequirementEntry

ABSENT: Final = "absent"
_FAILING: Final = ("failed", "warning")


@dataclass(frozen=True)
class Change:
    """A requirement or observation that differs between the runs; ABSENT if one of them does not have it."""

    id: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """The changes since an earlier run.

    `newly_failing` requirements fail at this run's level, and did not fail before. `in_error` requirements no longer
    have a verdict.
    """

    newly_failing: tuple[Change, ...]
    in_error: tuple[Change, ...]
    newly_passing: tuple[Change, ...]
    other: tuple[Change, ...]
    unverified: tuple[Change, ...]
    observations: tuple[Change, ...]
    earlier: str

    def parts(self) -> Mapping[str, tuple[Change, ...]]:
        """Return the changes that are listed one by one, by title."""
        return {
            "newly failing": self.newly_failing,
            "no longer verified because of an error": self.in_error,
            "newly passing": self.newly_passing,
            "other changes": self.other,
            "changed observations": self.observations,
        }

    @property
    def is_empty(self) -> bool:
        return not self.unverified and not any(self.parts().values())

    @property
    def is_worse(self) -> bool:
        """True if --fail-on new has to fail the run."""
        return bool(self.newly_failing or self.in_error)


def compare(old: Document, new: Document) -> Comparison:
    """Return the changes from `old` to `new`. A former warning that fails at a higher level is not a new failure."""
    before, after = _by_id(old), _by_id(new)
    changed = [id_ for id_ in {**after, **before} if _shown(before, id_) != _shown(after, id_)]
    failing = [id_ for id_ in changed if _shown(after, id_) == "failed" and _verdict(before, id_) != "failed"]
    passing = [id_ for id_ in changed if _shown(after, id_) == "passed" and _shown(before, id_) in _FAILING]
    in_error = [id_ for id_ in changed if _shown(after, id_) == "error"]
    unverified = [id_ for id_ in changed if _shown(after, id_) == "unverified"]
    others = [id_ for id_ in changed if id_ not in (*failing, *passing, *in_error, *unverified)]

    def changes(ids: list[str]) -> tuple[Change, ...]:
        return tuple(Change(id_, _shown(before, id_), _shown(after, id_)) for id_ in ids)

    return Comparison(
        newly_failing=changes(failing),
        in_error=changes(in_error),
        newly_passing=changes(passing),
        other=changes(others),
        unverified=changes(unverified),
        observations=tuple(_observations(old, new)),
        earlier=old["run"]["started"],
    )


def _by_id(document: Document) -> Mapping[str, RequirementEntry]:
    return {requirement["id"]: requirement for requirement in document["requirements"]}


def _shown(requirements: Mapping[str, RequirementEntry], id_: str) -> str:
    return requirements[id_]["shown"] if id_ in requirements else ABSENT


def _verdict(requirements: Mapping[str, RequirementEntry], id_: str) -> str:
    return requirements[id_]["verdict"] if id_ in requirements else ABSENT


def _observations(old: Document, new: Document) -> Iterator[Change]:
    before = {one["id"]: one["text"] for one in old["observations"]}
    after = {one["id"]: one["text"] for one in new["observations"]}
    for id_ in {**after, **before}:
        change = Change(id_, before.get(id_, ABSENT), after.get(id_, ABSENT))
        if change.before != change.after:
            yield change


def lines(comparison: Comparison) -> list[str]:
    """Return the comparison in words, one line for each change."""
    heading = f"compared with the run of {comparison.earlier}:"
    if comparison.is_empty:
        return [f"{heading} nothing changed"]
    printed = [heading]
    for title, changes in comparison.parts().items():
        if changes:
            printed.append(f"  {title} ({len(changes)})")
        printed += [f"    {change.id}: {change.before} -> {change.after}" for change in changes]
    if comparison.unverified:  # One line, since a run of a few requirements leaves out all others.
        ids = ", ".join(change.id for change in comparison.unverified)
        printed.append(f"  not verified this time ({len(comparison.unverified)}): {ids}")
    return printed
