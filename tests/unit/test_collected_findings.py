"""The findings of a test, and the context of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from support.in_process import connected

from contract_tests.exceptions import (
    Disabled,
    TargetError,
    Unsupported,
    Unverified,
    Violation,
    find_exception,
)
from contract_tests.results.collector import Run
from contract_tests.results.verdicts import Verdict
from contract_tests.runner.context import RunContext
from contract_tests.runner.publish import publish


def run_of(**options: Any) -> Run:
    api = connected(**options)
    return Run(api, api.create({"testSummary": "first"}), {"HEAD-SAME": "ticket 1"})


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (None, Verdict.PASSED),
        (Violation("a", "b"), Verdict.FAILED),
        (Unsupported("no"), Verdict.UNSUPPORTED),
        (Disabled("off"), Verdict.DISABLED),
        (Unverified("unknown"), Verdict.UNVERIFIED),
        (TargetError("down"), Verdict.ERROR),
        (ZeroDivisionError(), Verdict.ERROR),
    ],
)
def test_end_of_a_test_decides_its_findings(error: Exception | None, verdict: Verdict) -> None:
    run = run_of()
    run.begin("test")
    findings = run.conclude("test", ["GET-SAME"], error)
    assert [(one.requirement, one.verdict) for one in findings] == [("GET-SAME", verdict)]
    assert run.has_failed("GET-SAME") is (verdict is Verdict.FAILED)
    run.end()


def test_evidence_begins_with_the_create_of_each_case() -> None:
    run = run_of()
    run.begin("test")
    created = [str(run.api.create({"testSummary": name}).object["id"]) for name in ("one", "other")]
    run.api.trace.restart()
    run.api.get(created[1])
    run.api.create({"testSummary": "third"})
    [finding] = run.conclude("test", ["GET-SAME"], Violation("a", "b"))
    assert [step["method"] for step in finding.exchanges] == ["POST", "GET", "POST"]
    assert created[1] in finding.exchanges[0]["response"]
    run.end()


def test_long_trace_is_cut_in_the_middle() -> None:
    run = run_of()
    run.begin("test")
    for _ in range(300):
        run.api.get(run.case_id)
    [finding] = run.conclude("test", ["GET-SAME"], Violation("a", "b"))
    assert finding.left_out + len(finding.exchanges) == 301  # with the create
    assert 0 < finding.left_out < 301
    run.end()


@pytest.mark.parametrize(
    ("budget", "requirement", "is_needed"),
    [(1, "PATCH-REPEATED", True), (2, "PATCH-REPEATED", False), (1, "AUTH-REQUIRED", False)],
)
def test_failure_needs_the_values_if_no_case_is_left(budget: int, requirement: str, is_needed: bool) -> None:
    api = connected()
    api.session.ledger.budget = budget
    run = Run(api, api.create({}))
    (finding,) = run.conclude("test", [requirement], Violation("a", "b"))
    assert ("ROUND-TRIP-NUMBER" in finding.needs) is is_needed


def test_run_knows_its_first_case_and_disabled_requirements() -> None:
    run = run_of()
    assert run.first_case().id == run.case_id
    found = run.conclude("test", ["HEAD-SAME"], Violation("a", "b"))
    assert found[0].verdict is Verdict.DISABLED
    error, cause = KeyError(), ValueError("x")
    error.__cause__ = cause
    assert find_exception(error, ValueError) is cause
    assert find_exception(error, TypeError) is None


def test_context_resolves_target_and_budget() -> None:
    options: Any = SimpleNamespace(deployment=None, max_cases=7, base_url="http://h/api")
    context = RunContext(SimpleNamespace(), options)  # type: ignore[arg-type]
    assert (context.budget, context.target.base_url, context.worker) == (7, "http://h/api", "")


def test_nothing_is_published_without_an_option() -> None:
    options: Any = SimpleNamespace(write_deployment=None, compare=None, report_dir=None)
    outcome: Any = SimpleNamespace(problems=[])
    publish(outcome, options, SimpleNamespace(), connected(), str)  # type: ignore[arg-type]
    assert outcome.problems == []
