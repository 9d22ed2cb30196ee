"""The JSON Schema of a tenant that accepts only certain fields, from a sample record."""

from collections.abc import Collection, Mapping
from typing import Any

from mock_server.core.json_codec import Json

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


def closed_schema(
    sample: Mapping[str, Json], read_only: Collection[str], *, nullable: bool
) -> dict[str, Any]:
    """Return a schema that refuses unknown fields, and values of other types than in the sample.

    Read-only fields take any value, because a body may contain them. With `nullable`, each field may be null.
    """
    fields = {name: _schema_of(value, nullable=nullable) for name, value in sample.items()}
    return {
        "properties": {**fields, **dict.fromkeys(read_only, True)},
        "additionalProperties": False,
    }


def _schema_of(value: Json, *, nullable: bool = False) -> dict[str, Any]:
    """Return the schema of values with the type of this one. The items of an array have one of its items' types."""
    name = _TYPES[type(value)]
    schema: dict[str, Any] = {"type": [name, "null"] if nullable else name}
    if isinstance(value, list) and value:
        kinds = [_schema_of(item) for item in value]
        distinct = [kind for index, kind in enumerate(kinds) if kind not in kinds[:index]]
        schema["items"] = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
    return schema
