"""Separation of causes and consequences: one defect should fail one requirement.

A check may declare requirements that it needs, for example that a PUT works. If one of them failed, a failure of the
check says nothing about its own requirement, which is therefore unverified.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from contract_tests.assertions.attribution import EFFECTS, FOUNDATION, VALUES
from contract_tests.contract.requirements import Level, catalogue
from contract_tests.results.sent_values import NOT_SENT
from contract_tests.results.verdicts import Finding, Verdict

# The needs of requirements that are verified for every exchange.
CREATED: Final = ("CREATE-ID", "CREATE-DATE", "CREATE-WORKFLOW")
HOSTILE_NEEDS: Final = (
    *CREATED,
    "CREATE-OWNS",
    "GET-UNKNOWN",
    "UPDATE-IDENTITY",
    "TOKEN-GRANT",
    "TOKEN-TTL",
    "NO-SERVER-ERROR",
    "JSON-ONLY",
    "SCHEMA",
)
WATCHED_NEEDS: Final = {
    "HOSTILE-INPUT": HOSTILE_NEEDS,
    "CREATE-OWNS": CREATED,
    "UPDATE-IDENTITY": CREATED,
    "GET-SAME": ("GET-UNKNOWN",),
    "SCHEMA": (*CREATED, "CREATE-OWNS", "UPDATE-IDENTITY", "GET-UNKNOWN", "TOKEN-GRANT", "TOKEN-TTL"),
}
INERT: Final = ("AUTH-INERT", "UPDATE-REFUSED-INERT", "TRANSITION-REFUSED-INERT")
# The same for violations that a check of another requirement, or of several, found.
ATTRIBUTED_NEEDS: Final = {
    "HOSTILE-INPUT": HOSTILE_NEEDS,
    "PATCH-ARRAYS": ("PATCH-PARTIAL", *VALUES),
    "PUT-REPLACES": ("PUT-IDEMPOTENT", "UPDATE-VISIBLE"),
    "PATCH-EMPTY": ("PATCH-PARTIAL", "PUT-REPLACES", "UPDATE-IDENTITY", "UPDATE-VISIBLE", "TRANSITION-MOVES"),
    "TRANSITION-STATUS": ("GET-SAME", "CREATE-WORKFLOW"),
    "TRANSITION-CYCLE": ("TRANSITION-MOVES",),
    "UPDATE-WORKFLOW-KEPT": ("TRANSITION-STATUS", "TRANSITION-CYCLE", "TRANSITION-MOVES"),
    "TRANSITION-ONLY-STATUS": ("PATCH-PARTIAL", "PUT-REPLACES"),
    **dict.fromkeys(INERT, FOUNDATION),
    **dict.fromkeys(("ROUND-TRIP-TEXT", "ROUND-TRIP-NUMBER", "ROUND-TRIP-SHAPE"), ("CREATE-STORES",)),
}
# Requirements on single responses. What violates one of them changes no case, and no response to another request.
WITHOUT_CONSEQUENCES: Final = frozenset(
    {
        "AUTH-CHALLENGE", "AUTH-NO-ORACLE", "ERRORS-QUIET", "HEAD-SAME", "HOSTILE-INPUT", "JSON-ONLY-ERRORS",
        "MEDIA-TYPE-CASE", "METHOD-ALLOW", "TOKEN-BAD-CLIENT", "TOKEN-BAD-GRANT", "TOKEN-SCOPE", "TOKEN-TTL",
    }
)  # fmt: skip
ISOLATED: Final = "UPDATE-ISOLATED"
_CASE_PATH: Final = re.compile(r"/case(?:[/?]|$)")


def needs_of(requirement: str, needs: Sequence[str], actual: str) -> tuple[str, ...]:
    """Return the needs of a failure, also those that its actual behaviour suggests.

    A value that was only sent to another case shows that cases are not isolated, so the failure does not follow from
    writes that are stored or shown wrongly. A store that changes values may show that of another case, too. An accepted
    update that changes the date does so between refused requests as well.
    """
    if NOT_SENT in actual and requirement == ISOLATED:
        needs = [one for one in needs if one not in ("UPDATE-VISIBLE", "CREATE-STORES")]
    elif NOT_SENT in actual and not requirement.startswith("ROUND-TRIP-"):
        needs = [*needs, ISOLATED]
    if actual.startswith("createdDate") and requirement in INERT:
        needs = [*needs, "UPDATE-IDENTITY"]
    return tuple(one for one in dict.fromkeys(needs) if one != requirement)


def unprobed_needs(requirement: str) -> tuple[str, ...]:
    """Return the needs of a violation that no case was left for, to see if any operation loses the value."""
    is_stored = requirement in {*EFFECTS.values(), *VALUES} or requirement.startswith("PATCH-")
    return VALUES if is_stored else ()


def explains(finding: Finding, requirement: str | None) -> bool:
    """Return True if the finding is a failure that may be the cause of a violation of a requirement."""
    if finding.verdict is not Verdict.FAILED:
        return False
    return finding.requirement == requirement or finding.requirement not in WITHOUT_CONSEQUENCES


def needs_reason(needs: Sequence[str], state: str = "failed") -> str:
    """Return the reason of an unverified requirement that needs others."""
    verb = "which is" if state == "disabled" else "which"
    return f"needs {' and '.join(needs)}, {verb} {state}"


def fold_consequences(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, in which failures that follow from another failed requirement are unverified.

    A requirement stays failed if one of its failures has another cause. A failed MUST never follows from a SHOULD. An
    error that follows from a failed requirement, such as a refused connection after a fatal request, is unverified too.
    """
    failures: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.verdict is Verdict.FAILED:
            failures[finding.requirement].append(finding)
    causes = _find_causes(failures)
    return [
        _consequence(finding, causes)
        if finding.requirement not in causes and _follows(finding, causes)
        else _with_causes(finding, failures, causes)
        for finding in findings
    ]


