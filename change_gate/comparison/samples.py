"""A value for a schema, to fill the parts of a witness that do not matter."""

from __future__ import annotations

from typing import Any, Final

from change_gate.schemas.schema import DEFINITIONS, JsonSchema, Schema

MAX_DEPTH: Final = 12
_FORMATS: Final = {
    "date": "2025-01-31",
    "date-time": "2025-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "a@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uri-reference": "/a",
    "uuid": "6f0d3c52-9b1e-4c7a-8a55-2f1f0c6b7d10",
}


def sample(schema: JsonSchema) -> Any:
    """Return a value that the schema allows, found from its keywords without a search; it may be invalid."""
    return _sample(schema.root, schema, 0)


def is_valid(value: Any, schema: JsonSchema) -> bool:
    """Return True if the schema allows the value. An invalid schema allows no value."""
    import jsonschema_rs  # noqa: PLC0415 - loaded only for witnesses

    try:
        validator = jsonschema_rs.Draft202012Validator(schema.document(), validate_formats=True)
        return validator.is_valid(value)
    except (ValueError, jsonschema_rs.ValidationError):
        return False


def _sample(schema: Schema, whole: JsonSchema, depth: int) -> Any:  # noqa: PLR0911 - one for each form
    if isinstance(schema, bool) or depth > MAX_DEPTH:
        return "x"
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if "$ref" in schema:
        return _sample(
            whole.definitions.get(schema["$ref"].removeprefix(DEFINITIONS), True), whole, depth + 1
        )
    for keyword in ("anyOf", "oneOf"):
        if schema.get(keyword):
            return _sample(schema[keyword][0], whole, depth + 1)
    if schema.get("allOf"):
        return _sample_all(
            [{k: v for k, v in schema.items() if k != "allOf"}, *schema["allOf"]], whole, depth
        )
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = kinds if isinstance(kinds, str) else next((kind for kind in kinds if kind != "null"), "null")
    if kind == "object":
        members = schema.get("properties", {})
        return {
            name: _sample(members.get(name, True), whole, depth + 1) for name in schema.get("required", ())
        }
    if kind == "array":
        count = schema.get("minItems", 0)
        return [_sample(schema.get("items", True), whole, depth + 1) for _ in range(min(count, 100))]
    return _scalar(kind, schema)


def _sample_all(branches: list[Schema], whole: JsonSchema, depth: int) -> Any:
    """Return one value for schemas that all apply: objects are joined, otherwise the most telling one counts."""
    values = [_sample(branch, whole, depth + 1) for branch in branches]
    members: dict[str, Any] = {}
    for value in values:
        if isinstance(value, dict):
            members |= value
    if members:
        return members
    return next((value for value in values if value != "x"), "x")


def _scalar(kind: str, schema: dict[str, Any]) -> Any:
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    if kind in ("integer", "number"):
        return _number(schema)
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    pattern = schema.get("pattern", "")
    text = "1" if "0-9" in pattern or "\\d" in pattern else "a"
    return text * max(1, min(schema.get("minLength", 1), 10_000))


def _number(schema: dict[str, Any]) -> int | float:
    step = schema.get("multipleOf", 1)
    if "minimum" in schema:
        low = schema["minimum"]
    elif "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    else:
        low = min(1, schema.get("maximum", 1), schema.get("exclusiveMaximum", 2) - step)
    rounded: int | float = -(-low // step) * step
    return rounded
