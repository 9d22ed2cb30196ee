"""Sets of strings: find a string that matches some patterns, fails others, and has an allowed length.

The search walks all patterns at once, length by length, so that the first string found is a shortest one. Characters
that no pattern tells apart count as one. A look-ahead at the start of a pattern is a pattern of its own. The search
gives up after a bounded number of steps, and does not know other look-around, back references or word boundaries.
"""

from __future__ import annotations

import bisect
import time
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as SequenceOf
from typing import Final

from change_gate.schemas.automata import Automaton, Condition, States, Unknown, conditions
from change_gate.schemas.characters import ANY, Ranges

MOST_STEPS: Final = 200_000
MOST_SECONDS: Final = 0.5
LONGEST_TEXT: Final = 1_000_000
READABLE: Final = "a0A-_. @/:+bx1"
STEPS_BETWEEN_CLOCKS: Final = 64  # because reading the clock is slow on some systems


def find_string(
    matching: SequenceOf[str],
    failing: SequenceOf[str] = (),
    *,
    least: int = 0,
    most: int | None = None,
    lenient: bool = False,
) -> str | None:
    """Return a shortest string that matches and fails as asked, or None if there is none. May raise Unknown."""
    wanted = [conditions(pattern, lenient) for pattern in matching]
    unwanted = [conditions(pattern, lenient) for pattern in failing]
    return _Walk(wanted, unwanted).find(least, most)


def has_string(matching: SequenceOf[str], failing: SequenceOf[str], *, least: int, most: int | None) -> bool:
    """Return True if a string matches and fails as asked, however long it is. May raise Unknown."""
    wanted = [conditions(pattern, False) for pattern in matching]
    unwanted = [conditions(pattern, False) for pattern in failing]
    return _Walk(wanted, unwanted, is_text_needed=False).find(least, most) is not None


Position = tuple[States, ...]


