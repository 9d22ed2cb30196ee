"""Readings: the values that a text on the wire may be read as, such as `1` as a number or as a string."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from change_gate.comparison.serialisation import scalar_text
from change_gate.schemas import locations
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.loosening import with_definitions
from change_gate.schemas.schema import JsonSchema, Schema
from change_gate.schemas.validation import SchemaValidator, UnreadableSchema

MAX_READINGS: Final = 256
MAX_DIGITS: Final = 1000
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
# Keywords of lists and objects that hold for all readings of their members, or for none.
_OF_ALL_READINGS: Final[tuple[str, ...]] = (
    "type",
    "required",
    "dependentRequired",
    "minProperties",
    "maxProperties",
    "minItems",
    "maxItems",
)


def readings(value: Any) -> Iterator[Any]:
    """Yield the values that the text of a value may be read as.

    Of a list or an object, the reading whose members are all text comes first. If there are too many readings, the
    value itself is the only further one.
    """
    if not isinstance(value, (list, dict)):
        yield value
        yield from _of_scalar(value)
        return
    members = value if isinstance(value, list) else list(value.values())
    if count(value) > MAX_READINGS:
        combinations: Iterator[tuple[Any, ...]] = iter([tuple(map(_as_text, members)), tuple(members)])
    else:
        combinations = itertools.chain(
            [tuple(map(_as_text, members))],
            itertools.product(*(list(readings(member)) for member in members)),
        )
    for combination in combinations:
        yield list(combination) if isinstance(value, list) else dict(zip(value, combination, strict=True))


def _of_scalar(value: Any) -> Iterator[Any]:
    text = scalar_text(value)
    if text is None:
        return
    if not isinstance(value, str):
        yield text
    elif _INTEGER.fullmatch(text) and len(text) < MAX_DIGITS:
        yield int(text)
    elif _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        yield float(text)
    elif text in ("true", "false"):
        yield text == "true"


def _as_text(value: Any) -> Any:
    """Return the reading of a value in which all scalars are text."""
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    text = scalar_text(value)
    return value if text is None else text


def count(value: Any) -> int:
    """Return the number of readings of a value."""
    if isinstance(value, (list, dict)):
        return math.prod(map(count, value if isinstance(value, list) else value.values()))
    return 1 + sum(1 for _ in _of_scalar(value))


def is_read(value: Any, target: JsonSchema) -> bool:
    """Return True if the target may allow a reading of the value's text. False is certain.

    Null has no text, so it is always read. A value with too many readings is refused only if one of its members is, or
    if it is refused whatever its members are.
    """
    return value is None or _Reader(target).reads(value, (target.root,))


class _Reader:
    """The reader's schemas, with a validator for each location that was met."""

    def __init__(self, target: JsonSchema) -> None:
        self._definitions = Definitions(target.definitions)
        self._validators: dict[tuple[int, ...], SchemaValidator | None] = {}
        self._kept: list[Location] = []  # known by identity, so they must live on

    def reads(self, value: Any, location: Location) -> bool:
        """Return False if a location refuses each reading of a value."""
        parts = self._definitions.parts(location)
        if not parts:
            return True
        if count(value) <= MAX_READINGS:
            validator = self._validator(location, location)
            return validator is not None and any(map(validator.is_valid, readings(value)))
        outer = self._validator(location, tuple(map(_outer, parts)), is_outer=True)
        if outer is None or not outer.is_valid(value):
            return False
        if isinstance(value, list):
            return all(self.reads(item, locations.element(parts, index)) for index, item in enumerate(value))
        return all(self.reads(item, locations.child(parts, name)) for name, item in value.items())

    def _validator(
        self, location: Location, schemas: Location, *, is_outer: bool = False
    ) -> SchemaValidator | None:
        """Return a validator, or None for schemas that cannot be read, which allow nothing."""
        key = (int(is_outer), *map(id, location))
        if key not in self._validators:
            self._kept.append(location)
            try:
                document = with_definitions({"allOf": list(schemas)}, self._definitions)
                self._validators[key] = SchemaValidator(document)
            except UnreadableSchema:
                self._validators[key] = None
        return self._validators[key]


def _outer(part: Schema) -> Schema:
    """Return what a schema says about a list or an object, but not about what its members are."""
    if isinstance(part, bool):
        return part
    return {keyword: part[keyword] for keyword in _OF_ALL_READINGS if keyword in part}
