"""A reader's schema without the keyword that refused a witness, to look for further breaks behind an accepted one."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence
from typing import Any, Final

from change_gate.schemas.containment import Containment
from change_gate.schemas.schema import JsonSchema, Schema

CLOSED: Final = ("additionalProperties", "unevaluatedProperties")

Edit = Callable[[dict[str, Any]], dict[str, Any]]


def without(target: JsonSchema, found: Containment) -> JsonSchema | None:
    """Return a schema that allows more than the target: the keyword that a break names no longer refuses its witness.

    Return None if the keyword is not found, as where an annotation of OpenAPI became a keyword.
    """
    *way, keyword = _tokens(found.pointer) or [""]
    if not keyword:
        return None

    def edit(schema: dict[str, Any]) -> dict[str, Any]:
        return _edited(schema, keyword, found)

    if not found.reference:
        root = _at(target.root, way, keyword, edit)
        return None if root is None else JsonSchema(root, target.definitions, target.references)
    changed: dict[str, Schema] = {}
    for name, reference in target.references.items():
        if reference == found.reference:
            schema = _at(target.definitions[name], way, keyword, edit)
            if schema is not None:
                changed[name] = schema
    if not changed:
        return None
    return JsonSchema(target.root, ChainMap(changed, target.definitions), target.references)  # type: ignore[arg-type]


def key(found: Containment) -> tuple[str, ...]:
    """Return the same key for breaks that leave the same schema without them."""
    member = _tokens(found.member)
    keyword = found.pointer.rpartition("/")[2]
    if keyword in CLOSED:
        return found.reference, found.pointer, *member[-1:]
    owner = _value(found.witness, member) if keyword == "required" else None
    return found.reference, found.pointer, *(sorted(owner) if isinstance(owner, dict) else ())


def _at(schema: Any, way: Sequence[str], keyword: str, edit: Edit) -> Any:
    """Return a copy of a schema with the one at the end of the way edited, or None if it has no such keyword."""
    if not way:
        return edit(schema) if isinstance(schema, dict) and keyword in schema else None
    step, rest = way[0], way[1:]
    if isinstance(schema, list) and step.isdigit() and int(step) < len(schema):
        inner = _at(schema[int(step)], rest, keyword, edit)
        return None if inner is None else [*schema[: int(step)], inner, *schema[int(step) + 1 :]]
    if isinstance(schema, dict) and step in schema:
        inner = _at(schema[step], rest, keyword, edit)
        return None if inner is None else {**schema, step: inner}
    return None


def _edited(schema: dict[str, Any], keyword: str, found: Containment) -> dict[str, Any]:
    """Allow the one member of a closed object, no longer require the missing members, or drop the keyword."""
    member = _tokens(found.member)
    if keyword in CLOSED and member:
        return {**schema, "properties": {**schema.get("properties", {}), member[-1]: True}}
    rest = {name: value for name, value in schema.items() if name != keyword}
    owner = _value(found.witness, member)
    if keyword == "required" and isinstance(owner, dict):
        return {**rest, "required": [name for name in schema["required"] if name in owner]}
    return rest


def _value(value: Any, tokens: Sequence[str]) -> Any:
    for token in tokens:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


def _tokens(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
