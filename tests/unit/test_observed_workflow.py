"""The workflow that responses show."""

from __future__ import annotations

import json
from typing import Any

from contract_tests.client.exchange import Exchange
from contract_tests.results import observed_workflow
from contract_tests.results.observed_workflow import WorkflowObserver


def transition(status: str, started: float, elapsed: float = 0.5, code: int = 200) -> Exchange:
    body = json.dumps({"caseStatus": status, "workflowId": "w"}).encode()
    return exchange("POST", started, elapsed, code, body)


def exchange(
    method: str, started: float, elapsed: float = 0.5, code: int = 200, body: bytes = b""
) -> Exchange:
    return Exchange(method, "http://t/case/1/transition", {}, body, code, "", {}, b"{}", started, elapsed)


def observer(*transitions: Exchange, **records: Any) -> WorkflowObserver:
    found = WorkflowObserver("Open")
    found.add_create("1")
    for one in transitions:
        found.add_transition("1", one)
    return found


def test_accepted_transitions_are_pairs_of_state_and_status() -> None:
    found = observer(transition("Close", 1), transition("Reopen", 2), transition("Close", 3))
    assert found.accepted() == [("Close", "Reopen"), ("Open", "Close"), ("Reopen", "Close")]


def test_refused_transition_changes_no_state() -> None:
    found = observer(transition("Reopen", 1, code=409), transition("Close", 2))
    assert found.accepted() == [("Open", "Close")]


def test_case_with_overlapping_transitions_is_ignored() -> None:
    found = observer(transition("Reopen", 1.2), transition("Close", 1))
    assert found.accepted() == []


def test_case_with_server_error_in_transition_is_ignored() -> None:
    assert observer(transition("Close", 1, code=500), transition("Reopen", 2)).accepted() == []


def test_transition_of_another_program_is_ignored() -> None:
    found = WorkflowObserver("Open")
    found.add_transition("1", transition("Close", 1))
    assert found.accepted() == []


def test_shown_names_belong_to_the_state_at_that_time() -> None:
    closing = transition("Close", 2)
    found = observer(closing)
    found.add_record("1", exchange("GET", 1), "New")
    found.add_record("1", closing, "Closed")
    found.add_record("1", exchange("GET", 2.2), "either")
    found.add_record("1", exchange("GET", 3), "Closed")
    found.add_record("1", exchange("GET", 3), None)
    assert found.shown() == {"Close": {"Closed": 2}, "Open": {"New": 1}}


def test_processes_are_merged_and_the_usual_name_is_shown() -> None:
    one = observed_workflow.describe([("Open", "Close")], {"Close": {"Closed": 1, "Open": 2}})
    other = observed_workflow.describe([("Close", "Reopen")], {"Close": {"Closed": 2}})
    total = observed_workflow.merge(one, other)
    assert total["text"] == 'Close → Reopen; Open → Close; Close is shown as "Closed"'
    accepted, shown = observed_workflow.parse(total)
    assert accepted == [("Close", "Reopen"), ("Open", "Close")]
    assert shown == {"Close": {"Closed": 3, "Open": 2}}
