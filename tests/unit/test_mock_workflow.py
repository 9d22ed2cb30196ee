"""The workflow of a tenant."""

from __future__ import annotations

import pytest

from mock_server.core.errors import Problem, Refused
from mock_server.core.workflow import Workflow


@pytest.mark.parametrize(("state", "wanted"), [("Open", "Close"), ("Close", "Reopen"), ("Reopen", "Close")])
def test_legal_transition_leads_to_its_state(state: str, wanted: str) -> None:
    assert Workflow().transition(state, wanted) == wanted


@pytest.mark.parametrize(
    ("state", "wanted", "problem", "words"),
    [
        ("Open", "Reopen", Problem.ILLEGAL_MOVE, ["Open", "'Reopen'", "Close"]),
        ("Close", "Close", Problem.ILLEGAL_MOVE, ["Close", "Reopen"]),
        ("Lost", "Close", Problem.ILLEGAL_MOVE, ["Lost", "none"]),
        ("Open", "close", Problem.UNKNOWN_STATUS, ["'close'", "Close, Reopen"]),
        ("Open", "Open", Problem.UNKNOWN_STATUS, ["'Open'"]),
        ("Open", "x" * 61, Problem.UNKNOWN_STATUS, [f"'{'x' * 60}…'"]),
        ("Open", "x" * 60, Problem.UNKNOWN_STATUS, [f"'{'x' * 60}'"]),
    ],
)
def test_other_transition_is_refused(state: str, wanted: str, problem: Problem, words: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        Workflow().transition(state, wanted)
    assert refused.value.problem is problem
    assert not [word for word in words if word not in refused.value.detail]


def test_states_and_their_names_come_from_the_workflow() -> None:
    workflow = Workflow(initial="New", moves={"Open": ("Done",)}, shown={"Done": "Closed"})
    assert workflow.states == ("New", "Open", "Done")
    assert [workflow.shown_name(state) for state in workflow.states] == ["New", "Open", "Closed"]
