"""The suite's table of workflow transitions: the `caseStatus` values that a case in each state accepts.

The mock has a table of its own, because a wrong entry in a shared table would go unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# Case APIs, section 4: "basic caseStatus usually Close and Reopen".
BASIC_MOVES: Mapping[str, tuple[str, ...]] = {
    "Open": ("Close",),
    "Close": ("Reopen",),
    "Reopen": ("Close",),
}

# Names of the field in which a record may show its status; the document names none.
STATUS_FIELDS = (
    "caseStatus",
    "status",
    "caseState",
    "state",
    "workflowStatus",
    "lastWorkflowStatus",
    "currentStatus",
)

# Names of the basic states in a record, in lower case.
_SYNONYMS = {
    "Open": {"open", "opened", "new", "active"},
    "Close": {"close", "closed"},
    "Reopen": {"reopen", "reopened", "re-opened"},
}


@dataclass(frozen=True)
class Workflow:
    """States and transitions. A state has the name of the transition that led to it, or is `initial`."""

    initial: str = "Open"
    moves: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(BASIC_MOVES))
    shown: Mapping[str, str] = field(default_factory=dict)

    def statuses(self) -> tuple[str, ...]:
        """Return every caseStatus that a state accepts, in the table's order."""
        return tuple(dict.fromkeys(status for statuses in self.moves.values() for status in statuses))

    def states(self) -> tuple[str, ...]:
        """Return every state of a case, the initial one first."""
        return tuple(dict.fromkeys((self.initial, *self.moves, *self.statuses())))

    def legal(self, state: str) -> tuple[str, ...]:
        return self.moves.get(state, ())

    def illegal(self, state: str) -> tuple[str, ...]:
        return tuple(status for status in self.statuses() if status not in self.legal(state))

    def walk(self, length: int) -> Iterator[tuple[str, str]]:
        """Yield up to `length` transitions from the initial state as (state, caseStatus), preferring unused ones."""
        used: dict[tuple[str, str], int] = {}
        state = self.initial
        for _ in range(length):
            legal = self.legal(state)
            if not legal:
                return
            status = min(legal, key=lambda candidate: used.get((state, candidate), 0))
            used[state, status] = used.get((state, status), 0) + 1
            yield state, status
            state = status

    def first_transition(self) -> str:
        """Return a transition that a new case accepts."""
        return self.legal(self.initial)[0]

    def neighbours(self) -> Iterator[tuple[str, str]]:
        """Yield each pair of states with a transition between them, which must show different names."""
        return ((state, status) for state, statuses in self.moves.items() for status in statuses)

    def contradicts(self, state: str, shown: object) -> bool:
        """Return True if a record in `state` shows a name that can only mean another state."""
        if state in self.shown:
            return shown != self.shown[state]
        if self.moves != BASIC_MOVES:
            # A case that returns to its start may show the initial state's name again.
            return shown not in (state, self.initial) and shown in self.states()
        if not isinstance(shown, str):
            return False
        name = shown.strip().casefold()
        if name == state.casefold() or name in _SYNONYMS.get(state, ()):
            return False
        # A reopened case may show that it is open.
        others = set(_SYNONYMS) & set(self.moves) - {state} - ({"Open"} if state == "Reopen" else set())
        return any(name in _SYNONYMS[other] for other in others)
