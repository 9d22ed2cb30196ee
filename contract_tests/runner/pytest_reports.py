"""pytest's test reports, rewritten after the findings of a check: outcome, text and letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import pytest

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.report import terminal
from contract_tests.results.collector import BROKEN
from contract_tests.results.verdicts import Finding, Verdict, word
from contract_tests.runner.progress import Counts

FINDINGS: Final = "caseiq"
COUNTS: Final = "caseiq_counts"
LISTED: Final = ("failed", "error")  # The categories that pytest lists in full at the end.
Status: TypeAlias = tuple[str, str, str | tuple[str, dict[str, bool]]]


def attach_findings(
    report: pytest.TestReport, findings: Sequence[Finding], level: Level, mask: Callable[[str], str]
) -> None:
    """Add the findings to a report, and set its outcome and text accordingly."""
    report.user_properties.append((FINDINGS, json.dumps([finding.to_json() for finding in findings])))
    report.sections = [(title, mask(text)) for title, text in report.sections]
    words = {word(one.verdict, catalogue()[one.requirement].level, level) for one in findings}
    if words & {"failed", "error"}:
        report.outcome = "failed"
        broken = [one for one in findings if one.verdict in (Verdict.FAILED, Verdict.ERROR)]
        if any(one.reason.startswith(BROKEN) for one in broken):
            report.caseiq_traceback = True  # type: ignore[attr-defined]
            report.longrepr = mask(report.longreprtext)
        else:
            report.longrepr = mask("\n".join(terminal.failure(one) for one in broken))
    elif words and words <= {"unsupported", "disabled", "unverified"}:
        _skip(report, mask(next(one.reason for one in findings)))
    else:
        report.outcome = "passed"
        report.longrepr = None
        report.caseiq_warning = "warning" in words  # type: ignore[attr-defined]
        if report.when == "setup":  # pytest would run the check after a set-up that passed.
            _skip(report, "the check did not run, because a fixture found a warning")


def replace_findings(
    reports: Iterable[pytest.TestReport],
    findings: Sequence[Finding],
    level: Level,
    mask: Callable[[str], str],
) -> None:
    """Replace the findings of a check's reports, of which one carries them."""
    for report in reports:
        if attached_findings(report):
            report.user_properties = [one for one in report.user_properties if one[0] != FINDINGS]
            attach_findings(report, findings, level, mask)


def _skip(report: pytest.TestReport, reason: str) -> None:
    report.outcome = "skipped"
    report.longrepr = (report.location[0], report.location[1] or 0, reason)


def attach_counts(report: pytest.TestReport, process: str, counts: Counts) -> None:
    """Add the progress of its process to a report."""
    report.user_properties.append((COUNTS, json.dumps([process, *counts])))


def attached_counts(report: pytest.TestReport) -> Iterator[tuple[str, Counts]]:
    """Yield the processes whose progress a report carries, and the progress."""
    for name, value in report.user_properties:
        if name == COUNTS:
            process, *counts = json.loads(str(value))
            yield process, Counts(*counts)


def attached_findings(report: pytest.TestReport) -> list[Finding]:
    """Return the findings that a report carries, also if it comes from another process."""
    if report.when not in ("setup", "call"):
        return []
    carried = [value for name, value in report.user_properties if name == FINDINGS]
    return [Finding.from_json(one) for value in carried for one in json.loads(str(value))]


def _is_of_check(report: Any) -> bool:
    """Return True if the report carries findings. A collection report has no properties at all."""
    return any(name == FINDINGS for name, _ in getattr(report, "user_properties", ()))


def status(report: pytest.TestReport, *, letters: bool) -> Status | None:
    """Return the category, letter and word by which pytest lists a report; None for pytest's own choice.

    Without `letters` a report only counts in the sums.
    """
    if not _is_of_check(report):
        return None
    if getattr(report, "caseiq_warning", False):
        letter, name = ("w", "WARNING") if letters else ("", "")
        return "with a broken SHOULD", letter, (name, {"yellow": True})
    if report.failed and report.when == "setup":
        # pytest counts every failure in set-up as an error.
        is_failure = any(one.verdict is Verdict.FAILED for one in attached_findings(report))
        category = "failed" if is_failure else "error"
        return category, category[0].upper() if letters else "", category.upper() if letters else ""
    return None if letters else (report.outcome, "", "")


def reports_to_list(reports: Sequence[Any], mask: Callable[[str], str]) -> list[Any]:
    """Return the failed reports that pytest has to list: other tests, and checks that raised an unexpected exception.

    Their texts are masked with all secrets that the run knows at its end.
    """
    for one in reports:
        if isinstance(one.longrepr, str):
            one.longrepr = mask(one.longrepr)
    return [one for one in reports if getattr(one, "caseiq_traceback", False) or not _is_of_check(one)]
