"""Linearizability check: is there a sequential order that explains a history of overlapping operations?

The algorithm is Wing and Gong's search with Lowe's cache of visited configurations. The specification is a case with
two fields and a status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from contract_tests.oracle.workflow import Workflow


class Kind(StrEnum):
    """The kind of an operation."""

    READ = "GET"
    PUT = "PUT"
    PATCH_LEFT = "PATCH left"
    PATCH_RIGHT = "PATCH right"
    MOVE = "transition"


class State(NamedTuple):
    """The part of a case that the search considers: two fields, and the workflow state."""

    left: str
    right: str
    status: str


class Seen(NamedTuple):
    """The values that a read showed. `status` is the name in the record, which may differ from the state's name."""

    left: Any
    right: Any
    status: Any


@dataclass(frozen=True)
class Operation:
    """One call by a client, from `start` to `end` in seconds; `done` is False if it was refused."""

    client: int
    kind: Kind
    value: str
    start: float
    end: float
    seen: Seen | None = None
    done: bool = True

    def to_json(self, origin: float) -> dict[str, Any]:
        """Return the operation as a bar of a timeline that starts at `origin`."""
        saw = None if self.seen is None else f"{self.seen.left} | {self.seen.right} | {self.seen.status}"
        return {
            "client": self.client,
            "kind": self.kind.value,
            "value": self.value,
            "saw": saw,
            "start": self.start - origin,
            "end": self.end - origin,
            "done": self.done,
        }


@dataclass(frozen=True)
class Specification:
    """The behaviour of a case. `shown` maps each state to the name in the record, as observed sequentially."""

    workflow: Workflow
    shown: Mapping[str, Any]

    def after(self, operation: Operation, state: State) -> State | None:
        """Return the state after the operation, or None if it is impossible in `state`."""
        match operation.kind:
            case Kind.READ:
                sees = Seen(state.left, state.right, self.shown.get(state.status))
                return state if operation.seen == sees else None
            case Kind.PUT:
                return state._replace(left=operation.value, right=operation.value)
            case Kind.PATCH_LEFT:
                return state._replace(left=operation.value)
            case Kind.PATCH_RIGHT:
                return state._replace(right=operation.value)
            case Kind.MOVE:
                # A transition to the current state may return 200 and change nothing.
                legal = operation.value in (*self.workflow.legal(state.status), state.status)
                return state._replace(status=operation.value) if legal else None

    def explains(self, history: Sequence[Operation], start: State) -> bool:
        """Return True if an order that respects real time explains the result of every operation."""
        operations = [operation for operation in history if operation.done]
        tried: set[tuple[frozenset[int], State]] = set()
        pending = [(frozenset(range(len(operations))), start)]
        while pending:
            remaining, state = configuration = pending.pop()
            if not remaining:
                return True
            if configuration in tried:
                continue
            tried.add(configuration)
            # The next operation must have started before every other remaining one ended.
            first_end = min(operations[index].end for index in remaining)
            for index in remaining:
                if operations[index].start <= first_end:
                    after = self.after(operations[index], state)
                    if after is not None:
                        pending.append((remaining - {index}, after))
        return False

    def shortest(self, history: Sequence[Operation], start: State) -> list[Operation]:
        """Return a minimal part of an unexplained history that is still unexplained.

        A write stays as long as a remaining read saw it; otherwise that read alone would be a violation.
        """
        kept = sorted(history, key=lambda operation: operation.start)
        for candidate in [one for one in kept if one.kind is Kind.READ] + [
            one for one in kept if one.kind is not Kind.READ
        ]:
            rest = [one for one in kept if one is not candidate]
            if not self._was_seen(candidate, rest) and not self.explains(rest, start):
                kept = rest
        return kept

    def _was_seen(self, write: Operation, history: Sequence[Operation]) -> bool:
        if write.kind is Kind.READ:
            return False
        if write.kind is Kind.MOVE:
            return any(one.seen is not None or one.kind is Kind.MOVE for one in history)
        return any(one.seen is not None and write.value in one.seen for one in history)
