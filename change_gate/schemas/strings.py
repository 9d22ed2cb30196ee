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

from change_gate.schemas.automata import Unknown
from change_gate.schemas.languages import has_string
from change_gate.schemas.locations import matches
from change_gate.schemas.schema import Schema, rebuild, subschemas

MOST_SECONDS: Final = 1.0
# Keywords that may refuse a value because a schema inside them allows more.
REVERSING: Final = frozenset(
    ["not", "if", "oneOf", "maxContains", "unevaluatedProperties", "unevaluatedItems"]
)
UUID: Final = "^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$"
OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4: Final = rf"^(?:{OCTET}\.){{3}}{OCTET}$"
MONTH: Final = "(?:0[1-9]|1[0-2])"
# A pattern that every value of the format matches.
FORMAT_PATTERNS: Final = {
    "uuid": UUID,
    "date": rf"^\d{{4}}-{MONTH}-(?:0[1-9]|[12]\d|3[01])$",
    "date-time": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}",
    "email": "^.+@.+$",
    "idn-email": "^.+@.+$",
    "ipv4": IPV4,
    "ipv6": "^[0-9A-Fa-f:.]+$",
    "hostname": "^[A-Za-z0-9.-]{1,253}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]*$",
    "iri": r"^[A-Za-z][A-Za-z0-9+.-]*:",
}
# A pattern whose every match is a value of the format.
PATTERN_FORMATS: Final = {
    "uuid": UUID,
    "date": rf"^(?!0000)\d{{4}}-{MONTH}-(?:0[1-9]|1\d|2[0-8])$",
    "ipv4": IPV4,
    "hostname": "^(?=.{1,63}$)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$",
    "uri-reference": "^[A-Za-z0-9._~-]*$",
    "iri-reference": "^[A-Za-z0-9._~-]*$",
    "uri-template": "^[A-Za-z0-9._~:/-]*$",
    "regex": "^[A-Za-z0-9 _:/-]*$",
    "uri": "^https?://[a-z0-9]{1,63}(?:[.][a-z0-9]{1,63})*(?:/[A-Za-z0-9._~-]*)*$",
    "iri": "^https?://[a-z0-9]{1,63}(?:[.][a-z0-9]{1,63})*(?:/[A-Za-z0-9._~-]*)*$",
    "email": "^[A-Za-z0-9]{1,64}@[A-Za-z0-9]{1,63}(?:[.][A-Za-z]{1,63}){1,2}$",
}
PLAIN_TEXT: Final = ("regex", "uri-template")
REFERENCES: Final = ("uri-reference", "iri-reference", *PLAIN_TEXT)
# The formats that every value of a format has, too.
FORMAT_FORMATS: Final = {
    **dict.fromkeys(("uuid", "date", "ipv4", "duration"), ("hostname", *REFERENCES)),
    **dict.fromkeys(("date-time", "time", "ipv6"), PLAIN_TEXT),
    "hostname": REFERENCES,
    "email": ("idn-email",),
    "uri": ("uri-reference", "iri", "iri-reference"),
    "uri-reference": ("iri-reference",),
    "iri": ("iri-reference",),
}


@dataclass
class Facets:
    """The patterns, lengths and formats that occur in a schema."""

    patterns: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)  # keys of `patternProperties`
    all_names: set[str] = field(default_factory=set)  # patterns of `propertyNames`
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
            self.all_names.update(_name_pattern(current))
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
            [*implied(schema, wanted), *implied_members(schema, wanted), *implied_names(schema, wanted)]
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
    for name in FORMAT_FORMATS.get(schema.get("format", ""), ()):
        if name in wanted.formats:
            yield {"format": name}
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
        if further is False and len(own) == 1:
            # Every member that has no schema of its own matches the one pattern.
            yield {"patternProperties": {pattern: next(iter(own.values()))}}
        elif all(is_empty((pattern, name), (), 0, None) for name in own):
            yield {"patternProperties": {pattern: further}}


def implied_names(schema: dict[str, Any], wanted: Facets) -> Iterator[Schema]:
    """Yield what one schema implies about the names of all members."""
    own = set(_name_pattern(schema))
    for pattern in sorted(wanted.names) if own else ():
        if is_empty((*sorted(own), pattern), (), 0, None):
            yield {"patternProperties": {pattern: False}}
    if schema.get("additionalProperties") is not False:
        return
    for pattern in sorted(wanted.all_names - own):
        is_named = all(matches(pattern, name) for name in schema.get("properties", ()))
        if is_named and all(
            is_empty((name,), (pattern,), 0, None) for name in schema.get("patternProperties", ())
        ):
            yield {"propertyNames": {"pattern": pattern}}


def widen(source: Schema, target: Schema) -> Schema:
    """Return a source that allows more, in which a closed object's only pattern of names is a wider one of the target.

    A source with a keyword for which more allowed values inside mean fewer outside stays as it is.
    """
    wanted = Facets()
    wanted.collect(target)

    def visit(_keyword: str, schema: Schema) -> Schema:
        if isinstance(schema, bool):
            return schema
        result = rebuild(schema, visit, visit)
        own = list(schema.get("patternProperties", ()))
        if len(own) == 1 and schema.get("additionalProperties") is False:
            found = next((name for name in sorted(wanted.names) if _is_wider(name, own[0], schema)), own[0])
            result["patternProperties"] = {found: result["patternProperties"][own[0]]}
        return result

    if not wanted.names or isinstance(source, bool) or any(map(_has_reversal, _all(source))):
        return source
    result = visit("", source)
    assert isinstance(result, dict)
    if "$defs" in source:
        result["$defs"] = {name: visit("$defs", inner) for name, inner in source["$defs"].items()}
    return result


def _is_wider(pattern: str, own: str, schema: dict[str, Any]) -> bool:
    """Return True if a pattern matches all that another one matches, but no declared member beyond."""
    named = (name for name in schema.get("properties", ()) if matches(pattern, name) is not False)
    return (
        pattern != own and is_empty((own,), (pattern,), 0, None) and all(matches(own, name) for name in named)
    )


def _all(document: Schema) -> Iterator[Schema]:
    pending = [document]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(subschemas(current))
        pending.extend(current.get("$defs", {}).values() if isinstance(current, dict) else ())


def _has_reversal(schema: Schema) -> bool:
    return isinstance(schema, dict) and not REVERSING.isdisjoint(schema)


def _name_pattern(schema: dict[str, Any]) -> Iterator[str]:
    names = schema.get("propertyNames", True)
    if isinstance(names, dict) and "pattern" in names:
        yield names["pattern"]


@functools.lru_cache(maxsize=4096)
def is_empty(matching: tuple[str, ...], failing: tuple[str, ...], least: int, most: int | None) -> bool:
    """Return True if it is proved that no string matches and fails as asked."""
    try:
        return not has_string(matching, failing, least=least, most=most)
    except Unknown:
        return False
