"""The parts of two schemas that differ, where only some branches deep inside their unions were changed.

A value that matches none of the changed parts is allowed by both schemas, or by neither. Two large unions of which one
branch changed are therefore alike for every value that the old and the new branch refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from change_gate.schemas.locations import UNIONS, Definitions
from change_gate.schemas.loosening import is_whole
from change_gate.schemas.schema import IN_PLACE, IN_PLACE_MAPPINGS, Schema, is_identical

DEEPEST: Final = 6
# Keywords whose result follows from the results of their subschemas. `allOf` is opened before.
DETERMINED: Final = frozenset([*IN_PLACE, *UNIONS, *IN_PLACE_MAPPINGS])

IsSame = Callable[[Schema, Schema], bool]
Changed = tuple[Schema, Definitions]
"""A schema that differs, with the definitions of its document."""


@dataclass(frozen=True)
class Sides:
    """The definitions of both documents, and the test for schemas that are written alike."""

    sent: Definitions
    read: Definitions
    is_same: IsSame

    def changed(self, sent: Schema, read: Schema, depth: int = 0) -> Iterator[Changed]:
        """Yield schemas so that each value outside all of them is allowed by both given schemas, or by neither."""
        if self.is_same(sent, read):
            return
        inner = None if depth > DEEPEST else self._inside(sent, read, depth)
        if inner is None:
            yield sent, self.sent
            yield read, self.read
        else:
            yield from inner

    def _inside(self, sent: Schema, read: Schema, depth: int) -> list[Changed] | None:
        """Return the changed parts inside the unions of both schemas, or None if more than these differ."""
        own, other = list(self.sent.parts((sent,))), list(self.read.parts((read,)))
        if not all(map(is_whole, (*own, *other))):
            return None
        left, right, _ = _paired(own, other, self.is_same)
        if len(left) != len(right):
            return None
        found: list[Changed] = []
        for part, counterpart in zip(left, right, strict=True):
            inner = self._inside_part(part, counterpart, depth)
            if inner is None:
                return None
            found += inner
        return found

    def _inside_part(self, sent: Schema, read: Schema, depth: int) -> list[Changed] | None:
        if isinstance(sent, bool) or isinstance(read, bool) or sent.keys() != read.keys():
            return None
        found: list[Changed] = []
        for keyword in sent:
            if self.is_same({keyword: sent[keyword]}, {keyword: read[keyword]}):
                continue
            if keyword not in DETERMINED:
                return None
            pairs, rest = self._pairs(keyword, sent[keyword], read[keyword])
            for pair in pairs:
                found += self.changed(*pair, depth + 1)
            found += rest
        return found

    def _pairs(self, keyword: str, sent: Any, read: Any) -> tuple[list[tuple[Schema, Schema]], list[Changed]]:
        """Return the pairs of subschemas under one keyword that differ, and the subschemas without a counterpart."""
        if keyword in IN_PLACE_MAPPINGS:
            names = sent.keys() | read.keys()
            return [(sent.get(name, True), read.get(name, True)) for name in sorted(names)], []
        if keyword not in UNIONS:
            return [(sent, read)], []
        left, right, _ = _paired(sent, read, self.is_same)
        left, right, pairs = _paired(left, right)
        return pairs, [*((branch, self.sent) for branch in left), *((branch, self.read) for branch in right)]


def _paired(
    sent: Sequence[Schema], read: Sequence[Schema], is_pair: IsSame = is_identical
) -> tuple[list[Schema], list[Schema], list[tuple[Schema, Schema]]]:
    """Return the schemas of both lists without a counterpart, and the pairs. Each schema counts once."""
    left, right, pairs = list[Schema](), list(read), list[tuple[Schema, Schema]]()
    for schema in sent:
        match = next((index for index, other in enumerate(right) if is_pair(schema, other)), None)
        if match is None:
            left.append(schema)
        else:
            pairs.append((schema, right.pop(match)))
    return left, right, pairs
