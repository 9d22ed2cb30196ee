"""Witnesses of definitions, lifted into values of all schemas that lead to these definitions.

A break inside a shared definition concerns every schema that refers to it. It is searched for once. Afterwards each
schema on the way gets a value that holds the known witness, and validators confirm the result.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from change_gate.schemas import locations
from change_gate.schemas.explain import Refusal, pointer
from change_gate.schemas.hints import Hints
from change_gate.schemas.locations import Definitions
from change_gate.schemas.schema import DEFINITIONS, IN_PLACE_LISTS, JsonSchema, Schema
from change_gate.schemas.validation import SchemaValidator
from change_gate.schemas.values import Generator
from change_gate.schemas.witness import lift

MOST_TRIED: Final = 12
# The second validator takes a time that grows fast with the depth. It has confirmed the innermost value already.
DEEPEST_CONFIRMED: Final = 16

Step = str | int


@dataclass(frozen=True)
class Lifted:
    """A witness of one definition, with the reason why the target refuses it. `depth` counts the definitions."""

    value: Any
    refusal: Refusal
    depth: int = 0


class Roots:
    """One validator for all definitions of a document, so that they are compiled once."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions
        self._validator: SchemaValidator | None = None
        self._count = 0

    def of(self, name: str) -> SchemaValidator:
        """Return the validator, which knows the definition."""
        if self._validator is None or (self._count != len(self._definitions)):
            self._count = len(self._definitions)
            members = {key: {"$ref": DEFINITIONS + key} for key in self._definitions}
            document: Schema = {"properties": members, "$defs": dict(self._definitions)}
            self._validator = SchemaValidator(document)
        assert name in self._definitions
        return self._validator


class Lifter:
    """The known witnesses of one pair of documents."""

    def __init__(self, source: Mapping[str, Schema], target: Mapping[str, Schema]) -> None:
        self._source = source
        self._target = target
        self._senders = Roots(source)
        self._readers = Roots(target)
        self._known: dict[str, Lifted] = {}
        self._edges: dict[str, dict[str, tuple[Step, ...]]] = {}

    def learn(self, witness: Any, refusal: Refusal, source: JsonSchema, target: JsonSchema) -> bool:
        """Remember the innermost definition that a new witness breaks.

        Return False if the witness does not break the definition that the refusal names.
        """
        names = [name for name, reference in source.references.items() if reference == refusal.reference]
        steps = [token.replace("~1", "/").replace("~0", "~") for token in refusal.member.split("/")[1:]]
        for name in names:
            if name in self._known:
                return True
            if target.references.get(name) != refusal.reference:
                continue
            for count in range(len(steps), -1, -1):
                inner = _at(witness, steps[:count])
                if _is_confirmed(self._senders.of(name), self._readers.of(name), {name: inner}, 0):
                    self._known[name] = Lifted(inner, replace(refusal, member=pointer(steps[count:])))
                    return True
        return not names

    def lift(self, source: JsonSchema, target: JsonSchema, absent: frozenset[str]) -> Lifted | None:
        """Return a witness made from a known one, with none of the members that are `absent`."""
        if not self._known:
            return None
        generator = Generator(Definitions(self._source), Hints(), float("inf"))
        name = _reference(source.root)
        if name is not None and name == _reference(target.root):
            return self._definition(name, generator, absent)
        validators: list[SchemaValidator] = []

        def is_confirmed(value: Any, depth: int) -> bool:
            if not validators:
                validators.extend(SchemaValidator(side.document()) for side in (source, target))
            return _is_confirmed(validators[0], validators[1], value, depth)

        for inner, steps in _edges(source.root, ()):
            found = self._definition(inner, generator, absent)
            lifted = found and _outer(source.root, steps, found, generator, absent, is_confirmed)
            if lifted:
                return lifted
        return None

    def _definition(self, name: str, generator: Generator, absent: frozenset[str]) -> Lifted | None:
        """Return a witness of a definition, and remember those of all definitions on the way."""
        path = self._path(name)
        if path is None:
            return None
        lifted = self._known[path[-1]]
        for outer, inner in reversed(list(itertools.pairwise(path))):

            def is_confirmed(value: Any, depth: int, name: str = outer) -> bool:
                senders, readers = self._senders.of(name), self._readers.of(name)
                return _is_confirmed(senders, readers, {name: value}, depth)

            steps = self._edges[outer][inner]
            found = _outer(self._source[outer], steps, lifted, generator, absent, is_confirmed)
            if found is None:
                return None
            lifted = self._known[outer] = found
        return None if _has_member(lifted.value, absent) else lifted

    def _path(self, name: str) -> list[str] | None:
        """Return the names of the definitions on a shortest way to one with a known witness."""
        before: dict[str, str] = {name: ""}
        pending = deque([name])
        while pending:
            current = pending.popleft()
            if current in self._known:
                path = [current]
                while before[path[-1]]:
                    path.append(before[path[-1]])
                return path[::-1]
            if current not in self._edges:
                self._edges[current] = dict(reversed(list(_edges(self._source.get(current, True), ()))))
            for following in self._edges[current]:
                # A definition that the target lacks cannot be confirmed by itself.
                if following not in before and following in self._target:
                    before[following] = current
                    pending.append(following)
        return None


