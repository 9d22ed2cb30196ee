"""Two independent validators, jsonschema-rs and jsonschema, whose results must agree.

A value is accepted, or refused, only if both say so. Both check formats, and read patterns as ECMA-262 does.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from change_gate.schemas.characters import PatternError
from change_gate.schemas.patterns import compiled, parse, to_python
from change_gate.schemas.schema import Schema, rebuild

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

# The options of Schemathesis, so that its generator and both validators read a pattern alike.
REGEX_OPTIONS: Final = jsonschema_rs.FancyRegexOptions(size_limit=150_000_000)
# Raised by a validator that cannot check a value: too deep, too large, or a pattern that Python does not support.
CANNOT_VALIDATE: Final = (PatternError, RecursionError, OverflowError, ArithmeticError, ValueError, KeyError)


class UnreadableSchema(Exception):
    """A validator cannot read the schema."""


class SchemaValidator:
    """Validates values against one schema with both validators."""

    def __init__(self, document: Schema) -> None:
        self.document = document
        try:
            self._fast = jsonschema_rs.Draft202012Validator(
                document, validate_formats=True, pattern_options=REGEX_OPTIONS
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise UnreadableSchema(str(error).partition("\n")[0]) from error

    @functools.cached_property
    def _slow(self) -> Validator:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - takes a tenth of a second

        return Draft202012Validator(in_python_syntax(self.document), format_checker=_format_checker())

    def is_valid(self, value: Any) -> bool:
        """Return True if the faster validator accepts the value; for a first selection among many."""
        try:
            return self._fast.is_valid(value)
        except ValueError:
            return False

    def accepts(self, value: Any) -> bool:
        """Return True if both validators accept the value."""
        return self.is_valid(value) and self._second_opinion(value) is True

    def refuses(self, value: Any) -> bool:
        """Return True if both validators refuse the value."""
        return not self.is_valid(value) and self._second_opinion(value) is False

    def errors(self, value: Any) -> Iterator[ValidationError]:
        """Yield the errors of the validator with the more detailed errors."""
        try:
            yield from self._slow.iter_errors(value)
        except CANNOT_VALIDATE:
            return

    def _second_opinion(self, value: Any) -> bool | None:
        try:
            return bool(self._slow.is_valid(value))
        except CANNOT_VALIDATE:
            return None


@functools.cache
def _of_format(name: str) -> SchemaValidator:
    return SchemaValidator({"format": name})


def has_format(name: str, text: str) -> bool:
    """Return True if the faster validator takes the text for one of the format, or does not know the format."""
    return _of_format(name).is_valid(text)


@functools.cache
def _format_checker() -> Any:
    from change_gate.schemas.formats import format_checker  # noqa: PLC0415 - imports jsonschema

    return format_checker()


def in_python_syntax(schema: Schema) -> Schema:
    """Return a schema with every pattern in the syntax of Python's `re`."""
    if isinstance(schema, bool):
        return schema
    result = rebuild(schema, _child_in_python_syntax, _child_in_python_syntax)
    if "$defs" in schema:
        result["$defs"] = {name: in_python_syntax(child) for name, child in schema["$defs"].items()}
    if "pattern" in schema:
        result["pattern"] = compiled(schema["pattern"]).pattern
    if "patternProperties" in schema:
        children = result["patternProperties"]
        result["patternProperties"] = {compiled(name).pattern: child for name, child in children.items()}
    return result


def _child_in_python_syntax(_keyword: str, schema: Schema) -> Schema:
    return in_python_syntax(schema)


def from_python_syntax(schema: Schema, python: str) -> str:
    """Return the key of `patternProperties` that a pattern in Python's syntax was made from."""
    rules = schema.get("patternProperties", {}) if isinstance(schema, dict) else {}
    return next((pattern for pattern in rules if to_python(parse(pattern)) == python), python)
