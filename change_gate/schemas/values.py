"""Readable values of a schema, simplest first: candidates for a witness.

The generator follows the schema, and takes further constants, lengths and names from hints. It does not promise that a
value is valid; the validators decide.
"""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Final

from change_gate.schemas import locations
from change_gate.schemas.facts import UNBOUNDED, Facts, cases, merge
from change_gate.schemas.hints import Hints
from change_gate.schemas.json_types import is_number, least_common_multiple, type_of
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.loosening import with_definitions
from change_gate.schemas.texts import strings, texts
from change_gate.schemas.validation import SchemaValidator, UnreadableSchema

DEEPEST: Final = 8
WIDEST: Final = (300, 80, 30, 16, 10, 6)  # most values of a location, by depth
MOST_CHARACTERS: Final = 30_000_000
LONGEST_ARRAY: Final = 2_000
LAST_INDEX: Final = 6  # elements up to this index vary
FRESH: Final = ("extra", "extra2", "x")
# A value may break one of these, although it follows all others.
CHECKED: Final = frozenset(
    [
        "oneOf",
        "not",
        "if",
        "dependentRequired",
        "dependentSchemas",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)


class Generator:
    """Generates values of the locations of one schema."""

    def __init__(self, definitions: Definitions, hints: Hints, deadline: float) -> None:
        self.definitions = definitions
        self.hints = hints
        self.deadline = deadline
        self._memo: dict[tuple[tuple[int, ...], int], list[Any]] = {}

    def values(self, location: Location, depth: int = 0) -> list[Any]:
        """Return values of a location, without repetition."""
        key = tuple(map(id, self.definitions.parts(location))), min(depth, DEEPEST)
        if key not in self._memo:
            self._memo[key] = []  # a value inside itself has none
            width = WIDEST[min(depth, len(WIDEST) - 1)]
            values = list(itertools.islice(distinct(self._generate(location, depth)), width))
            self._memo[key] = self._valid_first(location, values) if depth else values
        return self._memo[key]

    def _valid_first(self, location: Location, values: list[Any]) -> list[Any]:
        """Sort the values of a location whose keywords are followed in part. An invalid one spoils what holds it."""
        parts = self.definitions.parts(location)
        if all(isinstance(part, bool) or CHECKED.isdisjoint(part) for part in parts):
            return values
        try:
            validator = SchemaValidator(with_definitions({"allOf": list(location)}, self.definitions))
        except UnreadableSchema:
            return values
        return sorted(values, key=lambda value: not validator.is_valid(value))

    def _generate(self, location: Location, depth: int) -> Iterator[Any]:
        if depth > DEEPEST * 4 or time.process_time() > self.deadline:
            return
        streams = [self._case(parts, depth) for parts in cases(location, self.definitions)]
        yield from interleave(streams)

    def _case(self, parts: Location, depth: int) -> Iterator[Any]:
        facts = merge(parts)
        if False in parts:
            return
        if facts.constants is not None:
            yield from facts.constants
            return
        streams: list[Iterator[Any]] = []
        for kind, generate in (
            ("object", self._objects),
            ("array", self._arrays),
            ("string", self._texts),
        ):
            if kind in facts.types:
                streams.append(generate(facts, depth))
        if facts.types & {"number", "integer"}:
            streams.append(self._numbers(facts))
        if "boolean" in facts.types:
            streams.append(iter((False, True)))
        if "null" in facts.types:
            streams.append(iter((None,)))
        streams.append(value for value in self.hints.constants if type_of(value) in facts.types)
        yield from interleave(streams)

    def _numbers(self, facts: Facts) -> Iterator[Any]:
        steps = [Fraction(step) for step in (0, 1, -1, 2)]
        if "number" in facts.types:
            steps += [Fraction(1, 2), Fraction(-1, 2)]
        centres: list[float] = [0, facts.least, facts.most, *sorted(self.hints.numbers, key=abs)]
        centres.extend(value for value in self.hints.constants if is_number(value))
        if abs(facts.least) < UNBOUNDED and abs(facts.most) < UNBOUNDED:
            centres.append((facts.least + facts.most) / 2)
        unit = least_common_multiple(facts.multiples)
        for centre in centres:
            if abs(centre) == UNBOUNDED:
                continue
            start = Fraction(str(centre))
            if "number" not in facts.types:
                start = Fraction(math.floor(start))
            for step in steps:
                number = math.floor(start / unit + step) * unit if unit else start + step
                whole = number.denominator == 1
                if facts.least <= number <= facts.most and (whole or "number" in facts.types):
                    yield int(number) if whole else float(number)

    def _texts(self, facts: Facts, _depth: int) -> Iterator[str]:
        for text in texts(facts, self.hints):
            yield text
            if time.process_time() > self.deadline:
                return

    def _arrays(self, facts: Facts, depth: int) -> Iterator[list[Any]]:
        shortest = max(facts.fewest_items, 0)
        base = self._filled(facts, shortest, depth)
        if base is not None:
            yield base
        if depth >= DEEPEST:
            return
        elements = self.values(locations.element(facts.parts, 0), depth + 1)
        first_lengths = sorted(length for length in self.hints.lengths if length <= LAST_INDEX)
        yield from ([value] * length for length in first_lengths for value in elements[:5])
        for schema, count in facts.contains:
            contained = (*locations.element(facts.parts, 0), schema)
            for value in self.values(contained, depth + 1)[:12]:
                yield [value] * max(1, count)
                yield from (
                    [first, value] for first in self.values(locations.element(facts.parts, 0), depth + 1)[:3]
                )
                if base:
                    yield [*base, value]
        for index in range(min(max(len(base or ()), 1, *first_lengths), LAST_INDEX)):
            for value in self.values(locations.element(facts.parts, index), depth + 1):
                filled = self._filled(facts, max(shortest, index + 1), depth)
                if filled is not None:
                    yield [*filled[:index], value, *filled[index + 1 :]]
        yield from ([value, value] for value in elements)
        yield from map(list, itertools.product(elements[:4], repeat=2))
        for length in sorted(self.hints.lengths):
            if shortest < length <= min(facts.most_items, LONGEST_ARRAY):
                filled = self._filled(facts, length, depth)
                if filled is not None:
                    yield filled

    def _filled(self, facts: Facts, length: int, depth: int) -> list[Any] | None:
        """Return an array of a length, with different elements where they have to be."""
        result: list[Any] = []
        for index in range(min(length, LONGEST_ARRAY)):
            options = self.values(locations.element(facts.parts, index), depth + 1)
            if facts.unique:
                options = [value for value in options if value not in result]
                options = options or [f"a{index}", index][: 2 if index > 0 else 0]
            if not options:
                return None
            result.append(options[0])
        for schema, count in facts.contains:
            found = self.values((*locations.element(facts.parts, 0), schema), depth + 1)
            result[:count] = found[:1] * count
        return result

    def _objects(self, facts: Facts, depth: int) -> Iterator[dict[str, Any]]:
        base: dict[str, Any] = {}
        required = sorted(facts.required)
        for name in required:
            options = self.values(locations.child(facts.parts, name), depth + 1)
            if not options:
                return
            base[name] = options[0]
        names = self._optional_names(facts, depth)
        base = self._enough(facts, base, names, depth)
        yield base
        if depth >= DEEPEST:
            return
        streams = [self._varied(facts, base, name, depth) for name in (*required, *names)]
        yield from interleave([*streams, self._combined(facts, base, names, depth)])

    def _optional_names(self, facts: Facts, depth: int) -> list[str]:
        own = sorted(locations.declared(facts.parts) - facts.required - facts.forbidden)
        patterned = [
            text
            for part in facts.parts
            if isinstance(part, dict)
            for pattern in part.get("patternProperties", {})
            for text in strings([pattern], [], 0, None)
        ]
        named = [
            value
            for schema in facts.names
            for value in self.values((schema,), depth + 1)[:20]
            if isinstance(value, str)
        ]
        matched = [
            text for pattern in sorted(self.hints.patterns)[:10] for text in strings([pattern], [], 0, None)
        ]
        hinted = sorted(self.hints.names)[:30] if depth < len(WIDEST) else []
        extra = [*FRESH[:1], *matched, *hinted]
        others = [
            name for name in (*patterned, *named, *extra) if name not in facts.required | facts.forbidden
        ]
        return list(dict.fromkeys([*own, *others]))

    def _enough(self, facts: Facts, base: dict[str, Any], names: list[str], depth: int) -> dict[str, Any]:
        """Add members until there are as many as the location asks for."""
        result = dict(base)
        for name in itertools.chain(names, (f"extra{number}" for number in range(2, 200))):
            if len(result) >= facts.fewest_members:
                break
            options = self.values(locations.child(facts.parts, name), depth + 1)
            if name not in result and options:
                result[name] = options[0]
        return result

    def _varied(self, facts: Facts, base: dict[str, Any], name: str, depth: int) -> Iterator[dict[str, Any]]:
        for value in self.values(locations.child(facts.parts, name), depth + 1):
            yield {**base, name: value}
        if name in base and name not in facts.required:
            yield {key: value for key, value in base.items() if key != name}

    def _combined(
        self, facts: Facts, base: dict[str, Any], names: list[str], depth: int
    ) -> Iterator[dict[str, Any]]:
        """Yield objects with two further members, with all of them, and with hinted numbers of members."""
        firsts = {}
        for name in names[:12]:
            options = self.values(locations.child(facts.parts, name), depth + 1)
            if options:
                firsts[name] = options[0]
        yield {**base, **firsts}
        for pair in itertools.combinations(firsts, 2):
            yield {**base, **{name: firsts[name] for name in pair}}
        for length in sorted(self.hints.lengths):
            if len(base) < length <= min(facts.most_members, LONGEST_ARRAY):
                wanted = Facts(facts.parts, facts.types, fewest_members=length)
                yield self._enough(wanted, base, names, depth)


def interleave(streams: Iterable[Iterator[Any]]) -> Iterator[Any]:
    """Yield from each stream in turn."""
    left = list(streams)
    while left:
        remaining = []
        for stream in left:
            for value in stream:
                yield value
                remaining.append(stream)
                break
        left = remaining


def distinct(values: Iterable[Any]) -> Iterator[Any]:
    """Yield each value once, by its JSON text. Few large values are enough."""
    seen, characters = set(), 0
    for value in values:
        key = json.dumps(value, sort_keys=True)
        if key not in seen:
            seen.add(key)
            yield value
        characters += len(key)
        if characters > MOST_CHARACTERS:
            return
