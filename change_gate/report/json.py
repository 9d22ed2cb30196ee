"""A comparison as JSON. The member `format` changes with each incompatible change of the format."""

from __future__ import annotations

import json
from typing import Any, Final

from change_gate.findings import Comparison, Finding, Place, Witness
from change_gate.report.curl import curl_command
from change_gate.version import advise

FORMAT_VERSION: Final = 1


def render(comparison: Comparison, *, passed: bool) -> str:
    """Return the report as indented JSON text."""
    return json.dumps(as_data(comparison, passed=passed), indent=2, ensure_ascii=False) + "\n"


def as_data(comparison: Comparison, *, passed: bool) -> dict[str, Any]:
    """Return the report as JSON data."""
    advice = advise(comparison)
    return {
        "format": FORMAT_VERSION,
        "verdict": comparison.verdict.value,
        "passed": passed,
        "undecided": comparison.is_undecided,
        "base": {"file": comparison.base, "version": comparison.base_version},
        "head": {"file": comparison.head, "version": comparison.head_version},
        "advice": {
            "wanted": advice.wanted.value,
            "taken": advice.taken.value if advice.taken else None,
            "followed": advice.is_followed,
            "next": advice.next_version,
        },
        "problems": list(comparison.problems),
        "findings": [_finding(finding) for finding in comparison.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    data: dict[str, Any] = {
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "proof": finding.proof.value,
        "kind": finding.kind.value,
        "message": finding.message,
        "operation": finding.operation,
        "direction": finding.direction.value if finding.direction else None,
        "location": finding.location,
        "fingerprint": finding.fingerprint,
        "causedBy": finding.caused_by or None,
        "accepted": finding.accepted or None,
        "fails": finding.fails,
        "base": _place(finding.base),
        "head": _place(finding.head),
    }
    if finding.witness is not None:
        data["witness"] = _witness(finding.witness)
    if finding.tried:
        data["tried"] = list(finding.tried)
    return data


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file, "pointer": place.pointer, "line": place.line}


def _witness(witness: Witness) -> dict[str, Any]:
    data: dict[str, Any] = {"validUnder": witness.valid_under}
    if witness.method:
        data |= {"method": witness.method, "url": witness.url}
    if witness.status is not None:
        data["status"] = witness.status
    data["headers"] = dict(witness.headers)
    if witness.has_body:
        data["body"] = witness.body
    if witness.member:
        data["member"] = witness.member
    if witness.missing:
        data["missing"] = list(witness.missing)
    if witness.method and witness.url:
        data["curl"] = curl_command(witness)
    return data
