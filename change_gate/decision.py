"""The decision of the gate: which findings fail it, and the exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from change_gate.findings import Comparison, Finding, Kind, Proof, Verdict

PASSED: Final = 0
BROKEN: Final = 1
UNDECIDED: Final = 2
FAIL_ON: Final = ("breaking", "risky", *(f"risky:{kind.value}" for kind in Kind))


def decide(comparison: Comparison, fail_on: str) -> Comparison:
    """Return the comparison with each finding marked that fails the gate under `--fail-on`."""
    findings = tuple(replace(finding, fails=_fails(finding, fail_on)) for finding in comparison.findings)
    return replace(comparison, findings=findings)


def _fails(finding: Finding, fail_on: str) -> bool:
    level, _, kind = fail_on.partition(":")
    if finding.accepted:
        return False
    if finding.proof is Proof.UNPROVEN or finding.verdict is Verdict.BREAKING:
        return True
    return finding.verdict is Verdict.RISKY and level == "risky" and kind in ("", finding.kind.value)


def exit_code(comparison: Comparison) -> int:
    """Return the exit code for a comparison whose findings are decided."""
    failing = [finding for finding in comparison.findings if finding.fails]
    if comparison.problems or any(finding.proof is not Proof.UNPROVEN for finding in failing):
        return BROKEN
    return UNDECIDED if failing else PASSED
