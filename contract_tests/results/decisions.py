"""The verdict of each requirement, decided by its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from contract_tests.contract.requirements import catalogue
from contract_tests.oracle.hostile_input import rank_request
from contract_tests.results.causes import fold_consequences
from contract_tests.results.verdicts import Finding, Verdict

# The first of these among a requirement's findings is its verdict. A check that is disabled, for example because the
# budget is spent, might have decided a requirement that another check found unsupported.
_PRECEDENCE: Final = (
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.UNVERIFIED,
    Verdict.PASSED,
    Verdict.DISABLED,
    Verdict.UNSUPPORTED,
)
NO_LONGER_NEEDED: Final = "passes: remove it from [disabled]"


def verdicts(
    findings: Iterable[Finding], disabled: Mapping[str, str] | None = None
) -> dict[str, tuple[Verdict, list[Finding]]]:
    """Return the verdict of each requirement in the catalogue, with its findings.

    `disabled` maps disabled requirements to reasons. If such a requirement passes, its reason says so.
    """
    by_requirement: dict[str, list[Finding]] = {id_: [] for id_ in catalogue()}
    for finding in _without_weak(fold_consequences([*findings])):
        by_requirement.setdefault(finding.requirement, []).append(finding)
    by_requirement["HOSTILE-INPUT"].sort(key=_rank)
    return {
        id_: _disabled(id_, found, disabled[id_])
        if disabled and id_ in disabled
        else (_verdict(found), found)
        for id_, found in by_requirement.items()
    }


def _rank(finding: Finding) -> tuple[bool, int]:
    """Return a key that orders the findings of HOSTILE-INPUT by their requests; the first one is shown."""
    if finding.verdict is not Verdict.FAILED or not finding.exchanges:
        return True, 0
    last = finding.exchanges[-1]
    body = last.get("request_body", "").encode("utf-8", "surrogatepass")
    return rank_request(last.get("method", ""), last.get("url", ""), last.get("request_headers", {}), body)


def _without_weak(findings: Sequence[Finding]) -> list[Finding]:
    """Drop the unverified findings of a test on several requirements, for those that another test verified."""
    unmet = Counter(finding.test for finding in findings if finding.verdict is Verdict.UNVERIFIED)
    passed = {finding.requirement for finding in findings if finding.verdict is Verdict.PASSED}
    return [
        finding
        for finding in findings
        if finding.verdict is not Verdict.UNVERIFIED
        or unmet[finding.test] == 1
        or finding.requirement not in passed
    ]


def _verdict(findings: Sequence[Finding]) -> Verdict:
    outcomes = {finding.verdict for finding in findings}
    return next((verdict for verdict in _PRECEDENCE if verdict in outcomes), Verdict.UNVERIFIED)


def _disabled(id_: str, findings: Sequence[Finding], reason: str) -> tuple[Verdict, list[Finding]]:
    passed = findings and all(finding.verdict is Verdict.PASSED for finding in findings)
    text = f"{reason} ({NO_LONGER_NEEDED})" if passed else reason
    test = findings[0].test if findings else ""
    return Verdict.DISABLED, [Finding(id_, Verdict.DISABLED, test, reason=text)]
