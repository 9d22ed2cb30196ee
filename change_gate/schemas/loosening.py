"""Self-contained schemas without cycles, which allow every value of a location and more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from change_gate.schemas import locations
from change_gate.schemas.locations import Definitions, Location
from change_gate.schemas.schema import Schema, reachable, rebuild

CONDITIONALS: Final = ("if", "then", "else")
CONTAINS: Final = ("minContains", "maxContains")
MOST_AT_ONCE: Final = 8  # definitions
NEGATIVE: Final = ("not", "if", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems")


def is_large(*schemas: Schema) -> bool:
    """Return True if the algebra might need seconds for a schema."""
    return any(isinstance(schema, dict) and len(schema.get("$defs", ())) > MOST_AT_ONCE for schema in schemas)


def is_whole(part: Schema) -> bool:
    """Return False if the meaning of a part depends on the schemas beside it."""
    return isinstance(part, bool) or not any(keyword.startswith("unevaluated") for keyword in part)


def with_definitions(schema: dict[str, Any], definitions: Definitions) -> Schema:
    """Return a schema with the definitions that it refers to."""
    names = reachable(schema, definitions.definitions, definitions.edges)
    return {**schema, "$defs": {name: definitions.definitions[name] for name in names}} if names else schema


def loose(location: Location, definitions: Definitions) -> Schema:
    """Return a self-contained schema without cycles that allows every value of a location, and more."""
    parts = [loosened(part, definitions) for part in definitions.parts(location)]
    return with_definitions({"allOf": parts}, definitions)


def loosened(schema: Schema, definitions: Definitions) -> Schema:
    """Replace what leads to a cycle by something that allows more. What a part evaluates is not known any more."""
    if isinstance(schema, bool):
        return schema
    is_cyclic = definitions.is_cyclic
    kept = {keyword: value for keyword, value in schema.items() if not keyword.startswith("unevaluated")}
    for keyword, dependents in (
        ("not", ()),
        ("if", ("then", "else")),
        ("contains", CONTAINS),
        ("propertyNames", ()),
    ):
        if keyword in kept and is_cyclic(kept[keyword]):
            del kept[keyword]
        for dependent in dependents if keyword not in kept else ():
            kept.pop(dependent, None)

    def in_place(_keyword: str, inner: Schema) -> Schema:
        if not is_cyclic(inner):
            return inner
        return {"allOf": [_shallow(part, is_cyclic) for part in definitions.parts((inner,))]}

    result = rebuild(kept, in_place, lambda _, inner: True if is_cyclic(inner) else inner)
    if "oneOf" in kept and any(map(is_cyclic, kept["oneOf"])):
        # A branch that allows more may overlap another, so that exactly one becomes at least one.
        result["allOf"] = [{"anyOf": result.pop("oneOf")}]
    return result


def _shallow(schema: Schema, is_cyclic: Callable[[Schema], bool]) -> Schema:
    """Keep of a branch only the keywords that do not lead to a cycle in place."""
    if isinstance(schema, bool):
        return schema
    branching = (*locations.UNIONS, *CONDITIONALS, *NEGATIVE, "dependentSchemas")
    kept = {keyword: value for keyword, value in schema.items() if keyword not in branching}
    return rebuild(kept, lambda _, inner: inner, lambda _, inner: True if is_cyclic(inner) else inner)
