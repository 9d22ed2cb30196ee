"""What changed between two runs, as data and as lines for a terminal.

Compares documents by the ids of their requirements and observations. Knows no form of report and reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contract_tests.report.document import Document, RequirementEntry

ABSENT: Final = "absent"
_FAILING: Final = ("failed", "warning")


@dataclass(frozen=True)
class Change:
    """A requirement whose verdict, or an observation whose text, is another than before; ABSENT for none."""

    id: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """The changes from an earlier run.

    `newly_failing` is a reason to fail: it fails the bar, and did not. So is `in_error`: there is no verdict any more.
    """

    newly_failing: tuple[Change, ...]
    in_error: tuple[Change, ...]
    newly_passing: tuple[Change, ...]
    other: tuple[Change, ...]
    unjudged: tuple[Change, ...]
    observations: tuple[Change, ...]
    earlier: str

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        return not self.unjudged and not any(part(self) for _, part in _PARTS)

    @property
    def worse(self) -> bool:
        """Whether it is a reason to fail."""
        return bool(self.newly_failing or self.in_error)


def compare(old: Document, new: Document) -> Comparison:
    """The changes from `old` to `new`. A failure that only a higher bar makes one is no new failure."""
    before, after = _by_id(old), _by_id(new)
    changed = [id_ for id_ in {**after, **before} if _shown(before, id_) != _shown(after, id_)]
    failing = [id_ for id_ in changed if _shown(after, id_) == "failed" and _verdict(before, id_) != "failed"]
    passing = [id_ for id_ in changed if _shown(after, id_) == "passed" and _shown(before, id_) in _FAILING]
    broken = [id_ for id_ in changed if _shown(after, id_) == "error"]
    unjudged = [id_ for id_ in changed if _shown(after, id_) == "unverified"]
    others = [id_ for id_ in changed if id_ not in (*failing, *passing, *broken, *unjudged)]

    def changes(ids: list[str]) -> tuple[Change, ...]:
        return tuple(Change(id_, _shown(before, id_), _shown(after, id_)) for id_ in ids)

    return Comparison(
        newly_failing=changes(failing),
        in_error=changes(broken),
        newly_passing=changes(passing),
        other=changes(others),
        unjudged=changes(unjudged),
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


_PARTS: Final[tuple[tuple[str, Callable[[Comparison], tuple[Change, ...]]], ...]] = (
    ("newly failing", lambda comparison: comparison.newly_failing),
    ("no verdict any more", lambda comparison: comparison.in_error),
    ("newly passing", lambda comparison: comparison.newly_passing),
    ("other changes", lambda comparison: comparison.other),
    ("observed anew", lambda comparison: comparison.observations),
)


def lines(comparison: Comparison) -> list[str]:
    """The comparison in words, a line a change."""
    heading = f"compared with the run of {comparison.earlier}:"
    if comparison.empty:
        return [f"{heading} nothing changed"]
    told = [heading]
    for title, part in _PARTS:
        changes = part(comparison)
        if changes:
            told.append(f"  {title} ({len(changes)})")
        told += [f"    {change.id}: {change.before} -> {change.after}" for change in changes]
    if comparison.unjudged:  # in one line: a run of a few requirements leaves all others out
        ids = ", ".join(change.id for change in comparison.unjudged)
        told.append(f"  not judged this time ({len(comparison.unjudged)}): {ids}")
    return told
