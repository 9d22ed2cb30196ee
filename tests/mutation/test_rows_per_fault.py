"""Single faults of which each fails only the requirement that it breaks, in a run of all checks.

`proof.py` measures the same for all faults.
"""

from __future__ import annotations

import json

import pytest
from mutation.rows_per_fault import fault_names, measure
from support.suite_run import run_suite

from contract_tests.results.verdicts import Verdict
from mock_server import Mock, Request
from mock_server.adapters.session import MockAdapter

ONE_ROW = {
    "mock/put-merges": "PUT-REPLACES",
    "mock/put-closes": "UPDATE-WORKFLOW-KEPT",
    "mock/put-loses-status": "UPDATE-WORKFLOW-KEPT",
    "mock/get-changes-status": "GET-SAFE",
    "mock/workflow-as-number": "CREATE-WORKFLOW",
    "mock/create-accepts-array": "CREATE-VALIDATES",
    "mock/get-omits-nested-objects": "GET-SAME",
    "mock/auth-token-tail-ignored": "AUTH-INVALID",
    "reference/reopen-does-nothing": "TRANSITION-MOVES",
    "reference/drops-unknown-fields": "CREATE-STORES",
    "reference/closed-case-is-gone": "TRANSITION-ONLY-STATUS",
    "reference/closed-case-shows-another-id": "TRANSITION-ONLY-STATUS",
    "reference/closed-case-is-wrapped": "TRANSITION-ONLY-STATUS",
    "reference/null-is-empty-text": "ROUND-TRIP-SHAPE",
    "reference/inner-names-are-lower-case": "ROUND-TRIP-NAMES",
    "reference/length-counts-characters": "JSON-ONLY",
    "reference/patch-fails": "NO-SERVER-ERROR",
    "reference/transition-fails": "NO-SERVER-ERROR",
    "reference/patch-is-not-allowed": "PATCH-STATUS",
    "reference/keeps-ten-cases": "UPDATE-ISOLATED",
}


SEVERAL_ROWS = {
    "reference/get-omits-date": {"GET-SAME", "SCHEMA"},
    "reference/get-makes-workflow-ids": {"GET-SAME", "GET-SAFE"},
    "reference/refusals-are-successes": {
        "CREATE-VALIDATES",
        "UPDATE-VALIDATES",
        "TRANSITION-WORKFLOW",
        "TRANSITION-STATUS-KNOWN",
    },
}


@pytest.mark.parametrize("name", SEVERAL_ROWS)
def test_fault_of_several_operations_fails_only_theirs(name: str) -> None:
    row = measure(name)
    assert set(row.failed) == SEVERAL_ROWS[name], row.findings
    assert not row.errors


FIRST = 6  # in CI, since each is a run of the whole suite


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if place >= FIRST else [])
        for place, name in enumerate(ONE_ROW)
    ],
)
def test_one_fault_fails_one_requirement(name: str) -> None:
    row = measure(name)
    assert row.failed == [ONE_ROW[name]], row.findings
    assert not row.errors


ONE_ROW_OF_BRIEF_RUN = {
    "mock/put-changes-id": "UPDATE-IDENTITY",
    "mock/patch-changes-id": "UPDATE-IDENTITY",
    "mock/put-changes-date": "UPDATE-IDENTITY",
    "reference/create-changes-previous": "UPDATE-ISOLATED",
    "reference/transition-of-unknown-id-rolls-back": "UPDATE-ISOLATED",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE_ROW_OF_BRIEF_RUN)
def test_one_fault_fails_one_requirement_in_a_brief_run(name: str) -> None:
    row = measure(name, profile="brief")
    assert row.failed == [ONE_ROW_OF_BRIEF_RUN[name]], row.findings
    assert not row.errors


def test_public_read_fails_one_requirement_in_a_read_only_run() -> None:
    mock = Mock(faults=["auth-missing-on-get"])
    headers = {name.lower(): value for name, value in mock.headers.items()}
    create = Request("POST", "/case", headers | {"content-type": "application/json"}, b"{}")
    case_id = json.loads(mock.handle(create).body)["id"]
    adapter = MockAdapter(mock.handle)
    result = run_suite("http://mock.invalid", adapter=adapter, options=["--read-only", case_id])
    assert result.failed() == {"AUTH-REQUIRED"}
    assert result.verdicts["AUTH-NO-ORACLE"] is Verdict.UNVERIFIED


def test_every_fault_has_a_name() -> None:
    names = fault_names()
    assert len(names) == len(set(names))
    assert set(ONE_ROW) <= set(names)
