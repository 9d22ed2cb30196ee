"""The rules of a proof at one location: what the algebra decides, and which pairs of inner schemas remain.

Each schema inside the target's location that leads to a cycle is replaced by `true`, and becomes a pair together with
the source's schema for the same inner value. The algebra decides the rest, in which no cycle is left. The result is a
formula over pairs: all of some, or any of some. It holds no negation, as the proof by induction demands.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

from change_gate.schemas import algebra, exclusive, inner_steps, locations
from change_gate.schemas.formulas import Formula, Pair, all_of, any_of
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.loosening import CONDITIONALS, NEGATIVE, is_large, is_whole, loose, with_definitions
from change_gate.schemas.schema import Schema, is_identical, rebuild, referenced
from change_gate.schemas.strings import strengthen, widen

MOST_BRANCHES: Final = 24
TYPE_SCHEMAS: Final[dict[str, Schema]] = {kind: {"type": kind} for kind in locations.TYPES}


def covers(target: Schema, source: Schema) -> bool:
    """Return True if the algebra proves the containment, if necessary with facts about strings."""
    if algebra.covers(target, source):
        return True
    stronger = strengthen(source, target)
    if stronger != source and algebra.covers(target, stronger):
        return True
    wider = widen(source, target)
    return algebra.has_no_rest(stronger, target) or (wider != source and covers(target, wider))


class OutOfTime(Exception):
    """The time for a proof is spent."""


class Rules:
    """Derives the formula of a pair of locations."""

    def __init__(self, source: Definitions, target: Definitions) -> None:
        self.source = source
        self.target = target
        self.deadline = float("inf")
        self._made: dict[tuple[int, str], Schema] = {}
        self._kept: list[Schema] = []
        self._same: frozenset[str] = frozenset()
        self._count = (-1, -1)

    def is_same(self, source: Schema, target: Schema) -> bool:
        """Return True if both schemas are written alike, down to everything they refer to."""
        return is_identical(source, target) and referenced(source) <= self._same_names()

    def _same_names(self) -> frozenset[str]:
        """Return the names of the definitions that are written alike, down to everything they refer to."""
        count = len(self.source.definitions), len(self.target.definitions)
        if count != self._count:
            self._same = locations.equal_definitions(self.source.definitions, self.target.definitions)
            self._count = count
        return self._same

    def formula(self, sent: Location, read: Location) -> Formula:
        """Return a formula that, if true, proves that the target's location contains the source's.

        Raise OutOfTime after the deadline.
        """
        if time.process_time() > self.deadline:
            raise OutOfTime
        source, target = self.source.parts(sent), self.target.parts(read)
        different = [part for part in target if not (is_whole(part) and self._has(source, part))]
        if not different or False in source:
            return True
        heavy = any(map(self.source.is_cyclic, source)) or any(map(self.target.is_cyclic, different))
        is_small = True
        if not heavy:
            plain = self._plain(read, self.target), self._plain(sent, self.source)
            is_small = not is_large(*plain)
            if is_small and covers(*plain):
                return True
        alike = [part for part in different if self._is_alike(source, part)]
        others = [part for part in different if not any(part is other for other in alike)]
        if others and is_small and self._is_empty(source):
            return True
        steps = (
            Pair(*step)
            for part in alike
            if isinstance(part, dict)
            for step in inner_steps.steps(source, part, inner_steps.is_split)
        )
        return all_of(itertools.chain(steps, (self._part(source, part) for part in others)))

    def _is_alike(self, source: Location, part: Schema) -> bool:
        """Return True if the source holds the same part, and only its members and elements may differ."""
        if isinstance(part, bool) or not is_whole(part) or not any(is_identical(own, part) for own in source):
            return False
        return referenced(inner_steps.without(part)) <= self._same_names()

    def difference(self, sent: Location, read: Location) -> algebra.Canonical | None:
        """Return values that the source may allow and the target refuses, without regard to cycles."""
        return algebra.subtract(self._loose(sent), self._loose(read, self.target))

    def _has(self, source: Location, part: Schema) -> bool:
        return any(self.is_same(own, part) for own in source)

    def _part(self, source: Location, part: Schema) -> Formula:
        """Prove one part of the target: what is free of cycles at once, each branching keyword, and each child."""
        if isinstance(part, bool):
            return part or self._is_empty(source)
        branching = {keyword: part[keyword] for keyword in part if self._is_branching(keyword, part)}
        local = {keyword: value for keyword, value in part.items() if keyword not in branching}
        if any(keyword in local and self.target.is_cyclic(local[keyword]) for keyword in NEGATIVE):
            return False
        flat = rebuild(local, lambda _, schema: schema, self._without_cycles)
        return all_of(
            itertools.chain(
                [self._flat(source, flat)],
                (Pair(*step) for step in inner_steps.steps(source, local, self.target.is_cyclic)),
                self._branching(source, branching),
            )
        )

    def _is_branching(self, keyword: str, part: dict[str, Any]) -> bool:
        """Return True for a keyword that the algebra cannot decide because its branches lead to a cycle."""
        if keyword in locations.UNIONS:
            return any(map(self.target.is_cyclic, part[keyword]))
        if keyword in CONDITIONALS:
            return any(self.target.is_cyclic(part[name]) for name in CONDITIONALS if name in part)
        if keyword == "dependentSchemas":
            return any(map(self.target.is_cyclic, part[keyword].values()))
        return keyword == "not" and self.target.is_cyclic(part[keyword])

    def _without_cycles(self, _keyword: str, schema: Schema) -> Schema:
        return True if self.target.is_cyclic(schema) else schema

    def _branching(self, source: Location, keywords: dict[str, Any]) -> Iterator[Formula]:
        for keyword in locations.UNIONS:
            if keyword in keywords:
                yield self._union(source, keyword, keywords[keyword])
        if "not" in keywords:
            yield algebra.are_disjoint(self._loose(source), self._loose((keywords["not"],), self.target))
        for name, schema in keywords.get("dependentSchemas", {}).items():
            required = self._make(schema, f"required {name}", {"required": [name]})
            yield self.formula((*source, required), (schema,))
        if "if" in keywords:
            yield self._conditional(source, keywords)

    def _conditional(self, source: Location, keywords: dict[str, Any]) -> Formula:
        condition = keywords["if"]
        if self.target.is_cyclic(condition):
            return False
        # The condition belongs to the target, whose definitions it may need, so it is written without references.
        plain = self._plain((condition,), self.target)
        if isinstance(plain, dict) and "$defs" in plain:
            return False
        negation = self._make(condition, "not", {"not": plain})
        positive = self._make(condition, "if", plain)
        cases = (positive, keywords.get("then", True)), (negation, keywords.get("else", True))
        return all_of(self.formula((*source, case), (schema,)) for case, schema in cases)

    def _union(self, source: Location, keyword: str, branches: list[Schema]) -> Formula:
        """Prove the union for each case of the source, or one branch of it for the source as a whole."""
        if (paired := self._by_pairs(source, keyword, branches)) is not False:
            return paired
        if self._cases(source) is not None:
            return self._by_cases(source, {keyword: branches})
        return any_of(
            self.formula(source, (branch,))
            for index, branch in enumerate(branches)
            if keyword == "anyOf" or self._excludes_others(source, branches, index)
        )

    def _excludes_others(self, source: Location, branches: list[Schema], index: int) -> bool:
        sent = self._loose(source)
        return all(
            algebra.are_disjoint(sent, self._loose((branch,), self.target))
            for other, branch in enumerate(branches)
            if other != index
        )

    def _by_cases(self, source: Location, part: dict[str, Any]) -> Formula:
        """Split the source by its own branches or types, and prove the part for each case."""
        cases = self._cases(source)
        return cases is not None and all_of(self._is_empty(case) or self._part(case, part) for case in cases)

    def _flat(self, source: Location, part: dict[str, Any]) -> Formula:
        """Prove a part without cycles: by the algebra first, unless the schemas are large."""
        plain = self._plain((part,), self.target), self._loose(source)
        if not is_large(*plain):
            return covers(*plain) or self._inexact(source, part)
        inexact = self._inexact(source, part)
        return covers(*plain) if inexact is False else inexact

    def _inexact(self, source: Location, part: dict[str, Any]) -> Formula:
        """Prove a part without cycles piece by piece, where it is too much for the algebra as a whole."""
        unions = [keyword for keyword in locations.UNIONS if keyword in part]
        others = {keyword: value for keyword, value in part.items() if keyword not in unions}
        for keyword in unions:
            if (paired := self._by_pairs(source, keyword, part[keyword])) is not False:
                rest = {name: value for name, value in part.items() if name != keyword}
                return all_of([paired, self._part(source, rest)])
        if self._cases(source) is not None:
            return self._by_cases(source, part)
        if unions:
            choices = (self._union(source, keyword, part[keyword]) for keyword in unions)
            return all_of(itertools.chain([self._part(source, others)], choices))
        return self._split(source, part)

    def _by_pairs(self, source: Location, keyword: str, branches: list[Schema]) -> Formula:
        """Prove a union by one of the source, branch by branch."""
        for own in source:
            sent = own.get(keyword, ()) if isinstance(own, dict) else ()
            if not sent:
                continue
            if keyword == "oneOf":
                read = exclusive.Branches.of(branches, self.target)
                pairs = exclusive.open_pairs(exclusive.Branches.of(sent, self.source), read, self.is_same)
            else:
                pairs = exclusive.pairs_by_text(sent, branches, self.is_same)
            if pairs is not None:
                return all_of(self.formula((sent[index],), (branches[number],)) for index, number in pairs)
        return False

    def _split(self, source: Location, part: dict[str, Any]) -> Formula:
        """Prove the members and elements by themselves."""
        if inner_steps.SPLIT.isdisjoint(part):
            return False
        outer = inner_steps.without(part)
        read, own = self._plain((outer,), self.target), tuple(map(inner_steps.without_any, source))
        # The source's schemas of inner values are rarely needed, and may be too much for the algebra.
        whole = self._loose(source)
        if not covers(read, self._loose(own)) and (is_large(whole) or not covers(read, whole)):
            return False
        return all_of(Pair(*step) for step in inner_steps.steps(source, part, inner_steps.is_split))

    def _cases(self, source: Location) -> list[Location] | None:
        """Return locations that together allow every value of the source, or None if it has no cases."""
        for index, part in enumerate(source):
            for keyword in locations.UNIONS if isinstance(part, dict) else ():
                assert isinstance(part, dict)
                if len(part.get(keyword, ())) not in range(1, MOST_BRANCHES + 1):
                    continue
                others = {name: value for name, value in part.items() if name != keyword}
                left = (*source[:index], self._make(part, keyword, others), *source[index + 1 :])
                branches: Iterable[Location] = ((branch,) for branch in part[keyword])
                if keyword == "oneOf":
                    branches = self._exclusive(part)
                return [self.source.parts((*left, *branch)) for branch in branches]
            if isinstance(part, dict) and "if" in part and not self.source.is_cyclic(part["if"]):
                return self._conditional_cases(source, index, part)
        kinds = set(locations.types(source))
        if "number" in kinds:
            kinds.discard("integer")
        if len(kinds) > 1 and len(kinds) < len(locations.TYPES) - 1:
            return [(*source, TYPE_SCHEMAS[kind]) for kind in sorted(kinds)]
        return None

    def _exclusive(self, part: dict[str, Any]) -> Iterator[Location]:
        """Yield the branches of `oneOf`, without the values that match a further branch as well."""
        branches = part["oneOf"]
        if any(map(self.source.is_cyclic, branches)):
            yield from ((branch,) for branch in branches)
            return
        found = exclusive.cases(branches, self.source, covers)
        for branch, excluded in found:
            negation = {"not": {"anyOf": excluded}}
            yield (branch, *([self._make(branch, f"oneOf {id(part)}", negation)] if excluded else ()))

    def _conditional_cases(self, source: Location, index: int, part: dict[str, Any]) -> list[Location]:
        others = {name: value for name, value in part.items() if name not in CONDITIONALS}
        left = (*source[:index], self._make(part, "if", others), *source[index + 1 :])
        negation = self._make(part["if"], "not in source", {"not": part["if"]})
        return [
            self.source.parts((*left, part["if"], part.get("then", True))),
            self.source.parts((*left, negation, part.get("else", True))),
        ]

    def _make(self, schema: Schema, purpose: str, made: Schema) -> Schema:
        """Return the same object each time that a schema is made for the same purpose, so that pairs are found."""
        self._kept.append(schema)
        return self._made.setdefault((id(schema), purpose), made)

    def _is_empty(self, source: Location) -> bool:
        return algebra.is_unsatisfiable(self._loose(source))

    @staticmethod
    def _plain(location: Location, definitions: Definitions) -> Schema:
        """Return a location as one self-contained schema."""
        return with_definitions({"allOf": list(location)}, definitions)

    def _loose(self, location: Location, definitions: Definitions | None = None) -> Schema:
        """Return a self-contained schema without cycles that allows every value of a location, and more."""
        return loose(location, definitions or self.source)
