"""junit.xml: one test case for each requirement, for programs that show test results.

A failed requirement becomes a failure. An error stays an error. Unsupported, disabled and unverified requirements are
skipped. A warning passes, with its text as output. The file follows the junit-10 schema.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, cast

from contract_tests.report.document import Document, FindingEntry, RequirementEntry
from contract_tests.report.isolation import describe
from contract_tests.report.replay.lines import reproduction

# XML 1.0, production 2: other characters are not allowed in a document, not even as a reference.
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(document: Document) -> str:
    """Return the content of junit.xml."""
    requirements = document["requirements"]
    counts = {
        "tests": str(len(requirements)),
        "failures": str(_count(requirements, _failure)),
        "errors": str(_count(requirements, _error)),
        "time": f"{document['run']['seconds']:.3f}",
    }
    # The schema has no count of skipped cases here.
    root = ET.Element("testsuites", {"name": "Case APIs conformance", **counts})
    suite = ET.SubElement(
        root,
        "testsuite",
        {
            "name": "Case APIs conformance",
            **counts,
            "skipped": str(_count(requirements, _skipped)),
            "timestamp": _timestamp(document["run"]["started"]),
            "hostname": "localhost",
        },
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(document).items():
        ET.SubElement(properties, "property", {"name": name, "value": _legal(value)})
    for requirement in requirements:
        case = ET.SubElement(
            suite,
            "testcase",
            {"classname": requirement["section"], "name": requirement["id"], "time": "0"},
        )
        _add_outcome(case, requirement)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_outcome(case: ET.Element, requirement: RequirementEntry) -> None:
    outcome = _OUTCOMES.get(requirement["shown"])
    try:
        if outcome is not None:
            outcome(case, requirement)
    except Exception as error:
        case[:] = []
        outcome = cast(Outcome, outcome)
        note = f"the suite could not show the details ({describe(error)})"
        outcome(case, {**requirement, "note": note, "findings": []})


def _count(requirements: list[RequirementEntry], outcome: Outcome) -> int:
    return sum(_OUTCOMES.get(requirement["shown"]) is outcome for requirement in requirements)


def _timestamp(moment: str) -> str:
    """Return a moment in UTC, in seconds and without an offset, as the schema requires."""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _properties(document: Document) -> Mapping[str, str]:
    run = document["run"]
    return {
        **{name: run[name] for name in ("id", "target", "level", "profile", "repeat")},
        "read_only": str(run["read_only"]).lower(),
        "requests": str(document["counts"]["requests"]),
        "cases": str(document["counts"]["cases"]),
        **run["environment"],
        **{f"version.{name}": version for name, version in run["versions"].items()},
        **{f"observed.{one['id']}": one["text"] for one in document["observations"]},
    }


def _failure(case: ET.Element, requirement: RequirementEntry) -> None:
    finding = _first(requirement)
    message = f"expected {finding['expected']}; got {finding['actual']}" if finding else requirement["note"]
    text = f"{requirement['statement']}\n\n{_reproduction(finding)}"
    element = ET.SubElement(case, "failure", {"type": requirement["level"], "message": _legal(message)})
    element.text = _legal(text)


def _error(case: ET.Element, requirement: RequirementEntry) -> None:
    text = _reproduction(_first(requirement))
    element = ET.SubElement(case, "error", {"type": "error", "message": _legal(requirement["note"])})
    element.text = _legal(text)


def _skipped(case: ET.Element, requirement: RequirementEntry) -> None:
    reason = f"{requirement['shown']}: {requirement['note'] or 'no check reached a conclusion'}"
    ET.SubElement(case, "skipped", {"message": _legal(reason)})


def _warning(case: ET.Element, requirement: RequirementEntry) -> None:
    finding = _first(requirement)
    lines = [f"warning: {requirement['statement']} ({requirement['level']}, does not fail this run)"]
    if finding:
        lines += [f"expected: {finding['expected']}", f"actual:   {finding['actual']}"]
    lines.append(_reproduction(finding) or requirement["note"])
    ET.SubElement(case, "system-out").text = _legal("\n".join(lines))


Outcome = Callable[[ET.Element, RequirementEntry], None]

# A requirement without an entry has passed: its test case is empty.
_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "failed": _failure,
    "warning": _warning,
    "error": _error,
    "unsupported": _skipped,
    "disabled": _skipped,
    "unverified": _skipped,
}


def _first(requirement: RequirementEntry) -> FindingEntry | None:
    return requirement["findings"][0] if requirement["findings"] else None


def _reproduction(finding: FindingEntry | None) -> str:
    if finding is None:
        return ""
    return "\n".join([f"test: {finding['test']}", *reproduction(finding["exchanges"])])


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