def _is_confirmed(sender: SchemaValidator, reader: SchemaValidator, value: Any, depth: int) -> bool:
    if not sender.is_valid(value) or reader.is_valid(value):
        return False
    return depth > DEEPEST_CONFIRMED or (sender.accepts(value) and reader.refuses(value))


def _outer(  # noqa: PLR0917 - all six describe one step
    schema: Schema,
    steps: Sequence[Step],
    inner: Lifted,
    generator: Generator,
    absent: frozenset[str],
    is_confirmed: Callable[[Any, int], bool],
) -> Lifted | None:
    """Return a witness of a schema that holds the inner one at the end of the steps."""
    for value in itertools.islice(lift(inner.value, tuple(steps), (schema,), generator), MOST_TRIED):
        way = _way(value, steps, inner.value)
        if way is None or _has_member(value, absent) or not is_confirmed(value, inner.depth + 1):
            continue
        refusal = replace(inner.refusal, member=pointer(way) + inner.refusal.member)
        return Lifted(value, refusal, inner.depth + 1)
    return None


def _reference(schema: Schema) -> str | None:
    if isinstance(schema, dict) and schema.keys() == {"$ref"}:
        return str(schema["$ref"]).removeprefix(DEFINITIONS)
    return None


def _edges(schema: Schema, steps: tuple[Step, ...]) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Yield the definitions that a schema refers to, with the steps inside the value."""
    if isinstance(schema, bool):
        return
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(DEFINITIONS), steps
    for keyword in IN_PLACE_LISTS:
        for branch in schema.get(keyword, ()):
            yield from _edges(branch, steps)
    for name, member in schema.get("properties", {}).items():
        yield from _edges(member, (*steps, name))
    prefix = schema.get("prefixItems", ())
    for index, item in enumerate(prefix):
        yield from _edges(item, (*steps, index))
    yield from _edges(schema.get("items", True), (*steps, len(prefix)))
    if not locations.declared((schema,)):
        yield from _edges(schema.get("additionalProperties", True), (*steps, "*"))


def _at(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    return value


def _way(value: Any, steps: Sequence[Step], inner: Any) -> list[Step] | None:
    """Return the real steps that lead to the inner value, where a step may stand for any member."""
    way: list[Step] = []
    for step in steps:
        if isinstance(value, dict):
            last: Step = next(reversed(value))
            chosen = step if step in value else last
        else:
            chosen = len(value) - 1
        way.append(chosen)
        value = value[chosen]
    return way if value is inner else None


def _has_member(value: Any, names: frozenset[str]) -> bool:
    """Return True if an object anywhere inside a value has a member of one of the names."""
    pending = [value] if names else []
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            if not names.isdisjoint(current):
                return True
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
    return False