class _Walk:
    """One search. A position holds the states of all automata, and is reached by texts of some lengths."""

    def __init__(
        self,
        wanted: list[tuple[Condition, ...]],
        unwanted: list[tuple[Condition, ...]],
        *,
        is_text_needed: bool = True,
    ) -> None:
        self._is_text_needed = is_text_needed
        self._conditions = [condition for group in (*wanted, *unwanted) for condition in group]
        self._wanted = [condition for group in wanted for condition in group]
        self._unwanted = unwanted
        self._characters, self._sets = _alphabet(condition.machine for condition in self._conditions)
        self._after: dict[Position, list[tuple[int, Position]]] = {}
        self._steps = 0
        self._deadline = time.process_time() + MOST_SECONDS

    def find(self, least: int, most: int | None) -> str | None:
        """Return a shortest string of an allowed length. If no text is needed, it may be any other string."""
        start = tuple(condition.machine.closure((0,), "^") for condition in self._conditions)
        layers: list[dict[Position, tuple[Position, int]]] = []
        layer: dict[Position, tuple[Position, int]] = {start: (start, 0)}
        seen: set[Position] = set()
        lengths: dict[frozenset[Position], int] = {}
        length = 0
        while layer:
            layers.append(layer)
            if length >= least:
                for position in layer:
                    if self._is_found(position, "" if length else "^"):
                        return _text(layers, position)
                # From here on only new positions can lead to a first string.
                layer = {position: before for position, before in layer.items() if position not in seen}
                seen.update(layer)
            else:
                positions = frozenset(layer)
                if positions in lengths:
                    # The positions repeat with each period: skip as many periods as fit below the least length.
                    return self._find_beyond(layers, lengths[positions], length, least, most)
                lengths[positions] = length
            if most is not None and length >= most:
                return None
            layer = self._next(layer)
            length += 1
        return None

    def _find_beyond(
        self,
        layers: list[dict[Position, tuple[Position, int]]],
        first: int,
        again: int,
        least: int,
        most: int | None,
    ) -> str | None:
        """Search on, after the layers from `first` to `again` were repeated up to the least length."""
        period = again - first
        # Without a text, one repetition stands for all of them.
        end = least if self._is_text_needed else again + (least - again) % period
        if end > LONGEST_TEXT:
            raise Unknown("the string is too long")
        layers.pop()
        repeated = layers[first:]
        # The first layer of a repetition needs the steps that lead back to it.
        back = self._next(layers[-1])
        while len(layers) <= end:
            offset = (len(layers) - first) % period
            layers.append(back if offset == 0 else repeated[offset])
        layer, length, seen = layers[end], least, set[Position]()
        del layers[end:]
        while layer:
            layers.append(layer)
            for position in layer:
                if self._is_found(position, "" if length else "^"):
                    return _text(layers, position)
            layer = {position: before for position, before in layer.items() if position not in seen}
            seen.update(layer)
            if most is not None and length >= most:
                return None
            layer, length = self._next(layer), length + 1
        return None

    def _next(self, layer: Iterable[Position]) -> dict[Position, tuple[Position, int]]:
        """Return the positions one character later, each with a way to it."""
        found: dict[Position, tuple[Position, int]] = {}
        for position in layer:
            for character, after in self._follow(position):
                found.setdefault(after, (position, character))
        return found

    def _follow(self, position: Position) -> list[tuple[int, Position]]:
        if position not in self._after:
            self._after[position] = list(self._followers(position))
        return self._after[position]

    def _followers(self, position: Position) -> Iterator[tuple[int, Position]]:
        for character in self._characters:
            self._steps += 1
            is_late = self._steps % STEPS_BETWEEN_CLOCKS == 0 and time.process_time() > self._deadline
            if self._steps > MOST_STEPS or is_late:
                raise Unknown("too many steps")
            after = tuple(
                condition.machine.follow(states, character, self._sets)
                for condition, states in zip(self._conditions, position, strict=True)
            )
            if all(after[n] for n, condition in enumerate(self._wanted) if condition.is_match):
                yield character, after

    def _is_found(self, position: Position, start: str) -> bool:
        verdicts = [
            condition.machine.accepts(states, start + "$") is condition.is_match
            for condition, states in zip(self._conditions, position, strict=True)
        ]
        if not all(verdicts[: len(self._wanted)]):
            return False
        left = iter(verdicts[len(self._wanted) :])
        # Each group takes its own verdicts, so that none may be left over by an early end.
        groups = [[next(left) for _ in group] for group in self._unwanted]
        return not any(map(all, groups))


def _text(layers: list[dict[Position, tuple[Position, int]]], position: Position) -> str:
    """Return a text that leads to a position of the last layer."""
    characters = []
    for layer in reversed(layers[1:]):
        position, character = layer[position]
        characters.append(chr(character))
    return "".join(reversed(characters))


def _alphabet(machines: Iterable[Automaton]) -> tuple[list[int], dict[Ranges, frozenset[int]]]:
    """Return one readable character for each set that no automaton tells apart, and the sets that hold it."""
    sets = {ranges for machine in machines for steps in machine.steps for ranges, _ in steps} | {ANY}
    numbered = list(sets)
    changes: dict[int, int] = {}
    for number, ranges in enumerate(numbered):
        for low, high in ranges:
            changes[low] = changes.get(low, 0) ^ (1 << number)
            changes[high + 1] = changes.get(high + 1, 0) ^ (1 << number)
    bounds = sorted(changes)
    chosen: dict[int, int] = {}  # from the sets that hold a character, as bits, to the character
    members: list[int] = []
    held = 0
    for bound in bounds:
        held ^= changes[bound]
        members.append(held)
    for character in map(ord, READABLE):
        index = bisect.bisect_right(bounds, character) - 1
        if index >= 0 and members[index]:
            chosen.setdefault(members[index], character)
    for bound, bits in zip(bounds, members, strict=True):
        if bits:
            chosen.setdefault(bits, bound)
    holding = {
        ranges: frozenset(character for bits, character in chosen.items() if bits >> number & 1)
        for number, ranges in enumerate(numbered)
    }
    return list(chosen.values()), holding
