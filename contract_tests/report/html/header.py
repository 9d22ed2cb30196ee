"""The head of the page: the outcome, the facts of the run, and the failures with their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from contract_tests.report.document import Document, RequirementEntry
from contract_tests.report.html.requirement import EXPLAINED, VERDICTS, summary


def header(document: Document) -> Mapping[str, Any]:
    """Return the values of the head and of the filter."""
    requirements = document["requirements"]
    title, verdict = headline(document)
    counts = count_verdicts(requirements)
    return {
        "headline": title,
        "verdict": verdict,
        "verdict_counts": ", ".join(_counted(name, number) for name, number in counts.items()),
        "level_rule": _level_rule(document["run"]["level"]),
        "bar": list(bar(requirements)),
        "facts": _facts(document),
        "explained": list(explained(requirements)),
        "counts": counts,
        "total": len(requirements),
    }


def count_verdicts(requirements: Iterable[RequirementEntry]) -> Mapping[str, int]:
    """Return the number of requirements by verdict, in the order of VERDICTS, without zeros."""
    counted = Counter(one["shown"] for one in requirements)
    return {name: counted[name] for name in VERDICTS if counted[name]}


def headline(document: Document) -> tuple[str, str]:
    """Return the outcome in a few words, and the verdict that gives it its colour."""
    counts, total = count_verdicts(document["requirements"]), len(document["requirements"])
    if failed := counts.get("failed", 0):
        return (
            f"Not conformant: {failed} of {total} requirements {'fails' if failed == 1 else 'fail'}",
            "failed",
        )
    if errors := counts.get("error", 0):
        return f"Incomplete: no verdict on {errors} of {total} requirements", "error"
    passed = counts.get("passed", 0)
    if document["run"].get("interrupted"):
        return f"Incomplete: interrupted after {passed} of {total} requirements had passed", "error"
    if counts.get("unverified", 0):
        return f"Conformant as far as verified: {passed} of {total} requirements pass", "passed"
    return f"Conformant: {passed} of {total} requirements pass", "passed"


def _level_rule(level: str) -> str:
    if level == "MUST":
        return "a failed MUST requirement fails the run, a failed SHOULD is a warning"
    return "a failed MUST or SHOULD requirement fails the run"


def _counted(verdict: str, number: int) -> str:
    plural = "s" if number != 1 and verdict in ("error", "warning") else ""
    return f"{number} {verdict}{plural}"


def bar(requirements: Sequence[RequirementEntry]) -> Iterable[Mapping[str, Any]]:
    """Yield the shares of the verdicts, in percent from left to right."""
    x = 0.0
    for name, number in count_verdicts(requirements).items():
        width = number / len(requirements) * 100
        yield {"name": name, "x": x, "width": width}
        x += width


def _facts(document: Document) -> Mapping[str, str]:
    run, counts = document["run"], document["counts"]
    started = datetime.fromisoformat(run["started"])
    return {
        "Started": f"{started:%Y-%m-%d %H:%M:%S %Z}".rstrip(),
        "Duration": f"{run['seconds']:.1f} s",
        "Requests": f"{counts['requests']:,}",
        "Cases created": f"{counts['cases']:,}",
        "Profile": run["profile"],
    }


def explained(requirements: Sequence[RequirementEntry]) -> Iterable[Mapping[str, Any]]:
    """Yield the failures, errors and warnings for the first screen, each with its consequences."""
    consequences = _consequences(requirements)
    for name in EXPLAINED:
        for one in requirements:
            if one["shown"] == name:
                yield {
                    "id": one["id"],
                    "shown": name,
                    "statement": one["statement"],
                    "text": summary(one),
                    "consequences": consequences.get(one["id"], []),
                }


def _consequences(requirements: Sequence[RequirementEntry]) -> Mapping[str, list[str]]:
    """Return the unverified requirements by the failed requirement that they need."""
    failed = {one["id"] for one in requirements if one["verdict"] == "failed"}
    consequences: dict[str, list[str]] = {}
    for one in requirements:
        needs = [need for finding in one["findings"] for need in finding.get("needs", ()) if need in failed]
        if one["verdict"] == "unverified" and needs:
            consequences.setdefault(needs[0], []).append(one["id"])
    return consequences
