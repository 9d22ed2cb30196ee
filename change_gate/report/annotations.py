"""A comparison as workflow commands of GitHub Actions, which annotate lines of HEAD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from change_gate.findings import Comparison, Finding
from change_gate.report.wording import counts, groups, label, title, witness_text

_COMMANDS: Final = {"breaking": "error", "unproven": "error", "risky": "warning", "accepted": "notice"}


def render(comparison: Comparison, *, passed: bool) -> str:
    """Return one command for each finding, and one for the result."""
    return "\n".join(_lines(comparison, passed)) + "\n"


def _lines(comparison: Comparison, passed: bool) -> Iterator[str]:
    for group in groups(comparison):
        yield _command(_COMMANDS[label(group.cause)], _properties(group.cause), _message(group.cause))
    for problem in comparison.problems:
        yield _command("error", {"title": "Accepted changes"}, problem)
    yield _command(
        "notice" if passed else "error", {"title": title(comparison, passed=passed)}, counts(comparison)
    )


def _properties(finding: Finding) -> dict[str, str]:
    place = finding.head or finding.base
    properties = {"title": f"{label(finding).capitalize()}: {finding.operation or finding.rule}"}
    if place is not None:
        properties |= {"file": place.file} | ({"line": str(place.line)} if place.line else {})
    return properties


def _message(finding: Finding) -> str:
    witness = f"\n{witness_text(finding.witness)}" if finding.witness else ""
    return f"{finding.message} [{finding.rule}]{witness}"


def _command(name: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
