"""A comparison as JUnit XML: a test case for each finding, which fails if the finding fails the gate."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Final

from change_gate.findings import Comparison, Finding
from change_gate.report.wording import groups, label, witness_text

# XML 1.0 section 2.2 allows no other control characters.
_INVALID: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(comparison: Comparison, *, passed: bool) -> str:
    """Return the report."""
    suite = ET.Element("testsuite", name="caseiq-gate")
    failures = 0
    for group in groups(comparison, compatible=True):
        finding = group.cause
        case = ET.SubElement(
            suite, "testcase", classname=_text(finding.operation or "document"), name=_text(_name(finding))
        )
        if finding.fails:
            failures += 1
            failure = ET.SubElement(case, "failure", message=_text(finding.message), type=label(finding))
            failure.text = _text(_details(finding))
        elif label(finding) != "compatible":
            ET.SubElement(case, "system-out").text = _text(f"{finding.message}\n{_details(finding)}")
    for problem in comparison.problems:
        failures += 1
        case = ET.SubElement(suite, "testcase", classname="accepted changes", name=_text(problem))
        ET.SubElement(case, "failure", message=_text(problem), type="accepted")
    if not len(suite):
        ET.SubElement(suite, "testcase", classname="document", name=comparison.titles.nothing)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    ET.SubElement(ET.SubElement(suite, "properties"), "property", name="passed", value=str(passed).lower())
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _name(finding: Finding) -> str:
    return f"{finding.rule} {finding.location} {finding.fingerprint}"


def _details(finding: Finding) -> str:
    lines = []
    for name, place in (("base", finding.base), ("head", finding.head)):
        if place is not None:
            lines.append(f"{name}: {place.file}:{place.line or '?'} {place.pointer}")
    if finding.witness is not None:
        lines.append(witness_text(finding.witness))
    if finding.tried:
        lines.append(f"tried: {'; '.join(finding.tried)}")
    return "\n".join(lines)


def _text(text: str) -> str:
    return _INVALID.sub("\ufffd", text)
