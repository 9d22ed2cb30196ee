"""junit.xml: one test case per requirement, an element per outcome, and valid XML for any data."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from support import report_samples as samples

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.report.junit import render


@pytest.fixture(scope="module")
def suite() -> ET.Element:
    found = ET.fromstring(render(samples.document())).find("testsuite")
    assert found is not None
    return found


def case(suite: ET.Element, id_: str) -> ET.Element:
    return next(one for one in suite.iter("testcase") if one.get("name") == id_)


def test_each_requirement_is_a_test_case_of_its_section(suite: ET.Element) -> None:
    cases = [(one.get("name"), one.get("classname")) for one in suite.iter("testcase")]
    assert cases == [(one.id, one.section) for one in catalogue().values()]


@pytest.mark.parametrize(
    ("id_", "element"),
    [
        ("PATCH-PARTIAL", "failure"),
        ("SCHEMA", "error"),
        ("HEAD-SAME", "skipped"),
        ("TOKEN-TTL", "skipped"),
        (samples.UNVERIFIED, "skipped"),
        ("LINEARIZABLE", "system-out"),
    ],
)
def test_each_outcome_has_its_element(suite: ET.Element, id_: str, element: str) -> None:
    assert [one.tag for one in case(suite, id_)] == [element]


def test_passed_test_case_is_empty(suite: ET.Element) -> None:
    assert len(case(suite, "CREATE-ID")) == 0


def test_counts_agree_with_the_test_cases(suite: ET.Element) -> None:
    assert suite.get("tests") == str(len(catalogue()))
    for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert suite.get(name) == str(len(list(suite.iter(element)))), name


def test_broken_should_is_a_failure_at_level_should() -> None:
    suite = ET.fromstring(render(samples.document(level=Level.SHOULD))).find("testsuite")
    assert suite is not None
    assert case(suite, "LINEARIZABLE").find("failure") is not None


def test_failure_contains_its_reproduction(suite: ET.Element) -> None:
    failure = case(suite, "PATCH-PARTIAL").find("failure")
    assert failure is not None
    assert samples.HOSTILE in (failure.get("message") or "")
    assert "curl -X PATCH" in (failure.text or "")


def test_properties_describe_the_run(suite: ET.Element) -> None:
    properties = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert properties["target"] == samples.BASE
    assert properties["version.pytest"] == "9.2.0"
    assert suite.get("timestamp") == "2026-01-05T10:00:00"


def test_characters_that_xml_forbids_are_replaced() -> None:
    everything = "".join(map(chr, range(0x20))) + "\ufffe\uffff\U0001f600"
    text = render(samples.document([samples.failed("SCHEMA", actual=everything, expected=everything)]))
    assert "\U0001f600" in text
    assert "\ufffe" not in text
    ET.fromstring(text)


# The attributes in the file. All of them are in the junit-10 schema.
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname"},
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
}


def test_elements_and_attributes_are_those_of_the_schema(suite: ET.Element) -> None:
    for element in ET.fromstring(render(samples.document())).iter():
        assert set(element.attrib) == ATTRIBUTES.get(element.tag, set()), element.tag
    assert next(iter(suite)).tag == "properties"
    assert {one.tag for one in suite} == {"properties", "testcase"}
