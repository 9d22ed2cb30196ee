"""A comparison as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from change_gate.findings import Comparison, Finding, Place
from change_gate.report.wording import groups, label, witness_text, witness_title

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"breaking": "error", "unproven": "error", "risky": "warning", "accepted": "note"}


def render(comparison: Comparison, *, passed: bool) -> str:
    """Return the report as indented JSON text."""
    findings = [group.cause for group in groups(comparison)]
    rules = sorted({finding.rule for finding in findings})
    driver: dict[str, Any] = {
        "name": "caseiq-gate",
        "rules": [{"id": rule, "shortDescription": {"text": rule.replace("-", " ")}} for rule in rules],
    }
    if own := _own_version():
        driver["version"] = own
    notifications = [{"level": "error", "message": {"text": text}} for text in comparison.problems]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "results": [_result(finding, rules.index(finding.rule)) for finding in findings],
        "properties": {"verdict": comparison.verdict.value, "passed": passed},
    }
    return (
        json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    text = finding.message
    if finding.witness is not None:
        text += f"\n\n{witness_title(finding.witness)}:\n{witness_text(finding.witness)}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[label(finding)],
        "message": {"text": text},
        "partialFingerprints": {"meaning/v1": finding.fingerprint},
        "properties": {
            "verdict": finding.verdict.value,
            "proof": finding.proof.value,
            "kind": finding.kind.value,
        },
    }
    if place := finding.head or finding.base:
        result["locations"] = [_location(place)]
    if finding.head and finding.base:
        result["relatedLocations"] = [_location(finding.base) | {"message": {"text": "base"}}]
    if finding.accepted:
        result["suppressions"] = [{"kind": "external", "justification": finding.accepted}]
    return result


def _location(place: Place) -> dict[str, Any]:
    path = PurePosixPath(place.file.replace("\\", "/"))
    uri = f"file://{quote(str(path))}" if path.is_absolute() else quote(str(path), safe="/:")
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place.line:
        physical["region"] = {"startLine": place.line}
    logical = {"fullyQualifiedName": place.pointer, "kind": "member"}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _own_version() -> str:
    try:
        return version("caseiq-contract-suite")
    except PackageNotFoundError:
        return ""
