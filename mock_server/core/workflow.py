"""Statuses and legal moves, as a table. Pure: it knows no case, no id, no HTTP.

A state is the name of the last move, or `initial` before the first ("Open", then "Close", "Reopen",
...). A record may show a state under another name ("Closed" after "Close").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_server.core.errors import Problem, Refused

LONGEST_NAME = 60
"""Characters of a client's text that an answer repeats."""


def _basic_moves() -> dict[str, tuple[str, ...]]:
    return {"Open": ("Close",), "Close": ("Reopen",), "Reopen": ("Close",)}


@dataclass(frozen=True, slots=True)
class Workflow:
    """One tenant's workflow; the defaults are the "usual" Close and Reopen of the vendor's section 4."""

    initial: str = "Open"
    moves: Mapping[str, tuple[str, ...]] = field(default_factory=_basic_moves)
    """State -> the `caseStatus` values that a transition accepts in it."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """State -> the name that a record shows for it, where that differs."""
    status_field: str = "caseStatus"
    """The field of a record that shows the status."""

    @property
    def states(self) -> tuple[str, ...]:
        """All states, the initial one first."""
        return tuple(
            dict.fromkeys([self.initial, *self.moves, *(one for row in self.moves.values() for one in row)])
        )

    def shows(self, state: str) -> str:
        """What a record in this state shows in its status field."""
        return self.shown.get(state, state)

    def move(self, state: str, wanted: str) -> str:
        """The state after the move `wanted`. Raises Refused: UNKNOWN_STATUS or ILLEGAL_MOVE."""
        legal = self.moves.get(state, ())
        if wanted in legal:
            return wanted
        known = sorted({move for moves in self.moves.values() for move in moves})
        if wanted not in known:
            raise Refused(Problem.UNKNOWN_STATUS, wanted=_name(wanted), moves=", ".join(known))
        raise Refused(Problem.ILLEGAL_MOVE, state=state, wanted=wanted, moves=", ".join(legal) or "none")


def _name(text: str) -> str:
    """A client's text as it may stand in a sentence: quoted, and cut where it is long."""
    return repr(text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "…")
