"""Facts about strings that the schema algebra does not know: patterns, lengths, formats and member names.

If every string of a schema matches a pattern, the pattern may be written beside it without changing its meaning. The
algebra then finds the target's own pattern in the source.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from change_gate.schemas.languages import Unknown, find_string
from change_gate.schemas.locations import matches
from change_gate.schemas.schema import Schema, rebuild, subschemas

MOST_SECONDS: Final = 1.0
UUID: Final = "^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$"
# A pattern that every value of the format matches.
FORMAT_PATTERNS: Final = {
    "uuid": UUID,
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "date-time": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}",
    "email": "@",
    "idn-email": "@",
    "ipv4": r"^(?:\d{1,3}\.){3}\d{1,3}$",
}
# A pattern whose every match is a value of the format.
PATTERN_FORMATS: Final = {"uuid": UUID}


@dataclass
class Facets:
    """The patterns, lengths and formats that occur in a schema."""

    patterns: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)  # patterns of member names
    members: set[str] = field(default_factory=set)
    shortest: set[int] = field(default_factory=set)
    longest: set[int] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)

    def collect(self, schema: Schema) -> None:
        """Add the facets of a self-contained schema."""
        pending = [schema]
        while pending:
            current = pending.pop()
            if isinstance(current, bool):
                continue
            for keyword, values in (
                ("pattern", self.patterns),
                ("minLength", self.shortest),
                ("maxLength", self.longest),
                ("format", self.formats),
            ):
                if keyword in current:
                    values.add(current[keyword])
            self.names.update(current.get("patternProperties", ()))
            self.members.update(current.get("properties", ()))
            pending.extend(subschemas(current))
            pending.extend(current.get("$defs", {}).values())


def strengthen(source: Schema, target: Schema) -> Schema:
    """Return the source with those facets of the target that its strings have anyway."""
    wanted = Facets()
    wanted.collect(target)
    deadline = time.process_time() + MOST_SECONDS

    def visit(_keyword: str, schema: Schema) -> Schema:
        if isinstance(schema, bool):
            return schema
        result = rebuild(schema, visit, visit)
        if "$defs" in schema:
            result["$defs"] = {name: visit("$defs", inner) for name, inner in schema["$defs"].items()}
        facts = (
            [*implied(schema, wanted), *implied_members(schema, wanted)]
            if time.process_time() < deadline
            else []
        )
        if facts:
            result["allOf"] = [*result.get("allOf", ()), *facts]
        return result

    return visit("", source)


def implied(schema: dict[str, Any], wanted: Facets) -> Iterator[Schema]:  # noqa: PLR0912 - one branch a facet
    """Yield the wanted facets that the facets of one schema imply."""
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    own = {schema["pattern"]} if "pattern" in schema else set()
    if schema.get("format") in FORMAT_PATTERNS:
        own.add(FORMAT_PATTERNS[schema["format"]])
    if not own and "minLength" not in schema and most is None:
        return
    matching = tuple(sorted(own))
    if own and is_empty(matching, (), least, most):
        yield {"not": {"type": "string"}}
        return
    for pattern in sorted(wanted.patterns - own):
        if is_empty(matching, (pattern,), least, most):
            yield {"pattern": pattern}
        elif is_empty((*matching, pattern), (), least, most):
            yield {"not": {"type": "string", "pattern": pattern}}
    if not own:
        return
    for length in sorted(wanted.shortest):
        if length > least and is_empty(matching, (), least, length - 1):
            yield {"minLength": length}
    for length in sorted(wanted.longest):
        if (most is None or length < most) and is_empty(matching, (), length + 1, most):
            yield {"maxLength": length}
    for name in sorted(wanted.formats & PATTERN_FORMATS.keys()):
        if is_empty(matching, (PATTERN_FORMATS[name],), least, most):
            yield {"format": name}


def implied_members(schema: dict[str, Any], wanted: Facets) -> Iterator[Schema]:
    """Yield schemas of wanted members, and of sets of members, that one schema describes by a wider set."""
    own = schema.get("patternProperties", {})
    further = schema.get("additionalProperties", True)
    if further is not True:
        named = wanted.members - schema.get("properties", {}).keys()
        unmatched = [name for name in sorted(named) if not any(matches(p, name) is not False for p in own)]
        if unmatched:
            yield {"properties": dict.fromkeys(unmatched, further)}
    for pattern in sorted(wanted.names - own.keys()):
        for wider, inner in own.items():
            if is_empty((pattern,), (wider,), 0, None):
                yield {"patternProperties": {pattern: inner}}
        if further is True or any(
            matches(pattern, name) is not False for name in schema.get("properties", ())
        ):
            continue
        if all(is_empty((pattern, name), (), 0, None) for name in own):
            yield {"patternProperties": {pattern: further}}


@functools.lru_cache(maxsize=4096)
def is_empty(matching: tuple[str, ...], failing: tuple[str, ...], least: int, most: int | None) -> bool:
    """Return True if it is proved that no string matches and fails as asked."""
    try:
        return find_string(matching, failing, least=least, most=most) is None
    except Unknown:
        return False
