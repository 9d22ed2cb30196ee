"""The checks of a run: which ones the options select, and which of these did not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pytest

from contract_tests.contract.requirements import catalogue, no_such
from contract_tests.profiles import BRIEF, PLANNED_REQUESTS
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner import plan
from contract_tests.runner.options import Options
from contract_tests.runner.ordering import is_combined, needs_of, requirements_of

# A requirement with one of these findings has a verdict, even if some of its checks did not run.
DECIDED = (Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.UNVERIFIED)


def is_selected(item: pytest.Item, options: Options) -> bool:
    """Return True if --read-only and --requirement select the check; True for any other test."""
    requirements = requirements_of(item)
    if not requirements:
        return True
    reads = item.get_closest_marker("read_only") is not None
    is_wanted = not options.requirements or bool(options.requirements & set(requirements))
    return reads == bool(options.read_only) and is_wanted


class Selection(NamedTuple):
    """The checks of a run, the others, and whether the run follows the plan of its profile."""

    kept: list[pytest.Item]
    dropped: list[pytest.Item]
    is_planned: bool


def select(items: Sequence[pytest.Item], options: Options) -> Selection:
    """Return the checks that the options and the plan of the profile select.

    A run without a plan carries out the detailed checks of all requirements, and no combined check.
    """
    planned = is_planned(items, options)
    limits = [options.max_requests, PLANNED_REQUESTS[options.profile] if planned else None]
    limit = min((one for one in limits if one is not None), default=None)
    kept = [item for item in items if is_selected(item, options) and (planned or not is_combined(item))]
    if limit is not None and not options.read_only:
        kept = plan.within(kept, limit, options.profile)
    chosen = set(kept)
    return Selection(kept, [item for item in items if item not in chosen], planned)


def is_planned(items: Sequence[pytest.Item], options: Options) -> bool:
    """Return True for a brief run, and for a quick or default one of the whole suite.

    A user who names requirements or checks wants all of them, unless the run has to be brief.
    """
    if options.profile == BRIEF:
        return True
    if options.profile not in PLANNED_REQUESTS or options.requirements or options.read_only:
        return False
    names = {plan.check_name(item) for item in items if is_combined(item)}
    return bool(names) and names >= plan.combined_checks()


def selection_error(
    kept: Sequence[pytest.Item], dropped: Sequence[pytest.Item], options: Options
) -> str | None:
    """Return the message if the selected checks cannot run, else None."""
    if options.read_only and dropped and not any(map(requirements_of, kept)):
        return nothing_to_read(dropped, options)
    return unknown_requirement(kept)


def nothing_to_read(dropped: Iterable[pytest.Item], options: Options) -> str:
    """Return the message for a run with --read-only that has no check left."""
    reading = (item for item in dropped if item.get_closest_marker("read_only"))
    requested = ", ".join(sorted(options.requirements)) or "the collected checks"
    possible = ", ".join(sorted(requirements_in(reading))) or "nothing else"
    return f"{requested} cannot be checked with --read-only; it can check {possible}"


def requirements_in(items: Iterable[pytest.Item]) -> set[str]:
    """Return the requirements that the checks verify."""
    return {id_ for item in items for id_ in requirements_of(item)}


def unknown_requirement(items: Iterable[pytest.Item]) -> str | None:
    """Return the message for the first mark with an id that is not in the catalogue; None if there is none."""
    for item in items:
        for mark, ids in (("requirement", requirements_of(item)), ("needs", needs_of(item))):
            for id_ in ids:
                if id_ not in catalogue():
                    return f'{item.nodeid} has the mark {mark}("{id_}"): {no_such(id_)}'
    return None


class Checks:
    """The selected checks with their requirements, and those of them that ended."""

    def __init__(self) -> None:
        self.selected: dict[str, Sequence[str]] = {}
        self._ended: set[str] = set()

    def select(self, checks: Mapping[str, Sequence[str]]) -> None:
        """Add checks; with pytest-xdist, every worker selects the same."""
        self.selected |= checks

    def end(self, check: str) -> None:
        """Note that a check has ended."""
        self._ended.add(check)

    def unreached(self, findings: Iterable[Finding], reason: str) -> list[Finding]:
        """Return a finding for each requirement that is undecided because checks of it did not run.

        The checks that ran may have been the disabled or unsupported ones only.
        """
        decided = {finding.requirement for finding in findings if finding.verdict in DECIDED}
        missing: dict[str, list[str]] = {}
        for check, requirements in self.selected.items():
            for id_ in requirements if check not in self._ended else ():
                if id_ not in decided:
                    missing.setdefault(id_, []).append(check)
        return [
            Finding(id_, Verdict.UNVERIFIED, checks[0], reason=f"{_count(checks)} did not run ({reason})")
            for id_, checks in missing.items()
        ]


def _count(checks: Sequence[str]) -> str:
    return "1 of its checks" if len(checks) == 1 else f"{len(checks)} of its checks"
