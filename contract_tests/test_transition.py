"""Case APIs section 4: transitions that must be carried out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import Case, store_unusual
from contract_tests.assertions.identity import assert_identity_kept
from contract_tests.assertions.outdated_reads import explain_kept_status
from contract_tests.assertions.responses import assert_ok, assert_pinned_response, assert_returned_record
from contract_tests.client.api import JSON, encode, transition_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Unsupported, Violation
from contract_tests.oracle import comparison
from contract_tests.profiles import Profile
from contract_tests.testdata.corpus import STATIC, UNUSUAL

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = needs(*FOUNDATION)


@requirement("TRANSITION-STATUS")
def test_transition_returns_200_with_json(case: Case) -> None:
    pinned = case.api.deployment.case.update_response
    for _, status in case.api.deployment.workflow.walk(4):
        case.api.trace.assert_allowance()
        response = assert_ok(case.transition(status), f"the transition to {status}")
        assert_pinned_response(response, "the transition", pinned)


@requirement("TRANSITION-MOVES")
def test_transition_changes_the_status(case: Case) -> None:
    workflow = case.api.deployment.workflow
    shown = case.status()
    for _, status in workflow.walk(4):
        response = case.transition(status)
        record = _read_changed(case, shown, status)
        now = case.status(record)
        returned = case.returned_status(response, record)
        if returned != now:
            raise Violation(f"the returned record to show {comparison.show(now)}", comparison.show(returned))
        if workflow.contradicts(status, now):
            raise Violation(f"a status that means {status}", comparison.show(now))
        shown = now


def _read_changed(case: Case, before: Any, status: str) -> Mapping[str, Any]:
    """Return the record after a transition, whose status must differ from `before`."""
    record = case.read()
    now = case.status(record)
    if now is None or now == before:
        expected = f"the transition to {status} to change the status {comparison.show(before)}"
        violation = Violation(expected, comparison.show(now))
        raise explain_kept_status(case.api, case.id, before, violation)
    return record


@requirement("TRANSITION-CYCLE")
@needs("TRANSITION-MOVES")
def test_transitions_can_be_repeated(case: Case, profile: Profile) -> None:
    shown = case.status()
    for _, status in case.api.deployment.workflow.walk(profile.moves):
        case.transition(status)
        shown = case.status(_read_changed(case, shown, status))


@requirement("TRANSITION-MOVES")
@needs("TRANSITION-STATUS", "TRANSITION-CYCLE", "UPDATE-VISIBLE")
def test_status_is_visible_on_another_connection(case: Case) -> None:
    # A worker of the server may keep its own copy of a case that it has read.
    with case.api.session.other_connection(), ThreadPoolExecutor(1) as first_connection:
        status = case.status()
        for _, name in case.api.deployment.workflow.walk(1):
            first_connection.submit(case.transition, name).result()
            if case.status() == status:
                raise Violation(
                    f"another connection to show the status after the transition to {name}",
                    comparison.show(status),
                )


@requirement("TRANSITION-DISTINCT")
@needs("TRANSITION-CYCLE", "UPDATE-VISIBLE")
def test_neighbouring_states_show_different_statuses(case: Case, profile: Profile) -> None:
    workflow = case.api.deployment.workflow
    names: dict[str, set[Any]] = {}
    initial = str(case.status())
    limited = case.api.trace.is_limited
    for _, status in workflow.walk(len(workflow.states()) + 1 if limited else profile.moves):
        case.transition(status)
        names.setdefault(status, set()).add(str(case.status()))
    shown = set().union(*names.values())
    if shown == {initial}:
        violation = Violation("transitions to change the status", f"always {initial}", "TRANSITION-MOVES")
        raise explain_kept_status(case.api, case.id, initial, violation)
    if str(None) in shown:
        raise Violation("a status after each transition", "null", "TRANSITION-MOVES")
    for state, other in workflow.neighbours():
        common = names.get(state, set()) & names.get(other, set())
        if common:
            raise Violation(
                f"{state} and {other} to show different statuses",
                f"both show {comparison.show(sorted(common))}",
            )


@requirement("TRANSITION-ONLY-STATUS")
def test_transition_changes_only_the_status(case: Case, profile: Profile) -> None:
    first = case.read()
    for _, status in case.api.deployment.workflow.walk(profile.moves):
        _assert_only_status_changed(case, first, case.transition(status))


@requirement("TRANSITION-ONLY-STATUS")
@pytest.mark.parametrize("unusual", UNUSUAL, ids=["texts", "long texts", "shapes", "numbers", "names"])
def test_transition_keeps_unusual_fields(case: Case, unusual: Mapping[str, Any]) -> None:
    if not store_unusual(case, unusual):
        raise Unsupported("the target refuses the unusual values")
    first = case.read()
    for _, status in case.api.deployment.workflow.walk(2):
        _assert_only_status_changed(case, first, case.transition(status))


@requirement("TRANSITION-ONLY-STATUS")
@needs("PATCH-PARTIAL", "UPDATE-VISIBLE")
def test_transition_keeps_updates_since_the_last_one(case: Case) -> None:
    first = case.read()
    for number, (_, status) in enumerate(case.api.deployment.workflow.walk(4)):
        update = {"testSummary": f"before transition {number}", "testNumber": number}
        if case.api.update(case.id, update).ok:  # a closed case may refuse it
            case.fields |= case.api.accepted(update)
        case.adopt_shown()
        _assert_only_status_changed(case, first, case.transition(status))


def _assert_only_status_changed(case: Case, first: Mapping[str, Any], response: Exchange) -> None:
    """Fail if the transition changed more than status and workflow, by GET or in a returned record."""
    assert_returned_record(response, case.fields)
    assert_identity_kept(case, first.get("createdDate"), case.assert_shows(), response)


@requirement("TRANSITION-ONLY-STATUS")
def test_transition_does_not_store_other_members(case: Case) -> None:
    first = case.read()
    for _, status in case.api.deployment.workflow.walk(2):
        response = case.api.transition(
            case.id, status, case.workflow_id(), testSummary="smuggled", id=str(uuid.uuid4()),
            createdDate="2001-02-03T04:05:06Z", testLocation={"site": "smuggled"}, testAmount=0,
        )  # fmt: skip
        _assert_only_status_changed(case, first, response)


# Client fields with names that a workflow may use. A record may keep the `reason` and `workflowId` of a transition.
TRANSITION_NAMES: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("comment", "note", "reasonText"), "from the client"),
    **STATIC,
}


@requirement("TRANSITION-ONLY-STATUS")
def test_transition_keeps_fields_with_its_member_names(case: Case) -> None:
    if not case.try_update(TRANSITION_NAMES):
        raise Unsupported("the target refuses the fields")
    first = case.read()  # fields that come back as sent belong to the client
    case.fields = {
        name: value
        for name, value in TRANSITION_NAMES.items()
        if comparison.find_difference(value, first.get(name)) is None
    }
    for _, status in case.api.deployment.workflow.walk(2):
        _assert_only_status_changed(case, first, case.transition(status))


@requirement("TRANSITION-MOVES")
@needs("TRANSITION-STATUS", "TRANSITION-CYCLE", "CREATE-WORKFLOW")
def test_chunked_transition_is_carried_out_or_refused(case: Case) -> None:
    record, status = case.read(), case.api.deployment.workflow.first_transition()
    body = {"caseStatus": status, "workflowId": case.usable_workflow_id(record), "reason": "in chunks"}
    headers = {"Content-Type": JSON, "Transfer-Encoding": "chunked"}
    response = case.api.raw("POST", transition_path(case.id), encode(body), headers)
    if response.refused:  # a server may demand a length (RFC 9110 section 15.5.12)
        return
    case.api.last_status[case.id] = status
    assert_ok(response, f"the transition to {status} in chunks")
    before, after = case.status(record), case.status()
    if after == before:
        expected = f"GET to show another status after the transition to {status} in chunks"
        violation = Violation(expected, comparison.show(after))
        raise explain_kept_status(case.api, case.id, before, violation)
