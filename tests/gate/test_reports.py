"""The formats of the gate's report."""

from __future__ import annotations

import json
import re
import shlex
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from gate_samples import ADDED, FINDINGS, NARROWED, REQUEST, UNPROVEN, comparison

from change_gate.decision import BROKEN, PASSED, UNDECIDED, exit_code
from change_gate.report import annotations, html, junit, markdown, sarif, terminal
from change_gate.report import json as json_report
from change_gate.report.curl import curl_command


@pytest.mark.parametrize(
    ("findings", "fail_on", "code"),
    [
        ((), "risky", PASSED),
        ((ADDED,), "risky", PASSED),
        (FINDINGS[:1], "breaking", PASSED),
        (FINDINGS[:1], "risky", BROKEN),
        (FINDINGS[:1], "risky:codegen", BROKEN),
        (FINDINGS[:1], "risky:wire", PASSED),
        (FINDINGS, "breaking", BROKEN),
        ((UNPROVEN,), "breaking", UNDECIDED),
        ((UNPROVEN, NARROWED), "breaking", BROKEN),
    ],
)
def test_exit_code_follows_the_level(findings: tuple, fail_on: str, code: int) -> None:
    assert exit_code(comparison(*findings, fail_on=fail_on)) == code


def test_terminal_lists_worst_first_and_folds_consequences() -> None:
    text = terminal.render(comparison(*FINDINGS), passed=False, colour=False)
    labels = re.findall(r"^(BREAKING|RISKY|COMPATIBLE)", text, re.MULTILINE)
    assert labels == ["BREAKING", "BREAKING", "RISKY"]
    assert "the same in: PUT /case/{id}" in text
    assert "3 breaking, 1 risky, 1 compatible" in text
    assert "\x1b" not in text


def test_curl_line_sends_the_witness() -> None:
    words = shlex.split(curl_command(REQUEST).replace('"$BASE_URL"', "http://host"))
    assert words[:4] == ["curl", "-X", "POST", "http://host/case/a/transition"]
    assert json.loads(words[-1]) == REQUEST.body


def test_markdown_escapes_text_and_keeps_the_witness() -> None:
    text = markdown.render(comparison(*FINDINGS), passed=False)
    assert "<script>" not in text.replace(r"\<script", "")
    assert f"```sh\n{curl_command(REQUEST)}\n```" in text
    assert "`PUT /case/{id}`" in text


def test_annotations_stay_on_their_line_and_name_the_place() -> None:
    lines = annotations.render(comparison(*FINDINGS), passed=False).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(
        "::error title=Breaking%3A POST /case/{id}/transition,file=spec/head.yaml,line=380::"
    )
    assert "100%25 of it:%0A" in lines[0]
    assert lines[2].startswith("::warning ")


def test_junit_fails_the_findings_that_fail_the_gate() -> None:
    root = ET.fromstring(junit.render(comparison(*FINDINGS), passed=False).encode())
    suite = root[0]
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) == "2"
    assert suite.get("tests") == str(len(suite.findall("testcase"))) == "4"
    risky = ET.fromstring(junit.render(comparison(*FINDINGS, fail_on="risky"), passed=False).encode())
    assert risky[0].get("failures") == "3"


def test_junit_without_findings_has_a_passing_case() -> None:
    suite = ET.fromstring(junit.render(comparison(), passed=True).encode())[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


def test_sarif_has_lines_rules_and_fingerprints() -> None:
    run = json.loads(sarif.render(comparison(*FINDINGS), passed=False))["runs"][0]
    first = run["results"][0]
    assert first["level"] == "error"
    physical = first["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": "spec/head.yaml"}, "region": {"startLine": 380}}
    assert (
        first["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "spec/base%20file.yaml"
    )
    assert first["partialFingerprints"] == {"meaning/v1": NARROWED.fingerprint}
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)


def test_html_escapes_text_and_loads_nothing() -> None:
    page = html.render(comparison(*FINDINGS), passed=False)
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.tags
    assert tags.tags.count("article") == 4
    assert not re.search(r"(src|href)=", page)
    assert "&lt;script&gt;alert(1)" in page


def test_json_report_says_what_fails() -> None:
    data = json.loads(json_report.render(comparison(*FINDINGS, UNPROVEN), passed=False))
    assert [finding["fails"] for finding in data["findings"]] == [False, True, True, True, False, True]
    assert data["undecided"] is True
