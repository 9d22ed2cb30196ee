"""Words and the order of findings that all forms of the report share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from change_gate.findings import Comparison, Finding, Kind, Proof, Verdict, Witness
from change_gate.report.curl import curl_command, response_lines

KINDS: Final = {Kind.WIRE: "", Kind.CODEGEN: "code generators", Kind.DOCUMENTATION: "documentation"}
MAX_WITNESS: Final = 20_000  # characters; a comment on GitHub has at most 65,536
PROOFS: Final = {
    Proof.PROVED: "proved",
    Proof.WITNESSED: "shown by a witness",
    Proof.UNPROVEN: "neither proved nor refuted",
}


@dataclass(frozen=True)
class Group:
    """A finding with its consequences: the findings that it explains."""

    cause: Finding
    consequences: tuple[Finding, ...]


def groups(comparison: Comparison, *, compatible: bool = False) -> list[Group]:
    """Return the findings, worst first and each with its consequences. Leaves out compatible ones by default."""
    following: dict[str, list[Finding]] = {}
    for finding in comparison.findings:
        if finding.caused_by:
            following.setdefault(finding.caused_by, []).append(finding)
    rank = list(Verdict)
    causes = [
        Group(finding, tuple(following.get(finding.fingerprint, ())))
        for finding in comparison.findings
        if not finding.caused_by and (compatible or is_notable(finding))
    ]
    return sorted(causes, key=lambda group: (bool(group.cause.accepted), -rank.index(group.cause.verdict)))


def is_notable(finding: Finding) -> bool:
    """Return True if a finding is more than a compatible change."""
    return finding.verdict is not Verdict.COMPATIBLE or finding.proof is Proof.UNPROVEN


def label(finding: Finding) -> str:
    """Return `breaking`, `risky`, `compatible`, `unproven` or `accepted`."""
    if finding.accepted:
        return "accepted"
    return "unproven" if finding.proof is Proof.UNPROVEN else finding.verdict.value


def title(comparison: Comparison, *, passed: bool) -> str:
    """Return the heading of a report."""
    return comparison.titles.passed if passed else comparison.titles.failed


def counts(comparison: Comparison) -> str:
    """Return the number of findings for each label, such as `1 breaking, 2 risky`."""
    order = ("breaking", "unproven", "risky", "accepted", "compatible")
    labels = [label(finding) for finding in comparison.findings]
    return (
        ", ".join(f"{labels.count(word)} {word}" for word in order if word in labels)
        or comparison.titles.nothing
    )


def witness_title(witness: Witness) -> str:
    """Return a heading for a witness."""
    other = "head" if witness.valid_under == "base" else "base"
    return f"Witness, valid under {witness.valid_under} and invalid under {other}"


def witness_text(witness: Witness) -> str:
    """Return a request witness as a curl command, and a response witness as its lines. Huge ones are cut."""
    text = curl_command(witness) if witness.method and witness.url else "\n".join(response_lines(witness))
    return text if len(text) <= MAX_WITNESS else f"{text[:MAX_WITNESS]}… (--format json has all of it)"
