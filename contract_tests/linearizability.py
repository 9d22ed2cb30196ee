"""Can a history of overlapping operations be explained by some order of them, one after the other?

The search of Wing and Gong, with Lowe's memory of configurations already tried. Pure; knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Operation:
    """One call: who, what, with which value, what it saw, from `start` to `end` in seconds; not `done` if refused."""

    client: int
    kind: str
    value: str
    seen: tuple[Any, Any] | None
    start: float
    end: float
    done: bool = True

    def __str__(self) -> str:
        outcome = (
            f" saw {self.seen}" if self.seen else f" = {self.value}" + ("" if self.done else " (refused)")
        )
        return f"client {self.client} {self.kind}{outcome}"


State = tuple[Any, Any]


def _apply(operation: Operation, state: State) -> State | None:
    """The state after the operation, or None where it cannot have happened in `state`."""
    left, right = state
    match operation.kind:
        case "read":
            return state if operation.seen == state else None
        case "put":
            return operation.value, operation.value
        case "patch left":
            return operation.value, right
        case _:
            return left, operation.value


def linearizable(history: Sequence[Operation], initial: Mapping[str, Any]) -> bool:
    """Whether an order exists that respects real time and explains what every operation saw."""
    operations = [operation for operation in history if operation.done]
    start: State = (initial["left"], initial["right"])
    tried: set[tuple[frozenset[int], State]] = set()
    pending: list[tuple[frozenset[int], State]] = [(frozenset(range(len(operations))), start)]
    while pending:
        left_over, state = pending.pop()
        if not left_over:
            return True
        if (left_over, state) in tried:
            continue
        tried.add((left_over, state))
        # Only an operation that began before every other remaining one ended can come first.
        first_end = min(operations[index].end for index in left_over)
        for index in left_over:
            if operations[index].start <= first_end:
                after = _apply(operations[index], state)
                if after is not None:
                    pending.append((left_over - {index}, after))
    return False
