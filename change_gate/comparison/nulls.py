"""Schemas without null. Null has no text, so a sender never puts it into a parameter, a header or a form field."""

from __future__ import annotations

from typing import Any, Final

from change_gate.schemas.schema import DEFINITIONS, JsonSchema, Schema

MAX_DEPTH: Final = 20
_ALTERNATIVES: Final = ("anyOf", "oneOf")
_MEMBERS: Final = ("items", "additionalProperties")


def dereferenced(schema: JsonSchema) -> Schema:
    """Return the root of a schema, with a chain of bare references followed."""
    root = schema.root
    seen = set()
    while isinstance(root, dict) and set(root) == {"$ref"} and root["$ref"] not in seen:
        seen.add(root["$ref"])
        root = schema.definitions[root["$ref"].removeprefix(DEFINITIONS)]
    return root


def without_null(schema: JsonSchema) -> JsonSchema:
    """Return a schema that forbids null wherever its keywords allow that without another effect."""
    root = dereferenced(schema)
    stripped = _strip(root, 0)
    return schema if stripped == root else JsonSchema(stripped, schema.definitions, schema.references)


def _strip(root: Schema, depth: int) -> Schema:
    """Return the schema without null. A schema of nothing but null stays as it is."""
    if isinstance(root, bool) or depth > MAX_DEPTH:
        return root
    result: dict[str, Any] = dict(root)
    if isinstance(root.get("type"), list):
        result["type"] = [kind for kind in root["type"] if kind != "null"] or root["type"]
    if "enum" in root:
        result["enum"] = [value for value in root["enum"] if value is not None] or root["enum"]
    for keyword in _ALTERNATIVES:
        if keyword in root:
            branches = [_strip(branch, depth + 1) for branch in root[keyword] if not _is_null(branch)]
            result[keyword] = branches or root[keyword]
    for keyword in _MEMBERS:
        if keyword in root:
            result[keyword] = _strip(root[keyword], depth + 1)
    if "properties" in root:
        result["properties"] = {
            name: _strip(member, depth + 1) for name, member in root["properties"].items()
        }
    return result


def _is_null(schema: Schema) -> bool:
    """Return True if null is the only value of a schema."""
    return isinstance(schema, dict) and (
        schema.get("type") in ("null", ["null"])
        or schema.get("enum") == [None]
        or schema.get("const", 0) is None
    )
