"""Sets of strings: find a string that matches some patterns, fails others, and has an allowed length.

The search walks all patterns at once, breadth first, so that the first string found is a shortest one. It gives up
after a bounded number of steps, and does not know look-around, back references or word boundaries.
"""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from typing import Final

from change_gate.schemas.patterns import (
    ANY,
    Anchor,
    BackReference,
    Chars,
    Choice,
    Group,
    Node,
    PatternError,
    Ranges,
    Repeat,
    Sequence,
    parse,
)

MOST_STATES: Final = 4_000
MOST_STEPS: Final = 20_000
MOST_SECONDS: Final = 0.5
READABLE: Final = "a0A-_. @/:+bx1"
CHARACTERS: Final = 4  # of each set of characters, as many are tried

States = frozenset[int]


class Unknown(Exception):
    """The search ended without a result: a limit was reached, or a pattern is not supported."""


@dataclass
class Automaton:
    """A nondeterministic automaton. State 0 is the start, state 1 the end of a match."""

    steps: list[list[tuple[Ranges, int]]] = field(default_factory=lambda: [[(ANY, 0)], [(ANY, 1)]])
    empty: list[list[tuple[str, int]]] = field(default_factory=lambda: [[], []])

    def add(self) -> int:
        """Add a state."""
        if len(self.steps) >= MOST_STATES:
            raise Unknown("the pattern is too large")
        self.steps.append([])
        self.empty.append([])
        return len(self.steps) - 1

    def build(self, node: Node, start: int, lenient: bool) -> int:  # noqa: PLR0911 - one return a kind of node
        """Add the states of a tree, and return the last one. `lenient` passes over what is not supported."""
        match node:
            case Chars(ranges):
                end = self.add()
                self.steps[start].append((ranges, end))
                return end
            case Sequence(parts):
                for part in parts:
                    start = self.build(part, start, lenient)
                return start
            case Choice(branches):
                end = self.add()
                for branch in branches:
                    self.empty[self.build(branch, start, lenient)].append(("", end))
                return end
            case Repeat():
                return self._repeat(node, start, lenient)
            case Group(_, part) if not node.looks_around:
                return self.build(part, start, lenient)
            case Anchor(kind) if kind in "^$":
                end = self.add()
                self.empty[start].append((kind, end))
                return end
            case Group() | Anchor() | BackReference():
                if lenient:
                    return start
                raise Unknown("the pattern is not regular")

    def _repeat(self, node: Repeat, start: int, lenient: bool) -> int:
        for _ in range(node.least):
            start = self.build(node.part, start, lenient)
        if node.most is None:
            loop, end = self.add(), self.add()
            self.empty[start].append(("", loop))
            self.empty[self.build(node.part, loop, lenient)].append(("", loop))
            self.empty[loop].append(("", end))
            return end
        ends = [start]
        for _ in range(node.most - node.least):
            start = self.build(node.part, start, lenient)
            ends.append(start)
        end = self.add()
        for last in ends:
            self.empty[last].append(("", end))
        return end

    def closure(self, states: Iterable[int], allowed: str) -> States:
        """Return the states reachable without a character. `allowed` holds the anchors that hold here."""
        reached, pending = set(states), list(states)
        while pending:
            for anchor, state in self.empty[pending.pop()]:
                if (not anchor or anchor in allowed) and state not in reached:
                    reached.add(state)
                    pending.append(state)
        return frozenset(reached)

    def accepts(self, states: States, allowed: str) -> bool:
        """Return True if the text may end in one of the states."""
        return 1 in self.closure(states, allowed)

    def follow(self, states: States, character: int) -> States:
        """Return the states after one more character."""
        after = {
            state
            for before in states
            for ranges, state in self.steps[before]
            if any(low <= character <= high for low, high in ranges)
        }
        return self.closure(after, "")


@functools.lru_cache(maxsize=1024)
def automaton(pattern: str, lenient: bool = False) -> Automaton:
    """Return the automaton of a pattern."""
    try:
        tree = parse(pattern)
    except (PatternError, RecursionError) as error:
        raise Unknown(str(error)) from error
    result = Automaton()
    entry = result.add()
    result.empty[0].append(("", entry))
    result.empty[result.build(tree, entry, lenient)].append(("", 1))
    return result


def find_string(
    matching: SequenceOf[str],
    failing: SequenceOf[str] = (),
    *,
    least: int = 0,
    most: int | None = None,
    lenient: bool = False,
) -> str | None:
    """Return a shortest string that matches and fails as asked, or None if there is none. May raise Unknown."""
    automata = [automaton(pattern, lenient) for pattern in (*matching, *failing)]
    start = tuple(machine.closure((0,), "^") for machine in automata)
    pending: deque[tuple[tuple[States, ...], str]] = deque([(start, "")])
    seen = {(start, 0)}
    deadline = time.process_time() + MOST_SECONDS
    while pending:
        states, text = pending.popleft()
        allowed = "$" if text else "^$"
        verdicts = [machine.accepts(states[n], allowed) for n, machine in enumerate(automata)]
        if len(text) >= least and all(verdicts[: len(matching)]) and not any(verdicts[len(matching) :]):
            return text
        if most is not None and len(text) >= most:
            continue
        for character in _characters(automata, states):
            after = tuple(machine.follow(states[n], character) for n, machine in enumerate(automata))
            key = (after, min(len(text) + 1, least))
            dead = not all(after[: len(matching)])
            if dead or key in seen:
                continue
            if len(seen) >= MOST_STEPS or time.process_time() > deadline:
                raise Unknown("too many steps")
            seen.add(key)
            pending.append((after, text + chr(character)))
    return None


def _characters(automata: SequenceOf[Automaton], states: SequenceOf[States]) -> list[int]:
    """Return one readable character for each set of characters that no state tells apart."""
    bounds = {low for low, _ in ANY}
    for machine, current in zip(automata, states, strict=True):
        for state in current:
            for ranges, _ in machine.steps[state]:
                for low, high in ranges:
                    bounds.update((low, high + 1))
    cuts = sorted(bound for bound in bounds if any(low <= bound <= high for low, high in ANY))
    chosen: dict[int, int] = {}
    for rank, character in enumerate(READABLE):
        chosen.setdefault(_interval(cuts, ord(character)), ord(character) + (rank << 32))
    for index, low in enumerate(cuts):
        chosen.setdefault(index, low + (len(READABLE) << 32))
    return [value & 0xFFFFFFFF for value in sorted(chosen.values())]


def _interval(cuts: list[int], character: int) -> int:
    low, high = 0, len(cuts)
    while high - low > 1:
        middle = (low + high) // 2
        if cuts[middle] <= character:
            low = middle
        else:
            high = middle
    return low
