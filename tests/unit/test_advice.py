"""Advice on the deployment file, and verdicts of runs without a case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract_tests.contract.deployment import Deployment
from contract_tests.oracle.workflow import Workflow
from contract_tests.results.advice import advice_on
from contract_tests.results.no_case import undecided
from contract_tests.results.verdicts import Finding, Verdict

REFUSED = Finding(
    "TRANSITION-STATUS",
    Verdict.FAILED,
    "test",
    expected="the transition to Close",
    actual='422 {"title": "unknown"}',
)
NUMBER = Finding("CREATE-ID", Verdict.FAILED, "test", expected="an id that is a UUID", actual='"12345"')
MOVED = Workflow(initial="New", moves={"New": ("Assign",)})


@pytest.mark.parametrize(
    ("finding", "deployment", "key"),
    [
        (REFUSED, Deployment(), "[workflow]"),
        (REFUSED, replace(Deployment(), workflow=MOVED), ""),
        (replace(REFUSED, actual='500 {"title": "oops"}'), Deployment(), ""),
        (replace(REFUSED, verdict=Verdict.DISABLED), Deployment(), ""),
        (NUMBER, Deployment(), 'id_format = "any"'),
        (replace(NUMBER, expected="a non-empty string"), Deployment(), ""),
    ],
)
def test_failure_of_another_tenant_gets_advice(finding: Finding, deployment: Deployment, key: str) -> None:
    advice = advice_on([finding, finding], deployment)
    assert len(advice) == bool(key)
    assert all(key in one and "--deployment file" in one for one in advice)


@pytest.mark.parametrize(
    ("requirement", "verdict", "shown"),
    [
        ("CREATE-OWNS", Verdict.PASSED, Verdict.UNVERIFIED),
        ("ROUND-TRIP-NUMBER", Verdict.PASSED, Verdict.UNVERIFIED),
        ("PATCH-OBJECTS", Verdict.UNSUPPORTED, Verdict.UNVERIFIED),
        ("CREATE-STATUS", Verdict.FAILED, Verdict.FAILED),
        ("CREATE-VALIDATES", Verdict.PASSED, Verdict.PASSED),
        ("METHOD-ALLOW", Verdict.PASSED, Verdict.PASSED),
    ],
)
def test_run_without_a_case_shows_nothing_of_cases(
    requirement: str, verdict: Verdict, shown: Verdict
) -> None:
    found = undecided(Finding(requirement, verdict, "test"))
    assert found.verdict is shown
    assert ("CREATE-STATUS" in found.needs) is (verdict is not shown)
