"""Patterns as nondeterministic automata. A look-ahead at the start of a pattern becomes an automaton of its own."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from change_gate.schemas.characters import ANY, PatternError, Ranges
from change_gate.schemas.patterns import (
    Anchor,
    BackReference,
    Chars,
    Choice,
    Group,
    Node,
    Repeat,
    Sequence,
    parse,
)

MOST_STATES: Final = 12_000

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

    def follow(self, states: States, character: int, sets: dict[Ranges, frozenset[int]]) -> States:
        """Return the states after one more character. `sets` holds the chosen characters of each set."""
        after = {
            state for before in states for ranges, state in self.steps[before] if character in sets[ranges]
        }
        return self.closure(after, "")


@functools.lru_cache(maxsize=1024)
def automaton(tree: Node, lenient: bool) -> Automaton:
    """Return the automaton of a tree that is searched for anywhere in the text."""
    result = Automaton()
    entry = result.add()
    result.empty[0].append(("", entry))
    result.empty[result.build(tree, entry, lenient)].append(("", 1))
    return result


@dataclass(frozen=True)
class Condition:
    """One condition of a pattern: the automaton must match, or must not."""

    machine: Automaton
    is_match: bool


@functools.lru_cache(maxsize=1024)
def conditions(pattern: str, lenient: bool) -> tuple[Condition, ...]:
    """Return the conditions that a string fulfils if it matches a pattern. The first one is the pattern itself."""
    try:
        tree, looks = without_leading_looks(parse(pattern))
        found = [Condition(automaton(tree, lenient), True)]
        for opening, part in looks:
            anchored = Sequence((Anchor("^"), part))
            found.append(Condition(automaton(anchored, lenient), opening == "(?="))
    except (PatternError, RecursionError) as error:
        raise Unknown(str(error)) from error
    return tuple(found)


def without_leading_looks(tree: Node) -> tuple[Node, list[tuple[str, Node]]]:
    """Split a pattern such as `^(?!a)b` into `^b` and the look-aheads at the start of the text."""
    if not isinstance(tree, Sequence) or tree.parts[:1] != (Anchor("^"),):
        return tree, []
    looks: list[tuple[str, Node]] = []
    for part in tree.parts[1:]:
        if not isinstance(part, Group) or part.opening not in ("(?=", "(?!"):
            break
        looks.append((part.opening, part.part))
    return Sequence((tree.parts[0], *tree.parts[1 + len(looks) :])), looks
