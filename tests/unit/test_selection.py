"""Checks that did not run leave their requirements unverified."""

from __future__ import annotations

import pytest

from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner.selection import Checks


@pytest.fixture
def checks() -> Checks:
    checks = Checks()
    checks.select({"first": ["SCHEMA"], "second": ["SCHEMA", "GET-SAME"], "third": ["SCHEMA"]})
    checks.end("first")
    return checks


@pytest.mark.parametrize("verdict", [Verdict.DISABLED, Verdict.UNSUPPORTED])
def test_requirement_with_missing_checks_is_unverified(checks: Checks, verdict: Verdict) -> None:
    found = checks.unreached([Finding("SCHEMA", verdict, "first")], "interrupted")
    assert [(one.requirement, one.verdict, one.reason) for one in found] == [
        ("SCHEMA", Verdict.UNVERIFIED, "2 of its checks did not run (interrupted)"),
        ("GET-SAME", Verdict.UNVERIFIED, "1 of its checks did not run (interrupted)"),
    ]


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.FAILED, Verdict.ERROR])
def test_decided_requirement_keeps_its_verdict(checks: Checks, verdict: Verdict) -> None:
    found = checks.unreached([Finding("SCHEMA", verdict, "first")], "interrupted")
    assert [one.requirement for one in found] == ["GET-SAME"]


def test_checks_that_ran_leave_nothing_unverified(checks: Checks) -> None:
    checks.end("second")
    checks.end("third")
    assert checks.unreached([], "interrupted") == []
