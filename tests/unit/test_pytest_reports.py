"""Reports of pytest for findings, and the progress line."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.contract.requirements import Level
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner.progress import Counts, Progress
from contract_tests.runner.pytest_reports import (
    attach_counts,
    attach_findings,
    attached_counts,
    attached_findings,
    status,
)


def report(when: str = "call") -> Any:
    return pytest.TestReport("t.py::test", ("t.py", 1, "test"), {}, "passed", None, when)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "level", "outcome", "letter"),
    [
        (Verdict.PASSED, Level.MUST, "passed", ("passed", "", "")),
        (Verdict.FAILED, Level.MUST, "failed", ("failed", "", "")),
        (Verdict.ERROR, Level.MUST, "failed", ("failed", "", "")),
        (Verdict.UNSUPPORTED, Level.MUST, "skipped", ("skipped", "", "")),
    ],
)
def test_report_has_the_outcome_of_its_findings(
    verdict: Verdict, level: Level, outcome: str, letter: Any
) -> None:
    one = report()
    finding = Finding("GET-SAME", verdict, "test", "a", "b", "because")
    attach_findings(one, [finding], level, lambda text: text.replace("because", "***"))
    assert one.outcome == outcome
    assert attached_findings(one) == [finding]
    assert status(one, letters=False) == letter
    assert "because" not in str(one.longrepr)


def test_broken_should_is_a_warning() -> None:
    one = report()
    attach_findings(one, [Finding("LINEARIZABLE", Verdict.FAILED, "test")], Level.MUST, str)
    assert one.outcome == "passed"
    assert status(one, letters=True) == ("with a broken SHOULD", "w", ("WARNING", {"yellow": True}))
    failed = report()
    attach_findings(failed, [Finding("LINEARIZABLE", Verdict.FAILED, "test")], Level.SHOULD, str)
    assert failed.outcome == "failed"


def test_report_carries_the_progress_of_its_process() -> None:
    one = report()
    attach_counts(one, "gw1", Counts(5, 2, "for x"))
    assert list(attached_counts(one)) == [("gw1", Counts(5, 2, "for x"))]
    assert status(one, letters=True) is None
    assert attached_findings(report("teardown")) == []


def test_progress_line_sums_the_processes(pytestconfig: pytest.Config) -> None:
    progress = Progress(pytestconfig)
    progress.start(["A", "B", "C", "D"], 50)
    progress.update_worker("gw0", Counts(3, 1))
    progress.update_worker("gw1", Counts(4, 2))
    progress.update_findings([Finding("A", Verdict.PASSED, "t"), Finding("A", Verdict.FAILED, "u")])
    assert progress.line() == ("[#####...............] 1/4 requirements, 7 requests, 3 cases of at most 50")
    progress.stop()
