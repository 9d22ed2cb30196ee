"""The changes between two runs: which failures are new, and how changes are listed."""

from __future__ import annotations

import pytest
from support import report_samples as samples

from contract_tests.contract.requirements import Level
from contract_tests.report.compare import Change, compare, lines
from contract_tests.results.verdicts import Finding, Verdict


def with_verdict(verdict: Verdict | None) -> list[Finding]:
    """Return the findings of a run with this verdict on SCHEMA; None is a pass without a finding."""
    return (
        []
        if verdict is None
        else [
            samples.failed("SCHEMA", exchanges=())
            if verdict is Verdict.FAILED
            else Finding("SCHEMA", verdict, "t")
        ]
    )


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        (Verdict.PASSED, Verdict.FAILED, "newly_failing"),
        (Verdict.ERROR, Verdict.FAILED, "newly_failing"),
        (Verdict.DISABLED, Verdict.FAILED, "newly_failing"),
        (Verdict.FAILED, Verdict.PASSED, "newly_passing"),
        (Verdict.ERROR, Verdict.PASSED, "other"),
        (Verdict.PASSED, Verdict.ERROR, "in_error"),
        (Verdict.PASSED, Verdict.UNSUPPORTED, "other"),
    ],
)
def test_change_is_listed_in_its_category(before: Verdict, after: Verdict, part: str) -> None:
    comparison = compare(samples.document(with_verdict(before)), samples.document(with_verdict(after)))
    parts = {
        name: getattr(comparison, name) for name in ("newly_failing", "in_error", "newly_passing", "other")
    }
    assert parts.pop(part) == (Change("SCHEMA", before.value, after.value),)
    assert not any(parts.values())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_same_verdict_is_no_change(verdict: Verdict) -> None:
    comparison = compare(samples.document(with_verdict(verdict)), samples.document(with_verdict(verdict)))
    assert comparison.is_empty
    assert lines(comparison) == ["compared with the run of 2026-01-05T10:00:00+00:00: nothing changed"]


def test_higher_level_makes_no_new_failure() -> None:
    broken = [samples.failed("LINEARIZABLE")]
    comparison = compare(samples.document(broken), samples.document(broken, level=Level.SHOULD))
    assert comparison.newly_failing == ()
    assert comparison.other == (Change("LINEARIZABLE", "warning", "failed"),)


def test_warning_is_no_new_failure() -> None:
    comparison = compare(samples.document([]), samples.document([samples.failed("LINEARIZABLE")]))
    assert comparison.newly_failing == ()
    assert comparison.other == (Change("LINEARIZABLE", "passed", "warning"),)


def test_requirement_of_one_run_only_is_absent_in_the_other() -> None:
    old, new = samples.document(), samples.document()
    old["requirements"] = [one for one in old["requirements"] if one["id"] != "PATCH-PARTIAL"]
    new["requirements"] = [one for one in new["requirements"] if one["id"] != "CREATE-ID"]
    comparison = compare(old, new)
    assert comparison.newly_failing == (Change("PATCH-PARTIAL", "absent", "failed"),)
    assert comparison.other == (Change("CREATE-ID", "passed", "absent"),)


def test_changed_observations_are_listed_by_id() -> None:
    new = samples.document(
        observations=[
            {"id": "null-patch", "title": "A PATCH with null", "text": "is kept"},
            {"id": "rotation", "title": "lastWorkflowId", "text": "changes"},
        ]
    )
    comparison = compare(
        samples.document(observations=[new["observations"][0] | {"text": "is removed"}]), new
    )
    assert comparison.observations == (
        Change("null-patch", "is removed", "is kept"),
        Change("rotation", "absent", "changes"),
    )
    assert "    null-patch: is removed -> is kept" in lines(comparison)


def test_unverified_requirements_are_one_line() -> None:
    new = samples.document(with_verdict(Verdict.UNVERIFIED))
    comparison = compare(samples.document([]), new)
    assert [change.id for change in comparison.unverified] == ["SCHEMA"]
    assert not comparison.other
    assert not comparison.is_empty
    assert lines(comparison)[-1] == "  not verified this time (1): SCHEMA"
