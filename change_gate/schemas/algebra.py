"""The schema algebra of jsonschema-rs. No other module uses it directly, because its interface may still change.

Every function returns None for "unknown" if the library refuses an operand, a result or a schema.
"""

from __future__ import annotations

from typing import Final

import jsonschema_rs
from jsonschema_rs import canonical

from change_gate.schemas.schema import Schema, has_at_most
from change_gate.schemas.validation import REGEX_OPTIONS

DRAFT: Final = 20
MOST_SUBTRACTED: Final = 1000  # schemas, with all subschemas and definitions
# `ValueError` is the base of CanonicalizationError and of ValidationError.
REFUSED: Final = (ValueError, jsonschema_rs.ReferencingError, RecursionError, OverflowError)

Canonical = jsonschema_rs.CanonicalSchema


def canonicalize(document: Schema) -> Canonical | None:
    """Return the canonical form of a self-contained schema, or None."""
    try:
        return jsonschema_rs.canonicalize(
            document, draft=DRAFT, validate_formats=True, pattern_options=REGEX_OPTIONS, offline=True
        )
    except REFUSED:
        return None


def is_equal(first: Schema, second: Schema) -> bool:
    """Return True if both schemas have the same canonical form."""
    left, right = canonicalize(first), canonicalize(second)
    return left is not None and right is not None and bool(left == right) and not _is_raw(left)


def _is_raw(schema: Canonical) -> bool:
    return schema.kind is canonical.CanonicalKind.RAW


def covers(target: Schema, source: Schema) -> bool | None:
    """Return True if the target allows every value of the source, False if not, None if unknown."""
    left, right = canonicalize(source), canonicalize(target)
    if left is None or right is None:
        return None
    try:
        answer = right.covers(left)
    except REFUSED:
        return None
    if answer is canonical.Containment.YES:
        return True
    return False if answer is canonical.Containment.NO else None


def subtract(source: Schema, target: Schema) -> Canonical | None:
    """Return the canonical schema of the values that the source allows and the target refuses, or None.

    Large schemas are refused, because the library has no limit of time.
    """
    if not (has_at_most(source, MOST_SUBTRACTED) and has_at_most(target, MOST_SUBTRACTED)):
        return None
    left, right = canonicalize(source), canonicalize(target)
    if left is None or right is None:
        return None
    try:
        return left.subtract(right)
    except REFUSED:
        return None


def has_no_rest(source: Schema, target: Schema) -> bool:
    """Return True if no value is left of the source without the target."""
    difference = subtract(source, target)
    return difference is not None and difference.satisfiability() is canonical.Satisfiability.NO


def is_unsatisfiable(document: Schema) -> bool:
    """Return True if no value satisfies the schema."""
    schema = canonicalize(document)
    try:
        return schema is not None and schema.satisfiability() is canonical.Satisfiability.NO
    except REFUSED:
        return False


def are_disjoint(first: Schema, second: Schema) -> bool:
    """Return True if no value satisfies both schemas."""
    left, right = canonicalize(first), canonicalize(second)
    if left is None or right is None:
        return False
    try:
        return left.intersect(right).satisfiability() is canonical.Satisfiability.NO
    except REFUSED:
        return False


def contains(target: Canonical, source: Canonical) -> bool:
    """Return True if the target is proved to allow every value of the source."""
    try:
        return target.covers(source) is canonical.Containment.YES
    except REFUSED:
        return False


def intersection(first: Canonical, second: Canonical) -> Canonical | None:
    """Return the values that satisfy both schemas, or None."""
    try:
        return first.intersect(second)
    except REFUSED:
        return None


def has_no_common_value(first: Canonical, second: Canonical) -> bool:
    """Return True if it is proved that no value satisfies both schemas."""
    common = intersection(first, second)
    return common is not None and is_empty(common)


def is_empty(schema: Canonical) -> bool:
    """Return True if no value satisfies the schema."""
    try:
        return schema.satisfiability() is canonical.Satisfiability.NO
    except REFUSED:
        return False


def to_document(schema: Canonical) -> Schema:
    """Return a canonical schema as plain JSON Schema."""
    document = schema.to_json_schema()
    return document if isinstance(document, (dict, bool)) else True
