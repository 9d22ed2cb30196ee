"""The suite's table of transitions."""

from __future__ import annotations

import pytest

from contract_tests.oracle.workflow import Workflow

BASIC = Workflow()
OWN = Workflow(initial="New", moves={"New": ("Triage",), "Triage": ("Done", "New"), "Done": ()})
NAMED = Workflow(shown={"Close": "Resolved"})


def test_basic_workflow_has_the_usual_transitions() -> None:
    assert BASIC.statuses() == ("Close", "Reopen")
    assert BASIC.states() == ("Open", "Close", "Reopen")
    assert BASIC.first_transition() == "Close"
    assert list(BASIC.neighbours()) == [("Open", "Close"), ("Close", "Reopen"), ("Reopen", "Close")]


@pytest.mark.parametrize(
    ("state", "legal", "illegal"),
    [
        ("Open", ("Close",), ("Reopen",)),
        ("Close", ("Reopen",), ("Close",)),
        ("Reopen", ("Close",), ("Reopen",)),
        ("Unknown", (), ("Close", "Reopen")),
    ],
)
def test_status_is_legal_or_illegal(state: str, legal: tuple[str, ...], illegal: tuple[str, ...]) -> None:
    assert BASIC.legal(state) == legal
    assert BASIC.illegal(state) == illegal


def test_walk_prefers_unused_transitions() -> None:
    assert list(BASIC.walk(3)) == [("Open", "Close"), ("Close", "Reopen"), ("Reopen", "Close")]
    moves = {"A": ("B", "C"), "B": ("A",), "C": ("A",)}
    walk = Workflow(initial="A", moves=moves).walk(6)
    assert [status for _, status in walk] == ["B", "A", "C", "A", "B", "A"]


def test_walk_ends_in_a_final_state() -> None:
    assert list(OWN.walk(9)) == [("New", "Triage"), ("Triage", "Done")]
    assert list(OWN.walk(0)) == []


def test_states_contain_targets_without_transitions() -> None:
    assert Workflow(initial="A", moves={"A": ("B",)}).states() == ("A", "B")


@pytest.mark.parametrize(
    ("workflow", "state", "shown", "contradicts"),
    [
        (BASIC, "Open", "Open", False),
        (BASIC, "Open", " active ", False),
        (BASIC, "Open", "Closed", True),
        (BASIC, "Close", "closed", False),
        (BASIC, "Close", "Open", True),
        (BASIC, "Close", "Reopened", True),
        (BASIC, "Reopen", "Open", False),
        (BASIC, "Reopen", "Re-Opened", False),
        (BASIC, "Reopen", "Close", True),
        (BASIC, "Open", "Under review", False),
        (BASIC, "Open", None, False),
        (BASIC, "Close", 1, False),
        (NAMED, "Close", "Resolved", False),
        (NAMED, "Close", "Close", True),
        (NAMED, "Open", "Close", True),
        (OWN, "Triage", "Triage", False),
        (OWN, "Triage", "Done", True),
        (OWN, "Triage", "New", False),
        (OWN, "Triage", "Something", False),
    ],
)
def test_name_of_another_state_contradicts(
    workflow: Workflow, state: str, shown: object, contradicts: bool
) -> None:
    assert workflow.contradicts(state, shown) is contradicts
