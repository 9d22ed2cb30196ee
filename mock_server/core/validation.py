"""Explanations of invalid bodies: JSON pointers and messages.

This module runs only after a body was refused. jsonschema takes a tenth of a second to import, so the first refusal
imports it, not the start. No message repeats the refused value: it may be long or secret.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mock_server.core.errors import Finding
from mock_server.core.spelling import did_you_mean

if TYPE_CHECKING:
    from jsonschema import FormatChecker
    from jsonschema.exceptions import ValidationError

MOST = 20
"""Greatest number of findings in a response."""

TYPE_NAMES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    type(None): "null",
}
"""Names of JSON types, by Python type."""


def _type(error: "ValidationError") -> str:
    rule: Any = error.validator_value
    wanted = [rule] if isinstance(rule, str) else rule
    return f"is {TYPE_NAMES[type(error.instance)]} and must be {' or '.join(map(_with_article, wanted))}"


def _with_article(name: str) -> str:
    return name if name == "null" else f"{'an' if name[0] in 'aio' else 'a'} {name}"


def _pattern(error: "ValidationError") -> str:
    schema: Any = error.schema
    # A description is easier to understand than a pattern.
    rule = schema.get("description", error.validator_value)
    return f"must match: {rule}"


def _other(error: "ValidationError") -> str:
    return f"violates the rule {error.validator!r}"


MESSAGES: Mapping[str, Callable[["ValidationError"], str]] = {
    "type": _type,
    "minLength": lambda error: f"must have at least {error.validator_value} character(s)",
    "maxLength": lambda error: f"must have at most {error.validator_value} characters",
    "format": lambda error: f"must be a {error.validator_value}",
    "enum": lambda error: f"must be one of {error.validator_value}",
    "const": lambda error: f"must be {error.validator_value!r}",
    "pattern": _pattern,
    "minimum": lambda error: f"must be at least {error.validator_value}",
    "maximum": lambda error: f"must be at most {error.validator_value}",
    "minProperties": lambda error: f"must have at least {error.validator_value} member(s)",
    "maxItems": lambda error: f"must have at most {error.validator_value} items",
    "exclusiveMinimum": lambda error: f"must be greater than {error.validator_value}",
}
"""By schema keyword."""


def explain(schema: Mapping[str, Any], value: object) -> list[Finding]:
    """Return the first findings in the order of their pointers; at least one."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    validator = Draft202012Validator(schema, format_checker=_formats())
    found = {finding for error in validator.iter_errors(value) for finding in _findings(error)}
    # If the two validators ever differ, the refusal still needs a message.
    return sorted(found, key=_order)[:MOST] or [Finding("", "does not fit the schema")]


def pointer(path: list[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a path of names and indices."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _findings(error: "ValidationError") -> list[Finding]:
    path = list(error.absolute_path)
    if error.validator == "required":
        required: Any = error.validator_value
        given: Any = error.instance
        return [Finding(pointer([*path, name]), "is missing") for name in required if name not in given]
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = sorted(error.schema.get("properties", {}))  # type: ignore[union-attr]
        unknown = [name for name in error.instance if name not in known]
        return [
            Finding(pointer([*path, name]), f"is not one of {known}{did_you_mean(name, known)}")
            for name in unknown
        ]
    return [Finding(pointer(path), MESSAGES.get(str(error.validator), _other)(error))]


def _order(finding: Finding) -> tuple[str, str]:
    return finding.pointer, finding.message


def _formats() -> "FormatChecker":
    """Return a checker that delegates formats to the validator of the pipeline, so that both agree."""
    import jsonschema_rs  # noqa: PLC0415
    from jsonschema import FormatChecker  # noqa: PLC0415
    from jsonschema.exceptions import FormatError  # noqa: PLC0415

    class Formats(FormatChecker):
        def check(self, instance: object, format: str) -> None:
            if not jsonschema_rs.is_valid({"format": format}, instance, validate_formats=True):
                raise FormatError(format)

    return Formats()