def _with_causes(finding: Finding, failures: Mapping[str, Sequence[Finding]], causes: set[str]) -> Finding:
    """Return an unverified finding with the causes of the failure that it needs, if that follows from others."""
    if finding.verdict is not Verdict.UNVERIFIED or not finding.needs or not causes.isdisjoint(finding.needs):
        return finding
    followed = [_needed(one, causes) for id_ in finding.needs for one in failures.get(id_, ())]
    needs = tuple(dict.fromkeys(id_ for ids in followed for id_ in ids if id_ != finding.requirement))
    return replace(finding, needs=needs, reason=needs_reason(needs)) if needs else finding


def _follows(finding: Finding, causes: set[str]) -> bool:
    is_error = finding.verdict is Verdict.ERROR
    return finding.verdict is Verdict.FAILED or (is_error and bool(_needed(finding, causes)))


def _find_causes(failures: Mapping[str, Sequence[Finding]]) -> set[str]:
    """Return the failed requirements that do not follow from other failed ones."""
    causes = {id_ for id_, found in failures.items() if any(not _needed(one, failures) for one in found)}
    undecided = [id_ for id_ in catalogue() if id_ in failures and id_ not in causes]
    while undecided:
        follows = {id_ for id_ in undecided if all(_needed(one, causes) for one in failures[id_])}
        undecided = [id_ for id_ in undecided if id_ not in follows]
        # Each of the rest needs another one of them or a consequence, so one of them is a cause.
        first = [id_ for id_ in undecided if any(not _needed(one, {*undecided}) for one in failures[id_])]
        cause = [*first, *undecided][:1]
        causes.update(cause)
        undecided = [id_ for id_ in undecided if id_ not in cause]
    return causes


def _needed(finding: Finding, failed: Mapping[str, Sequence[Finding]] | set[str]) -> list[str]:
    """Return the failed requirements that the check needs, and that may explain its failure or its error."""
    rows = catalogue()
    must = rows[finding.requirement].level is Level.MUST and finding.verdict is not Verdict.ERROR
    return [
        id_
        for id_ in finding.needs
        if id_ in failed
        and (rows[id_].level is Level.MUST or not must)
        and not (id_.startswith("TOKEN-") and _sent_to_case(finding))
    ]


def _sent_to_case(finding: Finding) -> bool:
    """Return True if the response of an operation on a case violated a requirement of every exchange.

    The token endpoint cannot explain such a violation.
    """
    if finding.requirement not in WATCHED_NEEDS or not finding.exchanges:
        return False
    return _CASE_PATH.search(finding.exchanges[-1].get("url", "")) is not None


def _consequence(finding: Finding, causes: set[str]) -> Finding:
    needs = tuple(_needed(finding, causes))
    return replace(finding, verdict=Verdict.UNVERIFIED, needs=needs, reason=needs_reason(needs))
