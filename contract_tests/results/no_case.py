"""Verdicts of a run whose target accepted no case at all: a check that could store nothing proves nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from contract_tests.contract.requirements import catalogue
from contract_tests.results.causes import needs_reason
from contract_tests.results.verdicts import Finding, Verdict

NEEDED: Final = "CREATE-STATUS"
SECTIONS: Final = ("create", "retrieve", "update", "transition")
DECIDED_BY_REFUSALS: Final = frozenset(
    {NEEDED, "CREATE-VALIDATES", "GET-UNKNOWN", "UPDATE-UNKNOWN", "TRANSITION-UNKNOWN"}
)


def needs_a_case(requirement: str) -> bool:
    """Return True if only a stored case can show that the requirement is met."""
    is_about_cases = catalogue()[requirement].section in SECTIONS or requirement.startswith("ROUND-TRIP-")
    return is_about_cases and requirement not in DECIDED_BY_REFUSALS


def undecided(finding: Finding) -> Finding:
    """Return the finding of a run without a case: unverified if its verdict needs one."""
    is_claim = finding.verdict in (Verdict.PASSED, Verdict.UNSUPPORTED)
    if not is_claim or not needs_a_case(finding.requirement):
        return finding
    return replace(
        finding, verdict=Verdict.UNVERIFIED, needs=(NEEDED,), reason=needs_reason([NEEDED], "failed")
    )
