"""The constraints of one location, merged from all its parts, as input for generating values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from change_gate.schemas import locations
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.schema import Schema, is_identical

MOST_CASES: Final = 24
UNBOUNDED: Final = float("inf")


@dataclass
class Facts:
    """Known facts about the values of one location, without branches."""

    parts: Location
    types: frozenset[str]
    constants: list[Any] | None = None
    least: float = -UNBOUNDED
    most: float = UNBOUNDED
    multiples: list[Fraction] = field(default_factory=list)
    shortest: int = 0
    longest: float = UNBOUNDED
    patterns: set[str] = field(default_factory=set)
    excluded_patterns: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)
    excluded_formats: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    fewest_members: int = 0
    most_members: float = UNBOUNDED
    names: list[Schema] = field(default_factory=list)
    fewest_items: int = 0
    most_items: float = UNBOUNDED
    unique: bool = False
    contains: list[tuple[Schema, int]] = field(default_factory=list)


# From keyword to the attribute it narrows, and how.
LOWER: Final = {"minLength": "shortest", "minProperties": "fewest_members", "minItems": "fewest_items"}
UPPER: Final = {"maxLength": "longest", "maxProperties": "most_members", "maxItems": "most_items"}


def merge(parts: Location) -> Facts:
    """Return the facts of the parts of a location."""
    facts = Facts(parts, locations.types(parts))
    for part in parts:
        if isinstance(part, dict):
            _add(facts, part)
            if isinstance(part.get("not"), dict):
                _exclude(facts, part["not"])
    return facts


def _add(facts: Facts, part: dict[str, Any]) -> None:
    for keyword, attribute in LOWER.items():
        if keyword in part:
            setattr(facts, attribute, max(getattr(facts, attribute), math.ceil(part[keyword])))
    for keyword, attribute in UPPER.items():
        if keyword in part:
            setattr(facts, attribute, min(getattr(facts, attribute), math.floor(part[keyword])))
    for keyword in ("minimum", "exclusiveMinimum"):
        facts.least = max(facts.least, part.get(keyword, -UNBOUNDED))
    for keyword in ("maximum", "exclusiveMaximum"):
        facts.most = min(facts.most, part.get(keyword, UNBOUNDED))
    if "multipleOf" in part:
        facts.multiples.append(Fraction(str(part["multipleOf"])))
    if "pattern" in part:
        facts.patterns.add(part["pattern"])
    if "format" in part:
        facts.formats.add(part["format"])
    constants = [part["const"]] if "const" in part else part.get("enum")
    if constants is not None:
        previous = facts.constants
        facts.constants = [
            value
            for value in constants
            if previous is None or any(is_identical(value, other) for other in previous)
        ]
    facts.required.update(part.get("required", ()))
    if "propertyNames" in part:
        facts.names.append(part["propertyNames"])
    facts.unique = facts.unique or part.get("uniqueItems") is True
    if "contains" in part:
        facts.contains.append((part["contains"], int(part.get("minContains", 1))))


def _exclude(facts: Facts, schema: dict[str, Any]) -> None:
    if "pattern" in schema:
        facts.excluded_patterns.add(schema["pattern"])
    if "format" in schema:
        facts.excluded_formats.add(schema["format"])
    if "type" in schema and not schema.keys() - {"type", "$schema"}:
        excluded = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
        facts.types = facts.types - excluded
    if len(schema.get("required", ())) == 1 and not schema.keys() - {"required", "type"}:
        facts.forbidden.update(schema["required"])


def cases(location: Location, definitions: Definitions) -> Iterator[Location]:
    """Yield the parts of a location once for each choice among its branches, within a limit."""
    pending, count = [definitions.parts(location)], 0
    while pending and count < MOST_CASES:
        parts = pending.pop(0)
        choices = _choices(parts, definitions)
        if choices is None:
            count += 1
            yield parts
        else:
            pending.extend(choices[: MOST_CASES - len(pending)])


def _choices(parts: Location, definitions: Definitions) -> list[Location] | None:
    """Replace the first branching keyword by each of its branches, or return None if there is none."""
    for index, part in enumerate(parts):
        if isinstance(part, bool):
            continue
        for keyword in locations.UNIONS:
            if keyword in part:
                left = _without(parts, index, (keyword,))
                return [definitions.parts((*left, branch)) for branch in part[keyword]]
        if "if" in part:
            left = _without(parts, index, ("if", "then", "else"))
            return [
                definitions.parts((*left, part["if"], part.get("then", True))),
                definitions.parts((*left, {"not": part["if"]}, part.get("else", True))),
            ]
        if "dependentSchemas" in part:
            left = _without(parts, index, ("dependentSchemas",))
            rules = part["dependentSchemas"].items()
            return [left, *(definitions.parts((*left, {"required": [name]}, rule)) for name, rule in rules)]
    return None


def _without(parts: Location, index: int, keywords: tuple[str, ...]) -> Location:
    part = parts[index]
    assert isinstance(part, dict)
    others = {name: value for name, value in part.items() if name not in keywords}
    return (*parts[:index], others, *parts[index + 1 :])
