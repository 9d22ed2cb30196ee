"""Checks for `--read-only CASE_ID`, which only read one existing case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from contract_tests.assertions.access_control import assert_indistinguishable
from contract_tests.assertions.case import Case
from contract_tests.assertions.invalid_credentials import invalid_credentials
from contract_tests.assertions.retrieval import assert_head_matches_get, assert_unknown_ids_refused
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import IdFormat, Scheme
from contract_tests.exceptions import Disabled, Violation
from contract_tests.oracle import comparison
from contract_tests.results.collector import Run
from contract_tests.testdata.ids import is_uuid, unknown_id

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = pytest.mark.read_only


@pytest.fixture
def existing(run: Run) -> Case:
    """Case with the id on the command line."""
    return Case(run.api, run.case_id)


@pytest.fixture
def secured(api: CaseApi) -> CaseApi:
    """Client, if the deployment uses credentials."""
    if api.deployment.auth.scheme is Scheme.NONE:
        raise Disabled("the deployment uses no credentials")
    return api


@requirement("CREATE-ID")
def test_record_has_its_id(existing: Case) -> None:
    shown = existing.read().get("id")
    if shown != existing.id:
        raise Violation(f"the record of {comparison.show(existing.id)}", comparison.show(shown))
    if existing.id_format is IdFormat.UUID and not is_uuid(existing.id):
        raise Violation("an id that is a UUID", comparison.show(existing.id))


@requirement("CREATE-DATE")
def test_record_has_a_created_date(existing: Case) -> None:
    shown = existing.read().get("createdDate")
    if comparison.instant(shown) is None:
        raise Violation("createdDate to be an RFC 3339 date-time in UTC", comparison.show(shown))


@requirement("CREATE-WORKFLOW")
def test_record_has_a_workflow_id(existing: Case) -> None:
    shown = existing.workflow_id()
    if not isinstance(shown, str) or not shown:
        raise Violation("lastWorkflowId to be a non-empty string", comparison.show(shown))


@requirement("GET-SAFE")
def test_repeated_reads_return_the_same(existing: Case) -> None:
    first = existing.snapshot()
    for _ in range(5):
        existing.assert_unchanged(first)


@requirement("GET-UNKNOWN")
def test_other_ids_match_no_case(existing: Case) -> None:
    assert_unknown_ids_refused(existing)


@requirement("HEAD-SAME")
def test_head_is_consistent_with_get(existing: Case) -> None:
    assert_head_matches_get(existing)


@requirement("SCHEMA", "JSON-ONLY", "JSON-ONLY-ERRORS", "ERRORS-QUIET", "NO-SERVER-ERROR", "HOSTILE-INPUT")
def test_responses_to_reads_are_documented(existing: Case) -> None:
    existing.read()
    for path in (
        case_path(unknown_id()),
        "/case/%00",
        "/case/%ff",
        "/case/%",
        "/case/" + "x" * 2000,
        "/no-such-path",
    ):
        existing.api.trace.next_attempt()
        existing.api.call("GET", path)


@requirement("AUTH-REQUIRED")
def test_read_requires_credentials(secured: CaseApi, existing: Case) -> None:
    _assert_refused(secured, existing, {}, "without credentials")


@requirement("AUTH-INVALID")
def test_read_requires_valid_credentials(secured: CaseApi, existing: Case) -> None:
    for what, headers in invalid_credentials(secured):
        secured.trace.next_attempt()
        _assert_refused(secured, existing, headers, f"with {what}")


def _assert_refused(api: CaseApi, case: Case, headers: Any, what: str) -> None:
    response = api.unauthenticated("GET", case_path(case.id), None, headers)
    if not response.unauthorized:
        raise Violation(f"getCase {what} to be refused with 401 or 403", response.summary())


@requirement("AUTH-NO-ORACLE")
@needs("AUTH-REQUIRED")
def test_unauthorized_reads_hide_whether_a_case_exists(secured: CaseApi, existing: Case) -> None:
    def ask(case_id: str) -> Iterable[tuple[str, Exchange]]:
        yield "getCase", secured.unauthenticated("GET", case_path(case_id), None, {})

    assert_indistinguishable(secured, existing.id, ask)
