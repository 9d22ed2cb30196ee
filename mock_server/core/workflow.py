"""Statuses and legal transitions, as a table.

A state is the name of the last transition, or `initial` before the first: "Open", then "Close", "Reopen" and so on.
A record may show a state under another name, such as "Closed" after "Close".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_server.core.errors import Problem, Refused

LONGEST_NAME = 60
"""Characters of a client's text that a response repeats."""


def _basic_transitions() -> dict[str, tuple[str, ...]]:
    return {"Open": ("Close",), "Close": ("Reopen",), "Reopen": ("Close",)}


@dataclass(frozen=True, slots=True)
class Workflow:
    """One tenant's workflow. The defaults are the "usual" Close and Reopen of the vendor's section 4."""

    initial: str = "Open"
    moves: Mapping[str, tuple[str, ...]] = field(default_factory=_basic_transitions)
    """State -> its transitions, that is the `caseStatus` values that it accepts. Named as in a deployment file."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """State -> its name in records, if it differs."""
    status_field: str = "caseStatus"
    """The field of a record with the status."""

    @property
    def states(self) -> tuple[str, ...]:
        """All states, the initial one first."""
        targets = [target for transitions in self.moves.values() for target in transitions]
        return tuple(dict.fromkeys([self.initial, *self.moves, *targets]))

    def shown_name(self, state: str) -> str:
        """Return the name of a state in records."""
        return self.shown.get(state, state)

    def transition(self, state: str, wanted: str) -> str:
        """Return the state after a transition. Raises Refused: UNKNOWN_STATUS or ILLEGAL_MOVE."""
        legal = self.moves.get(state, ())
        if wanted in legal:
            return wanted
        known = sorted({target for transitions in self.moves.values() for target in transitions})
        name = _quote(wanted)
        if wanted not in known:
            raise Refused(Problem.UNKNOWN_STATUS, wanted=name, transitions=", ".join(known))
        transitions = ", ".join(legal) or "none"
        raise Refused(Problem.ILLEGAL_MOVE, state=state, wanted=name, transitions=transitions)


def _quote(text: str) -> str:
    """Quote a client's text for a message, and truncate it."""
    return repr(text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "…")
