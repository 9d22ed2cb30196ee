"""The search for a witness: a value that the source allows and the target refuses.

Candidates come from the difference of both schemas, then from the source with the constants, bounds, lengths and names
of both, then from the inside of both schemas, and at last from random generation. Both validators have to confirm a
witness on both sides. The smallest one is reduced further.
"""

from __future__ import annotations

import itertools
import json
import string
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from change_gate.schemas import algebra, exclusive, locations, random_values
from change_gate.schemas.facts import cases, merge
from change_gate.schemas.hints import Hints
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.loosening import with_definitions
from change_gate.schemas.proof import Gap
from change_gate.schemas.rules import Rules
from change_gate.schemas.schema import Schema, rebuild, referenced
from change_gate.schemas.texts import strings
from change_gate.schemas.validation import SchemaValidator, UnreadableSchema
from change_gate.schemas.values import FRESH, Generator

USUAL: Final = frozenset(string.ascii_letters + string.digits + '{}[]:,"-.')
MOST_WITNESSES: Final = 30
LARGEST_REDUCED: Final = 1_000_000
MOST_REDUCTIONS: Final = 400
MOST_LIFTED: Final = 300
MOST_DEFINITIONS: Final = 40
DEEPEST_CALLS: Final = 5_000
DIFFERENCE_SHARE: Final = (
    0.3  # of the time that is left, because a difference may hold patterns that take long
)


@dataclass(frozen=True)
class Found:
    """A confirmed witness."""

    value: Any


@dataclass
class Question:
    """The schemas of one search as self-contained documents.

    `sources` must all accept a witness; the first is the source as it is, and others restrict it. `location` and
    `definitions` are the source for generating values.
    """

    sources: list[Schema]
    target: Schema
    location: Location
    definitions: Definitions
    rules: Rules
    gaps: list[Gap]
    deadline: float
    with_difference: bool = True
    tried: list[str] = field(default_factory=list)


def is_small(document: Schema) -> bool:
    """Return True if the algebra can work on a whole document in a short time."""
    return isinstance(document, bool) or len(document.get("$defs", ())) <= MOST_DEFINITIONS


class Search:
    """One search for a witness."""

    def __init__(self, question: Question) -> None:
        """Prepare the validators; raises UnreadableSchema for a schema that they cannot read."""
        self.question = question
        self.senders = [SchemaValidator(document) for document in question.sources]
        self.reader = SchemaValidator(question.target)
        self.hints = Hints()
        if question.with_difference:
            for document in (*question.sources, question.target):
                self.hints.collect(document)
        for gap in question.gaps:
            self.hints.collect({"allOf": [*gap.source, *gap.target]})

    def run(self) -> Found | None:
        """Return the smallest witness of the first kind of candidates that holds one."""
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, DEEPEST_CALLS))  # for a witness that is nested deeply
        try:
            return self._run()
        finally:
            sys.setrecursionlimit(limit)

    def _run(self) -> Found | None:
        question = self.question
        for kind, candidates in self._candidates():
            if time.process_time() > question.deadline:
                question.tried.append("the time limit was reached")
                return None
            found = self._select(candidates)
            if found is not None:
                return found
            question.tried.append(kind)
        return None

    def _candidates(self) -> Iterator[tuple[str, Iterable[Any]]]:
        question = self.question
        if not question.with_difference:
            yield "the schemas of inner values", self._from_gaps()
            yield "constants, bounds, lengths and names of both schemas", self._from_source()
            return
        difference = algebra.subtract(question.sources[-1], question.target)
        if difference is not None:
            yield "the difference of the schemas", self._from_document(algebra.to_document(difference))
        yield "constants, bounds, lengths and names of both schemas", self._from_source()
        yield "the schemas of inner values", self._from_gaps()
        if difference is not None:
            yield "random values of the difference", self._at_random(difference)

    def holds(self, value: Any) -> bool:
        """Return True if the faster validator takes the value for a witness."""
        return not self.reader.is_valid(value) and all(sender.is_valid(value) for sender in self.senders)

    def is_confirmed(self, value: Any) -> bool:
        """Return True if both validators take the value for a witness.

        The restrictions of the source follow from this package's convention, so that one validator is enough. The
        other one would need a time that doubles with each level of the value.
        """
        first, *others = self.senders
        return (
            self.reader.refuses(value)
            and first.accepts(value)
            and all(sender.is_valid(value) for sender in others)
        )

    def _select(self, candidates: Iterable[Any]) -> Found | None:
        witnesses: list[Any] = []
        for value in candidates:
            if self.holds(value):
                witnesses.append(value)
            if len(witnesses) >= MOST_WITNESSES or time.process_time() > self.question.deadline:
                break
        for value in sorted(witnesses, key=size):
            if self.is_confirmed(value):
                return Found(self._reduce(value))
        return None

    def _reduce(self, value: Any) -> Any:
        """Return a smaller witness that is confirmed as well."""
        if size(value)[0] > LARGEST_REDUCED:
            return value
        steps, best = 0, value
        improved = True
        while improved:
            improved = False
            for simpler in simplifications(best):
                steps += 1
                if steps > MOST_REDUCTIONS or time.process_time() > self.question.deadline:
                    return best
                if size(simpler) < size(best) and self.holds(simpler) and self.is_confirmed(simpler):
                    best, improved = simpler, True
                    break
        return best

    def _from_document(self, document: Schema) -> Iterator[Any]:
        definitions = Definitions(document.get("$defs", {}) if isinstance(document, dict) else {})
        now = time.process_time()
        share = now + (self.question.deadline - now) * DIFFERENCE_SHARE
        yield from Generator(definitions, self.hints, share).values((document,))

    def _from_source(self) -> Iterator[Any]:
        generator = Generator(self.question.definitions, self.hints, self.question.deadline)
        yield from generator.values(self.question.location)

    def _at_random(self, difference: algebra.Canonical) -> Iterator[Any]:
        yield from random_values.find(difference, self.holds, self.question.deadline)

    def _from_gaps(self) -> Iterator[Any]:
        """Yield values whose inside is a witness for a pair of inner schemas."""
        question = self.question
        generator = Generator(question.definitions, self.hints, question.deadline)
        for gap in question.gaps:
            found = self._refused(gap, self._inner(gap, generator))
            for inner in itertools.islice(found, MOST_LIFTED):
                yield from lift(inner, gap.path, question.location, generator)

    def _refused(self, gap: Gap, values: Iterable[Any]) -> Iterator[Any]:
        """Yield the values that the gap's own schemas take for a witness."""
        rules = self.question.rules
        try:
            sender = SchemaValidator(with_definitions({"allOf": list(gap.source)}, rules.source))
            reader = SchemaValidator(with_definitions({"allOf": list(gap.target)}, rules.target))
        except UnreadableSchema:
            yield from values
            return
        yield from (value for value in values if sender.is_valid(value) and not reader.is_valid(value))

    def _inner(self, gap: Gap, generator: Generator) -> Iterator[Any]:
        """Yield values of the inner source, those of the difference first where the algebra knows it."""
        difference = self.question.rules.difference(gap.source, gap.target)
        if difference is not None:
            yield from self._from_document(algebra.to_document(difference))
        yield from generator.values(gap.source)
        yield from self._suspects(gap, generator)

    def _suspects(self, gap: Gap, generator: Generator) -> Iterator[Any]:
        """Yield values of single branches of `oneOf`, and values that two of them have in common."""
        rules = self.question.rules
        sent, read = (gap.source, rules.source), (gap.target, rules.target)
        for own, *changed in exclusive.suspects(sent, read, rules.is_same):
            parts = rules.target.parts(tuple(changed))
            yield from generator.values((own, *(_readable(part, rules.source) for part in parts)))


