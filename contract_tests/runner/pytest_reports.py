"""The reports that pytest makes of the checks, in the words of their findings: outcome, text, letter.

Knows pytest's reports and findings; knows no target and decides no verdict.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import pytest

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.report import terminal
from contract_tests.results.collector import BROKEN
from contract_tests.results.verdicts import Finding, Verdict, word
from contract_tests.runner.progress import Counts

PROPERTY: Final = "caseiq"
COUNTS: Final = "caseiq_counts"
LISTED: Final = ("failed", "error")  # what pytest shows in full at the end; "error" is a failure in a fixture
Status: TypeAlias = tuple[str, str, str | tuple[str, dict[str, bool]]]


def tell(
    report: pytest.TestReport, findings: Sequence[Finding], level: Level, mask: Callable[[str], str]
) -> None:
    """Give the report its findings, their outcome and their words."""
    report.user_properties.append((PROPERTY, json.dumps([finding.to_json() for finding in findings])))
    report.sections = [(title, mask(text)) for title, text in report.sections]
    words = {word(one.verdict, catalogue()[one.requirement].level, level) for one in findings}
    if words & {"failed", "error"}:
        report.outcome = "failed"
        broken = [one for one in findings if one.verdict in (Verdict.FAILED, Verdict.ERROR)]
        if any(one.reason.startswith(BROKEN) for one in broken):
            report.caseiq_traceback = True  # type: ignore[attr-defined]
            report.longrepr = mask(report.longreprtext)
        else:
            report.longrepr = "\n".join(terminal.failure(one) for one in broken)
    elif words and words <= {"unsupported", "disabled"}:
        _skip(report, next(one.reason for one in findings))
    else:
        report.outcome = "passed"
        report.longrepr = None
        report.caseiq_warning = "warning" in words  # type: ignore[attr-defined]
        if report.when == "setup":  # once a fixture has passed, pytest runs the check
            _skip(report, "the check was not made, since a fixture found a warning")


def _skip(report: pytest.TestReport, reason: str) -> None:
    report.outcome = "skipped"
    report.longrepr = (report.location[0], report.location[1] or 0, reason)


def count(report: pytest.TestReport, process: str, counts: Counts) -> None:
    """Let the report tell what its process has done so far."""
    report.user_properties.append((COUNTS, json.dumps([process, *counts])))


def counted(report: pytest.TestReport) -> Iterator[tuple[str, Counts]]:
    """What a process has done so far, by its report."""
    for name, value in report.user_properties:
        if name == COUNTS:
            process, *counts = json.loads(str(value))
            yield process, Counts(*counts)


def told(report: pytest.TestReport) -> list[Finding]:
    """The findings that a report carries, also one from another process."""
    if report.when not in ("setup", "call"):
        return []
    carried = [value for name, value in report.user_properties if name == PROPERTY]
    return [Finding.from_json(one) for value in carried for one in json.loads(str(value))]


def _of_a_check(report: Any) -> bool:
    """Whether it carries findings; a report of what could not be collected carries nothing at all."""
    return any(name == PROPERTY for name, _ in getattr(report, "user_properties", ()))


def status(report: pytest.TestReport, *, letters: bool) -> Status | None:
    """How pytest lists a report while it goes on: a warning as such, and unless `letters` only in its sums."""
    if not _of_a_check(report):
        return None
    if getattr(report, "caseiq_warning", False):
        return "with a broken SHOULD", "w" * letters, ("WARNING" * letters, {"yellow": True})
    if letters:
        return None
    return "error" if report.failed and report.when == "setup" else report.outcome, "", ""


def in_need_of_pytest(reports: Sequence[Any], mask: Callable[[str], str]) -> list[Any]:
    """The failed reports that pytest has to show: those of no check, and, masked once more, of a check that broke."""
    for one in reports:
        if isinstance(one.longrepr, str):
            one.longrepr = mask(one.longrepr)
    return [one for one in reports if getattr(one, "caseiq_traceback", False) or not _of_a_check(one)]
