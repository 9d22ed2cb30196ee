"""The judge's own table of workflow moves: which `caseStatus` a case in a given state accepts.

The mock keeps a table of its own on purpose: a shared one would hide a wrong entry. Knows no HTTP.
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

# Names under which a record may show its status; the document gives none.
STATUS_FIELDS = (
    "caseStatus",
    "status",
    "caseState",
    "state",
    "workflowStatus",
    "lastWorkflowStatus",
    "currentStatus",
)

# What the basic states may be called in a record, folded to lower case.
_SYNONYMS = {
    "Open": {"open", "opened", "new", "active"},
    "Close": {"close", "closed"},
    "Reopen": {"reopen", "reopened", "re-opened"},
}


@dataclass(frozen=True)
class Workflow:
    """States and moves. A state bears the name of the move that led to it; `initial` starts it all."""

    initial: str = "Open"
    moves: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(BASIC_MOVES))
    shown: Mapping[str, str] = field(default_factory=dict)

    def statuses(self) -> tuple[str, ...]:
        """Every caseStatus that some state accepts, in the table's order."""
        return tuple(dict.fromkeys(move for moves in self.moves.values() for move in moves))

    def states(self) -> tuple[str, ...]:
        """Every state that a case can be in, the initial one first."""
        return tuple(dict.fromkeys((self.initial, *self.moves, *self.statuses())))

    def legal(self, state: str) -> tuple[str, ...]:
        return self.moves.get(state, ())

    def illegal(self, state: str) -> tuple[str, ...]:
        return tuple(status for status in self.statuses() if status not in self.legal(state))

    def walk(self, length: int) -> Iterator[tuple[str, str]]:
        """Up to `length` moves from the initial state as (state, caseStatus); each time the move least used."""
        used: dict[tuple[str, str], int] = {}
        state = self.initial
        for _ in range(length):
            legal = self.legal(state)
            if not legal:
                return
            move = min(legal, key=lambda candidate: used.get((state, candidate), 0))
            used[state, move] = used.get((state, move), 0) + 1
            yield state, move
            state = move

    def first_move(self) -> str:
        """A move that a new case accepts."""
        return self.legal(self.initial)[0]

    def neighbours(self) -> Iterator[tuple[str, str]]:
        """Each pair of states with a move from one to the other; these two must show different names."""
        return ((state, move) for state, moves in self.moves.items() for move in moves)

    def contradicts(self, state: str, shown: object) -> bool:
        """Whether a record in `state` shows a name that can only mean another state."""
        if state in self.shown:
            return shown != self.shown[state]
        if self.moves != BASIC_MOVES:
            # A case that comes back may show the initial state's name again.
            return shown not in (state, self.initial) and shown in self.states()
        if not isinstance(shown, str):
            return False
        name = shown.strip().casefold()
        if name == state.casefold() or name in _SYNONYMS.get(state, ()):
            return False
        # A reopened case is open again, so it may say so.
        others = set(_SYNONYMS) & set(self.moves) - {state} - ({"Open"} if state == "Reopen" else set())
        return any(name in _SYNONYMS[other] for other in others)
