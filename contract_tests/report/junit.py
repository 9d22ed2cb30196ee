"""The verdict as junit.xml: one test case a requirement, for whatever shows test results.

Keeps to the junit-10 schema: failure for a broken requirement, error where there is no conclusion, skipped for
unsupported, disabled and unverified; a broken SHOULD that does not fail the run passes with a warning. Decides nothing.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from contract_tests.report.document import Document, FindingEntry, RequirementEntry

# XML 1.0, production 2: what is left over cannot stand in a document, not even as a reference.
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(document: Document) -> str:
    """junit.xml as text, to be written in UTF-8."""
    requirements = document["requirements"]
    counts = {
        "tests": str(len(requirements)),
        "failures": str(_count(requirements, _failure)),
        "errors": str(_count(requirements, _error)),
        "time": f"{document['run']['seconds']:.3f}",
    }
    # The schema knows no count of skipped cases here.
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
        outcome = _OUTCOMES.get(requirement["shown"])
        if outcome is not None:
            outcome(case, requirement)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _count(requirements: list[RequirementEntry], outcome: Outcome) -> int:
    return sum(_OUTCOMES.get(requirement["shown"]) is outcome for requirement in requirements)


def _timestamp(moment: str) -> str:
    """As the schema wants it: UTC, seconds, no offset."""
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
    told = requirement["findings"][0]
    message = f"expected {told['expected']}; got {told['actual']}"
    element = ET.SubElement(case, "failure", {"type": requirement["level"], "message": _legal(message)})
    element.text = _legal(f"{requirement['statement']}\n\n{_story(told)}")


def _error(case: ET.Element, requirement: RequirementEntry) -> None:
    element = ET.SubElement(case, "error", {"type": "error", "message": _legal(requirement["note"])})
    element.text = _legal(_story(requirement["findings"][0])) if requirement["findings"] else ""


def _skipped(case: ET.Element, requirement: RequirementEntry) -> None:
    reason = f"{requirement['shown']}: {requirement['note'] or 'no check concluded anything'}"
    ET.SubElement(case, "skipped", {"message": _legal(reason)})


def _warning(case: ET.Element, requirement: RequirementEntry) -> None:
    told = requirement["findings"][0]
    lines = [
        f"warning: {requirement['statement']} ({requirement['level']}, which does not fail this run)",
        f"expected: {told['expected']}",
        f"actual:   {told['actual']}",
        _story(told),
    ]
    ET.SubElement(case, "system-out").text = _legal("\n".join(lines))


Outcome = Callable[[ET.Element, RequirementEntry], None]

# What is not here has passed: a test case with nothing in it.
_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "failed": _failure,
    "warning": _warning,
    "error": _error,
    "unsupported": _skipped,
    "disabled": _skipped,
    "unverified": _skipped,
}


def _story(told: FindingEntry) -> str:
    lines = [f"test: {told['test']}"]
    for exchange in told["story"]:
        lines += [exchange["curl"], f"#  -> {exchange['answer']}"]
    return "\n".join(lines)


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
