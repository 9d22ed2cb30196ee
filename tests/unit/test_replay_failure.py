"""The field or the form of a response in which a failure consists."""

from __future__ import annotations

import pytest

from contract_tests.report.replay.failure import failed_field, is_about_form
from contract_tests.results.verdicts import Finding, Verdict


@pytest.mark.parametrize(
    ("actual", "field"),
    [
        ('/testSummary is "a" instead of "b"', "testSummary"),
        ("/testLocation/floor is absent", "testLocation"),
        ("/a~1b~0c is null", "a/b~c"),
        ("404 /case", ""),
    ],
    ids=["field", "member", "escapes", "status"],
)
def test_json_pointer_names_the_field(actual: str, field: str) -> None:
    assert failed_field(actual) == field


@pytest.mark.parametrize(
    ("requirement", "expected", "actual", "is_form"),
    [
        ("PATCH-STATUS", "PATCH to return 200", "202 {}", True),
        ("GET-UNKNOWN", "the unknown id to be refused with 404", "200 {}", True),
        ("NO-SERVER-ERROR", "a response below 500 to any request", "500 {}", True),
        ("PATCH-EMPTY", "200 or 4xx for an empty patch", "302", True),
        ("CREATE-VALIDATES", "a create of [] to be refused", "201 {}", True),
        ("CREATE-VALIDATES", "a create of [] to be refused as JSON", "404 {}", False),
        ("UPDATE-VISIBLE", "GET to return 200 with the new state", "200 {}", False),
        ("JSON-ONLY", "a body declared as application/json", "200 with no Content-Type", True),
        ("PUT-REPLACES", "GET to show the record as stored", '/testNote is "old"', False),
        ("AUTH-INERT", "the refused request to change nothing", '/testNote is "old"', False),
        ("AUTH-NO-ORACLE", "the same response for both ids", "404 {}", False),
    ],
)
def test_status_and_media_type_are_the_form(
    requirement: str, expected: str, actual: str, is_form: bool
) -> None:
    finding = Finding(requirement, Verdict.FAILED, "", expected=expected, actual=actual)
    assert is_about_form(finding) is is_form
