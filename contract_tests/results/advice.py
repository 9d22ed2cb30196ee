"""Keys of the deployment file that describe a tenant whose failures are not defects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from contract_tests.contract.deployment import Deployment
from contract_tests.oracle.workflow import Workflow
from contract_tests.results.verdicts import Finding, Verdict

OTHER_ID: Final = "an id that is a UUID"
"""The expectation of a check of ids, if the deployment file does not allow another form."""
REFUSALS: Final = ("400 ", "409 ", "422 ")


def _has_other_ids(finding: Finding, _: Deployment) -> bool:
    return finding.requirement == "CREATE-ID" and finding.expected == OTHER_ID


def _has_other_workflow(finding: Finding, deployment: Deployment) -> bool:
    """Return True if the target refuses a transition of the document's workflow."""
    is_refused = finding.requirement == "TRANSITION-STATUS" and finding.actual.startswith(REFUSALS)
    return is_refused and deployment.workflow == Workflow()


_ADVICE: Final[tuple[tuple[Callable[[Finding, Deployment], bool], str], ...]] = (
    (_has_other_ids, 'if the tenant has ids of another form, set id_format = "any" under [case]'),
    (_has_other_workflow, "if the tenant has another workflow, describe it under [workflow]"),
)


def advice_on(findings: Iterable[Finding], deployment: Deployment) -> list[str]:
    """Return what to write into a --deployment file if the failures are a property of the tenant."""
    failed = [one for one in findings if one.verdict is Verdict.FAILED]
    return [
        f"{text} in a --deployment file"
        for applies, text in _ADVICE
        if any(applies(one, deployment) for one in failed)
    ]
