"""What is wrong with a body that does not fit its schema: JSON pointers and words.

It runs only when a body was refused already. The library behind it takes a tenth of a second to import, so that
happens at the first refusal and not at start-up. No word repeats the refused value: it may be long, or a secret.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mock_server.errors import Finding

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST = 20
"""Findings that an answer names at most."""

TYPES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    type(None): "null",
}
_NAMES = {"object": "an object", "array": "an array", "string": "a string", "boolean": "a boolean"} | {
    "integer": "an integer",
    "number": "a number",
    "null": "null",
}


def _type(error: "ValidationError") -> str:
    wanted = error.validator_value
    names = [_NAMES[name] for name in ([wanted] if isinstance(wanted, str) else wanted)]
    return f"is {TYPES[type(error.instance)]} and must be {' or '.join(names)}"


WORDS: Mapping[str, Callable[["ValidationError"], str]] = {
    "type": _type,
    "minLength": lambda error: f"must have at least {error.validator_value} character(s)",
    "maxLength": lambda error: f"must have at most {error.validator_value} characters",
    "format": lambda error: f"is not a {error.validator_value}",
    "enum": lambda error: f"must be one of {error.validator_value}",
    "const": lambda error: f"must be {error.validator_value!r}",
    "minimum": lambda error: f"must be at least {error.validator_value}",
    "maximum": lambda error: f"must be at most {error.validator_value}",
    "exclusiveMinimum": lambda error: f"must be greater than {error.validator_value}",
}
"""By schema keyword."""


def explain(schema: Mapping[str, Any], value: object) -> list[Finding]:
    """The first findings, in the order of their pointers; at least one."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    found = {finding for error in validator.iter_errors(value) for finding in _findings(error)}
    # The two libraries may differ about a format; the refusal stands, so it needs a word.
    return sorted(found, key=_place)[:MOST] or [Finding("", "does not fit the schema")]


def _findings(error: "ValidationError") -> list[Finding]:
    path = list(error.absolute_path)
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [Finding(pointer([*path, name]), "is missing") for name in missing]
    words = WORDS.get(str(error.validator), lambda error: f"breaks the rule {error.validator!r}")
    return [Finding(pointer(path), words(error))]


def _place(finding: Finding) -> tuple[str, str]:
    return finding.pointer, finding.message


def pointer(path: list[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path of names and indices."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