def _readable(part: Schema, definitions: Definitions) -> Schema:
    """Forbid the members and elements of a foreign schema that refer to unknown definitions."""
    if isinstance(part, bool):
        return part
    names = definitions.definitions.keys()

    def known(_keyword: str, schema: Schema) -> Schema:
        return referenced(schema) <= names and schema

    return rebuild(part, known, known)


def lift(value: Any, path: tuple[str | int, ...], location: Location, generator: Generator) -> Iterator[Any]:
    """Yield values of a location that hold the given value at the end of a path."""
    if not path:
        yield value
        return
    step, *rest = path
    for parts in cases(location, generator.definitions):
        facts = merge(parts)
        if isinstance(step, int):
            for inner in lift(value, tuple(rest), locations.element(parts, step), generator):
                yield [*_elements(parts, step, generator), inner]
            continue
        base: dict[str, Any] = {}
        for name in sorted(facts.required - {step}):
            options = generator.values(locations.child(parts, name), 1)
            if options:
                base[name] = options[0]
        for name in _names(step, parts, base):
            for inner in lift(value, tuple(rest), locations.child(parts, name), generator):
                yield {**base, name: inner}


def _elements(parts: Location, count: int, generator: Generator) -> list[Any]:
    return [
        value for index in range(count) for value in generator.values(locations.element(parts, index), 1)[:1]
    ]


def _names(step: str, parts: Location, base: dict[str, Any]) -> list[str]:
    if step != "*":
        return [step]
    patterns = [
        pattern for part in parts if isinstance(part, dict) for pattern in part.get("patternProperties", ())
    ]
    return [*FRESH[:1], *(text for pattern in patterns for text in strings([pattern], [], 0, None)), *base]


def size(value: Any) -> tuple[int, int, str]:
    """Return a sort key: the length of the value as JSON, the number of unusual characters, and the text."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return len(text), sum(1 for character in text if character not in USUAL), text


def simplifications(value: Any) -> Iterator[Any]:
    """Yield values that are a step simpler, of the same type."""
    if isinstance(value, dict):
        for name in value:
            yield {key: item for key, item in value.items() if key != name}
        for name, item in value.items():
            for simpler in simplifications(item):
                yield {**value, name: simpler}
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, item in enumerate(value):
            for simpler in simplifications(item):
                yield [*value[:index], simpler, *value[index + 1 :]]
    elif isinstance(value, str):
        yield from dict.fromkeys(("", "a", "0", value[: len(value) // 2], value[:-1], "a" * len(value)))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from (candidate for candidate in (0, 1, int(value), value // 2) if candidate != value)
