"""Empty lists and objects that leave no trace in a request.

An exploded list becomes one parameter for each item, and an exploded object one for each member. An empty one therefore
becomes no parameter, and its request is the same as one without it. A witness needs a value that is sent.
"""

from __future__ import annotations

from typing import Any, Final

from change_gate.comparison.nulls import dereferenced
from change_gate.comparison.samples import is_valid, sample
from change_gate.comparison.serialisation import Encoding
from change_gate.schemas.schema import JsonSchema, Schema

MAX_DEPTH: Final = 20
_REPEATED: Final = ("form", "spaceDelimited", "pipeDelimited")
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")


def omits_empty(encoding: Encoding) -> bool:
    """Return True if an empty list or object becomes no text at all."""
    return encoding.style == "deepObject" or is_repeated(encoding)


def is_repeated(encoding: Encoding) -> bool:
    """Return True if a list becomes one parameter for each item."""
    return encoding.explode and encoding.style in _REPEATED


def without_empty(schema: JsonSchema, *, items: int = 1) -> JsonSchema:
    """Return a schema without empty objects, and without lists that have fewer items."""
    root = _without_empty(dereferenced(schema), schema, items, 0)
    return JsonSchema(root, schema.definitions, schema.references)


def _without_empty(root: Schema, whole: JsonSchema, items: int, depth: int) -> Schema:
    """Return the schema with both limits, which also stand in its branches, so that a sample of one obeys them."""
    if isinstance(root, bool) or depth > MAX_DEPTH:
        return root
    result: dict[str, Any] = dict(root)
    for keyword in _BRANCHES:
        if keyword in root:
            branches = (
                dereferenced(JsonSchema(branch, whole.definitions, whole.references))
                for branch in root[keyword]
            )
            result[keyword] = [_without_empty(branch, whole, items, depth + 1) for branch in branches]
    result["minItems"] = max(items, root.get("minItems", 0))
    result["minProperties"] = max(1, root.get("minProperties", 0))
    return result


def sample_sent(schema: JsonSchema, encoding: Encoding) -> Any:
    """Return a sample that an encoding shows, or any sample if the schema allows no such value."""
    value = sample(schema)
    if value not in ([], {}) or not omits_empty(encoding):
        return value
    longer = without_empty(schema)
    root = dereferenced(longer)
    names = root.get("properties", {}) if isinstance(root, dict) else {}
    objects = ({name: _member(longer, name)} for name in (*names, "a"))
    candidates = (sample(longer), *objects)
    return next((candidate for candidate in candidates if is_valid(candidate, longer)), value)


def _member(schema: JsonSchema, name: str) -> Any:
    """Return a sample of a member that an object schema may have."""
    root = dereferenced(schema)
    members = root if isinstance(root, dict) else {}
    member = members.get("properties", {}).get(name, members.get("additionalProperties", True))
    return sample(JsonSchema(member, schema.definitions, schema.references))
