"""A proof by induction that a target contains a source, for recursive and for large schemas.

Each pair of locations has a formula over pairs of locations one step deeper inside the value. All pairs are assumed
true at first; then every pair whose formula is false becomes false, until nothing changes. What is still true is
proved: a value that disproves it would hold an inner value that disproves another true pair, and so on without end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from change_gate.schemas.formulas import AllOf, AnyOf, Formula, Pair, pairs
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.rules import OutOfTime, Rules
from change_gate.schemas.schema import Schema

MOST_GAPS: Final = 12

Key = tuple[frozenset[int], frozenset[int]]


@dataclass(frozen=True)
class Gap:
    """A pair of locations whose containment is not proved, and the way to it from the compared schemas."""

    path: tuple[str | int, ...]
    source: Location
    target: Location


class Prover:
    """Proves containments between the definitions of two documents, and remembers the formula of each pair."""

    def __init__(self, source: Definitions, target: Definitions) -> None:
        self.source = source
        self.target = target
        self.rules = Rules(source, target)
        self.gaps: list[Gap] = []
        self._formulas: dict[Key, Formula] = {}
        self._locations: dict[Key, tuple[Location, Location]] = {}
        self._proved: set[Key] = set()

    def prove(self, source: Schema, target: Schema, deadline: float) -> bool:
        """Return True if the target is proved to contain the source. Otherwise `gaps` says where the proof ends."""
        root = self._key((source,), (target,))
        reached = self._explore(root, deadline)
        false = self._falsify(reached)
        self._proved.update(reached - false)
        self.gaps = [] if root in self._proved else list(self._find_gaps(root, false))
        return root in self._proved

    def _key(self, sent: Location, read: Location) -> Key:
        source, target = self.source.parts(sent), self.target.parts(read)
        key = frozenset(map(id, source)), frozenset(map(id, target))
        self._locations.setdefault(key, (sent, read))
        return key

    def _explore(self, root: Key, deadline: float) -> set[Key]:
        """Derive the formula of every pair that the root depends on, as long as time allows."""
        pending, reached = deque([root]), {root}
        while pending:
            key = pending.popleft()
            if key in self._proved:
                continue
            if key not in self._formulas:
                self.rules.deadline = deadline
                try:
                    self._formulas[key] = self.rules.formula(*self._locations[key])
                except OutOfTime:
                    continue
            for pair in pairs(self._formulas[key]):
                inner = self._key(pair.source, pair.target)
                if inner not in reached:
                    reached.add(inner)
                    pending.append(inner)
        return reached

    def _falsify(self, reached: set[Key]) -> set[Key]:
        """Return the pairs whose formula is false, or unknown, or rests on such a pair."""
        users: dict[Key, list[Key]] = {}
        for key in reached - self._proved:
            for pair in pairs(self._formulas.get(key, False)):
                users.setdefault(self._key(pair.source, pair.target), []).append(key)
        false: set[Key] = set()
        pending = list(reached - self._proved)
        while pending:
            key = pending.pop()
            if key not in false and not self._is_true(self._formulas.get(key, False), false):
                false.add(key)
                pending.extend(users.get(key, ()))
        return false

    def _is_true(self, formula: Formula, false: set[Key]) -> bool:
        match formula:
            case bool():
                return formula
            case Pair(_, source, target):
                return self._key(source, target) not in false
            case AllOf(parts):
                return all(self._is_true(part, false) for part in parts)
            case AnyOf(parts):
                return any(self._is_true(part, false) for part in parts)

    def _find_gaps(self, root: Key, false: set[Key]) -> Iterator[Gap]:
        """Yield the pairs that are false by themselves, nearest first."""
        pending: deque[tuple[Key, tuple[str | int, ...]]] = deque([(root, ())])
        seen, count = {root}, 0
        while pending and count < MOST_GAPS:
            key, path = pending.popleft()
            formula = self._formulas.get(key, False)
            if not self._is_true(formula, set()):
                count += 1
                yield Gap(path, *self._locations[key])
                continue
            for pair in pairs(formula):
                inner = self._key(pair.source, pair.target)
                if inner in false and inner not in seen:
                    seen.add(inner)
                    pending.append((inner, (*path, pair.step)))
