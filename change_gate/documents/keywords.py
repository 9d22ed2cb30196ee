"""The check that schema keywords have values of the right type.

The table holds keywords that have one meaning wherever they stand as a field. A keyword with null says nothing, and
neither does a boolean `required` in a schema, a common slip from Swagger: both are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from change_gate.errors import DocumentError

if TYPE_CHECKING:
    from change_gate.documents.bundle import Bundle
    from change_gate.documents.walk import Site

Check = Callable[[Any], bool]
TYPES: Final = frozenset(
    [
        *("array", "boolean", "integer", "null", "number", "object", "string"),
        *("apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"),
    ]
)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_number_or_flag(value: Any) -> bool:
    return isinstance(value, (int, float))


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_text_or_texts(value: Any) -> bool:
    return isinstance(value, str) or (bool(value) and _is_texts(value))


def _is_type(value: Any) -> bool:
    """Return True for the types of JSON Schema, and for those of security schemes, whose field has the same name."""
    names = [value] if isinstance(value, str) else value
    return _is_text_or_texts(value) and TYPES.issuperset(names)


def _is_required(value: Any) -> bool:
    return isinstance(value, bool) or _is_texts(value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_schema(value: Any) -> bool:
    return isinstance(value, (dict, bool))


def _is_schema_or_list(value: Any) -> bool:
    return _is_schema(value) or _is_schemas(value)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_schema, value))


def _is_named_schemas(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_schema, value.values()))


def _is_discriminator(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("propertyName", ""), str):
        return False
    mapping = value.get("mapping") or {}
    return isinstance(mapping, dict) and all(map(_is_text, mapping.values()))


def _is_dependent(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_texts, value.values()))


CHECKS: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("pattern", "format"), _is_text),
    **dict.fromkeys(("minimum", "maximum"), _is_number),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _is_number_or_flag),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count
    ),
    **dict.fromkeys(("minContains", "maxContains"), _is_count),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _is_schemas),
    **dict.fromkeys(("not", "if", "then", "else", "contains", "propertyNames"), _is_schema),
    **dict.fromkeys(("additionalProperties", "unevaluatedProperties", "unevaluatedItems"), _is_schema),
    **dict.fromkeys(("properties", "patternProperties", "$defs", "dependentSchemas"), _is_named_schemas),
    "items": _is_schema_or_list,
    "multipleOf": _is_positive,
    "uniqueItems": _is_flag,
    "type": _is_type,
    "enum": _is_list,
    "required": _is_required,
    "discriminator": _is_discriminator,
    "dependentRequired": _is_dependent,
}
_NOT_SCHEMAS: Final = ("in", "content", "schema")


def check_keywords(bundle: Bundle) -> None:
    """Raise DocumentError for the first keyword with a value of a wrong type."""
    for index, site in bundle.sites:
        if site.key not in CHECKS or site.key not in site.holder:
            continue
        if site.value is None or _is_stray_required(site):
            del site.holder[site.key]
        elif not CHECKS[site.key](site.value):
            file = bundle.files[index]
            shown = str(site.value)[:40]
            raise DocumentError(
                f"{site.key} cannot be {shown!r}", file=file.name, line=file.text.line(site.tokens())
            )


def _is_stray_required(site: Site) -> bool:
    return (
        site.key == "required"
        and isinstance(site.value, bool)
        and not any(field in site.holder for field in _NOT_SCHEMAS)
    )


def is_noteworthy(key: str, value: Any) -> bool:
    """Return True if a field must be looked at by `check_keywords`."""
    check = CHECKS.get(key)
    return check is not None and (isinstance(value, bool) or not check(value))
