"""Proofs about unions. A value has to match exactly one branch of `oneOf`, so that branches that overlap need care.

Most documents change one branch of many. A branch that both sides hold excludes the same values on both sides, and is
not compared again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from change_gate.schemas import algebra
from change_gate.schemas.algebra import Canonical
from change_gate.schemas.changed_parts import IsSame, Sides
from change_gate.schemas.facts import merge
from change_gate.schemas.locations import UNIONS, Definitions, Location
from change_gate.schemas.loosening import loose, with_definitions
from change_gate.schemas.schema import Schema, is_identical
from change_gate.schemas.tags import Tags

MOST_COMPARED: Final = 6
MOST_PIECES: Final = 200


@dataclass(frozen=True)
class Branches:
    """The branches of a `oneOf` with their canonical forms. The form of a branch with a cycle allows more values."""

    schemas: Sequence[Schema]
    definitions: Definitions
    canonical: Sequence[Canonical | None]
    is_exact: Sequence[bool]

    @classmethod
    def of(cls, schemas: Sequence[Schema], definitions: Definitions) -> Branches:
        """Read the branches."""
        is_exact = [not definitions.is_cyclic(schema) for schema in schemas]
        canonical = [
            algebra.canonicalize(_plain(schema, definitions) if exact else loose((schema,), definitions))
            for schema, exact in zip(schemas, is_exact, strict=True)
        ]
        return cls(schemas, definitions, canonical, is_exact)

    def contain(self, number: int, values: Canonical) -> bool:
        """Return True if a branch is proved to allow all the values."""
        branch = self.canonical[number]
        return branch is not None and self.is_exact[number] and algebra.contains(branch, values)


def _find(schema: Schema, others: Sequence[Schema]) -> int | None:
    """Return the number of the schema that is written alike."""
    return next((number for number, other in enumerate(others) if is_identical(schema, other)), None)


def _plain(schema: Schema, definitions: Definitions, *others: Schema) -> Schema:
    return with_definitions({"allOf": [schema, *others]}, definitions)


def open_pairs(sent: Branches, read: Branches, is_same: IsSame) -> list[tuple[int, int]] | None:
    """Return pairs of a sent and a read branch. The read `oneOf` contains the sent one if each pair is a containment.

    Return None if a sent branch has no counterpart, or if its values may match a further read branch.
    """
    equals = [
        [index for index, schema in enumerate(sent.schemas) if is_same(schema, branch)]
        for branch in read.schemas
    ]
    proof = _Proof(sent, read, equals, Sides(sent.definitions, read.definitions, is_same))
    found: list[tuple[int, int]] = []
    for index in range(len(sent.schemas)):
        if proof.holds(index):
            continue
        number = proof.counterpart(index)
        if number is None:
            return None
        found.append((index, number))
    return found


def pairs_by_text(
    sent: Sequence[Schema], read: Sequence[Schema], is_same: IsSame
) -> list[tuple[int, int]] | None:
    """Return the pairs of branches of `anyOf` that are written alike, but refer to changed definitions.

    Return None if a sent branch has no counterpart that is written alike.
    """
    found: list[tuple[int, int]] = []
    for index, branch in enumerate(sent):
        if any(is_same(branch, other) for other in read):
            continue
        number = _find(branch, read)
        if number is None:
            return None
        found.append((index, number))
    return found


@dataclass(frozen=True)
class _Proof:
    """A proof for two lists of branches. `equals` holds the equal sent branches of each read one."""

    sent: Branches
    read: Branches
    equals: Sequence[Sequence[int]]
    sides: Sides
    changed: dict[int, list[tuple[Tags, Canonical | None]]] = field(default_factory=dict)
    """The parts that were changed in each read branch, once they are known."""

    def holds(self, index: int) -> bool:
        """Return True if the values of one sent branch match one read branch each, and no further one."""
        branch = self.sent.canonical[index]
        if branch is None:
            return False
        equal = [number for number, found in enumerate(self.equals) if index in found]
        if equal:
            return len(equal) == 1 and self._is_alone(branch, index, equal[0])
        if (container := self._containing(branch)) is not None:
            return self._is_alone(branch, index, container)
        pieces = [algebra.canonicalize(piece) for piece in self._pieces(index)]
        return bool(pieces) and all(
            piece is not None
            and (
                algebra.is_empty(piece)
                or (
                    (container := self._containing(piece)) is not None
                    and self._is_alone(piece, index, container)
                )
            )
            for piece in pieces
        )

    def counterpart(self, index: int) -> int | None:
        """Return the number of the read branch that is written alike, if no further one matches the values."""
        branch, number = self.sent.canonical[index], _find(self.sent.schemas[index], self.read.schemas)
        if branch is None or number is None or self.equals[number]:
            return None
        return number if self._is_alone(branch, index, number) else None

    def _containing(self, branch: Canonical) -> int | None:
        """Return the number of a read branch that contains the values, and equals no sent one."""
        for number in range(len(self.read.schemas)):
            if not self.equals[number] and self.read.contain(number, branch):
                return number
        return None

    def _is_alone(self, branch: Canonical, index: int, container: int) -> bool:
        """Return True if no further read branch matches the values."""
        for number, other in enumerate(self.read.canonical):
            # A branch that equals another sent one matches no value, because the sent `oneOf` excludes it.
            if number == container or self.equals[number] or self._is_unaffected(branch, index, number):
                continue
            common = other and algebra.intersection(branch, other)
            if common is None or not _is_excluded(common, index, number, self.sent):
                return False
        return True

    def _is_unaffected(self, branch: Canonical, index: int, number: int) -> bool:
        """Return True if no value matches a read branch, because none matches the sent branch that is written alike.

        This holds if the values match nothing that was changed between these two branches.
        """
        schema = self.read.schemas[number]
        if _find(schema, self.sent.schemas) in (None, index):
            return False
        if number not in self.changed:
            self.changed[number] = [
                (Tags.of(part, definitions), algebra.canonicalize(loose((part,), definitions)))
                for part, definitions in self.sides.changed(schema, schema)
            ]
        own = Tags.of(self.sent.schemas[index], self.sent.definitions)
        return all(
            own.exclude(tags) or (part is not None and algebra.has_no_common_value(branch, part))
            for tags, part in self.changed[number]
        )

    def _pieces(self, index: int) -> Iterator[Schema]:
        """Split a branch by the first member that has an `enum`: one piece for each value, and one without it."""
        if not self.sent.is_exact[index]:
            return
        for part in self.sent.definitions.parts((self.sent.schemas[index],)):
            members = part.get("properties", {}) if isinstance(part, dict) else {}
            for name, schema in members.items():
                values = merge(self.sent.definitions.parts((schema,))).constants or ()
                if not 1 < len(values) <= MOST_PIECES:
                    continue
                cases: list[Schema] = [{"properties": {name: False}}]
                for value in values:
                    member = {"required": [name], "properties": {name: {"const": value}}}
                    cases.append({"type": "object", **member})
                for case in cases:
                    yield _plain(self.sent.schemas[index], self.sent.definitions, case)
                return


def _is_excluded(common: Canonical, index: int, number: int, sent: Branches) -> bool:
    """Return True if no value exists, or if each one matches another sent branch as well.

    The sent branch that stands where the read one stands is tried first.
    """
    if algebra.is_empty(common):
        return True
    others = [other for other in range(len(sent.canonical)) if other != index]
    others.sort(key=lambda other: abs(other - number))
    return any(sent.contain(other, common) for other in others)


def cases(
    branches: Sequence[Schema], definitions: Definitions, covers: Callable[[Schema, Schema], bool]
) -> Iterator[tuple[Schema, list[Schema]]]:
    """Yield each branch with the branches whose values it excludes, because they would match both.

    A branch that another one contains is left out, since each of its values matches both.
    """
    if len(branches) > MOST_COMPARED:
        yield from ((branch, []) for branch in branches)
        return
    documents = [_plain(branch, definitions) for branch in branches]
    tags = [Tags.of(branch, definitions) for branch in branches]
    pairs = list(itertools.permutations(range(len(branches)), 2))
    apart = {(one, other): tags[one].exclude(tags[other]) for one, other in pairs}
    wider = {pair: not apart[pair] and covers(documents[pair[0]], documents[pair[1]]) for pair in pairs}
    for index, branch in enumerate(branches):
        rest = [other for other in range(len(branches)) if other != index]
        if any(wider[other, index] for other in rest):
            continue
        yield (
            branch,
            [
                branches[other]
                for other in rest
                if wider[index, other]
                or not (apart[index, other] or algebra.are_disjoint(documents[index], documents[other]))
            ],
        )


def suspects(
    sent: tuple[Location, Definitions], read: tuple[Location, Definitions], is_same: IsSame
) -> Iterator[tuple[Schema, ...]]:
    """Yield schemas whose values may match too few or too many of the read branches.

    These are the sent branches that the reader does not hold, innermost first, and of `oneOf` also each sent branch
    together with each read one that the sender does not hold. A location is given with its definitions.
    """
    (source, senders), (target, readers) = sent, read
    for keyword, own, part in itertools.product(UNIONS, senders.parts(source), readers.parts(target)):
        before, after = _branches(own, keyword), _branches(part, keyword)
        if not before or not after:
            continue
        for branch in before:
            if any(is_same(branch, other) for other in after):
                continue
            if _find(branch, after) is not None:  # by its references
                yield from suspects(((branch,), senders), ((branch,), readers), is_same)
            yield (branch,)
        for branch in after if keyword == "oneOf" else ():
            if not any(is_same(other, branch) for other in before):
                yield from ((other, branch) for other in before)


def _branches(part: Any, keyword: str) -> Sequence[Schema]:
    return part.get(keyword, ()) if isinstance(part, dict) else ()
