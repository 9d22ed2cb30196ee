"""Responses nested more deeply, or with longer numbers, than Python's json module reads."""

from __future__ import annotations

from typing import Any, Final

import pytest

from contract_tests.assertions.universal_checks import find_violations
from contract_tests.client.exchange import NOT_JSON, Exchange
from contract_tests.json_text import loads
from contract_tests.oracle.comparison import find_difference, find_field_difference
from contract_tests.text import render

OWNED: Final = (
    '"id": "0a6f40b3-18cc-4126-8ae5-eee123a99fd2", "createdDate": "2026-01-05T10:00:00Z", '
    '"lastWorkflowId": "bb70a0c7-c8d9-4b03-ac09-debcb851fb0c", "caseStatus": "Open"'
)
FIELDS: Final = {
    "arrays": "[" * 1_500 + "]" * 1_500,
    "objects": '{"a":' * 1_500 + "1" + "}" * 1_500,
    "very deep arrays": "[" * 8_000 + "]" * 8_000,
    "digits": "9" * 5_000,
    "negative digits": "-" + "9" * 5_000,
    "digits of a fraction": "0." + "3" * 5_000,
}


def exchange(body: str, sent: str = "", status: int = 200) -> Exchange:
    headers = {"content-type": "application/json"}
    return Exchange(
        *("PUT", "http://h/case/0a6f40b3-18cc-4126-8ae5-eee123a99fd2", headers, sent.encode()),
        *(status, "OK", headers, body.encode(), 0, 0, "http://h"),
    )


@pytest.mark.parametrize("field", FIELDS)
def test_returned_field_beyond_limits_violates_nothing(field: str) -> None:
    sent = f'{{"testField": {FIELDS[field]}}}'
    response = exchange(f'{{{OWNED}, "testField": {FIELDS[field]}}}', sent)
    assert not list(find_violations(response))
    assert find_field_difference(response.sent, response.object) is None
    assert response.carries_record


@pytest.mark.parametrize("field", FIELDS)
def test_changed_field_beyond_limits_is_found(field: str) -> None:
    if "arrays" in field:
        changed = FIELDS[field].replace("[]", "[1]")
    elif "objects" in field:
        changed = FIELDS[field].replace("1", "2")
    else:
        changed = FIELDS[field][:-1] + "1" * 20
    one, other = loads(FIELDS[field]), loads(changed)
    found = find_field_difference({"testField": one}, {"testField": other})
    if "fraction" in field:
        assert found is None  # equal as doubles
    else:
        assert found is not None
        assert len(render(found)) < 1_000


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "/a/1/b is 3 instead of 2"),
        ({"a": 1, "b": 2}, {"a": 2}, "/a is 2 instead of 1"),
        ({"a": {"b": 1, "c": None}}, {"a": {"b": 1}}, None),
        ({"a": {"b": 1}}, {"a": {}}, "/a/b is absent instead of 1"),
        ({"a": {}}, {"a": {"b/c": 1}}, "/a/b~1c was not sent, but is 1"),
        ([1, 2], [1], "/ has 1 items instead of 2: [1]"),
        (True, 1, "/ is 1 instead of true"),
        (1e25, 10000000000000000905969664, None),
    ],
)
def test_difference_names_the_first_deviation(expected: Any, actual: Any, difference: str | None) -> None:
    assert find_difference(expected, actual) == difference


def test_deep_body_that_is_cut_is_not_json() -> None:
    body = f'{{{OWNED}, "testField": {"[" * 1_500}'
    assert exchange(body).json is NOT_JSON
    assert {violation.requirement for violation in find_violations(exchange(body))} == {"JSON-ONLY"}


def test_deep_body_with_an_infinite_number_is_not_json() -> None:
    body = f'{{{OWNED}, "testField": {"[" * 1_500}NaN{"]" * 1_500}}}'
    assert [violation.requirement for violation in find_violations(exchange(body))] == ["JSON-ONLY"]


def test_deep_error_without_a_stack_trace_is_quiet() -> None:
    assert not list(find_violations(exchange('{"error": ' + "[" * 1_500 + "]" * 1_500 + "}", status=400)))
