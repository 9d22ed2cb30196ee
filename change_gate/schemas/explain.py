"""The place and the words for a refusal: which keyword of the target refuses a witness, and what it says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from change_gate.schemas.locations import UNIONS
from change_gate.schemas.schema import DEFINITIONS, JsonSchema, Schema
from change_gate.schemas.validation import (
    SchemaValidator,
    UnreadableSchema,
    from_python_syntax,
    in_python_syntax,
)

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

LONGEST_VALUE: Final = 60
MOST_NAMED: Final = 3
MISSING: Final = ("required", "dependentRequired")


@dataclass(frozen=True)
class Refusal:
    """The keyword that refuses a value. See `Containment` for the fields.

    `explanation` describes the target alone, since the schemas do not know which side is the newer one.
    """

    member: str
    keyword: str
    reference: str
    pointer: str
    explanation: str


def locate(
    witness: Any, reader: SchemaValidator, target: JsonSchema, *, into_choices: bool = True
) -> Refusal | None:
    """Return the keyword of the target that refuses the witness, or None if no error is found.

    `reader` validates against the target. With `into_choices`, the branch that comes closest is looked into.
    """
    error = _decisive(list(reader.errors(witness)), into_choices=into_choices)
    if error is None:
        return None
    keyword = str(error.validator or "")
    path: list[str | int] = [*error.absolute_path, *_member(error)]
    found = follow(target, list(error.absolute_schema_path), error.schema)
    expected = found.schema.get(keyword) if isinstance(found.schema, dict) else None
    words = (
        _branch_words(keyword, expected, error.instance, target)
        if keyword in UNIONS and isinstance(expected, list)
        else _words(keyword, expected)
    )
    return Refusal(pointer(path), keyword, found.reference, pointer(found.steps), words)


def pointer(steps: Iterable[str | int]) -> str:
    """Return an RFC 6901 pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _decisive(errors: list[ValidationError], *, into_choices: bool) -> ValidationError | None:
    """Return the error that says most: the first one, or inside a choice the error of the branch that comes closest."""
    if not errors:
        return None
    error = min(errors, key=lambda found: (len(found.absolute_path), str(found.validator)))
    while into_choices and error.validator in UNIONS and error.context:
        branches: dict[str | int | None, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(next(iter(inner.schema_path), None), []).append(inner)
        # A branch that refuses the value as a whole, by its type or a tag, was not the one meant.
        ranked = sorted(branches.values(), key=lambda found: (any(_is_tag(e) for e in found), len(found)))
        best = ranked[0]
        if any(_is_tag(inner) for inner in best):
            return error
        if len(ranked) > 1 and len(ranked[1]) == len(best) and not any(_is_tag(inner) for inner in ranked[1]):
            return error
        error = min(best, key=lambda found: (len(found.absolute_path), str(found.validator)))
    return error


def _is_tag(error: ValidationError) -> bool:
    """Return True if a branch refuses the value as a whole. A missing member says that it comes close."""
    values = error.validator_value if error.validator == "enum" else []
    is_fixed = error.validator == "const" or (isinstance(values, list) and len(values) == 1)
    return is_fixed or not (error.path or error.validator in MISSING)


def _member(error: ValidationError) -> list[str]:
    """Return the member that a keyword of the object refuses, for keywords that refuse one member."""
    if not isinstance(error.instance, dict):
        return []
    schema = error.schema if isinstance(error.schema, dict) else {}
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        extra = [name for name in error.instance if name not in schema.get("properties", {})]
        return extra[:1]
    return []


@dataclass(frozen=True)
class Position:
    """A place in a schema: the last `$ref` on the way, the steps since, and the schema there."""

    reference: str
    steps: tuple[str | int, ...]
    schema: Any


def follow(target: JsonSchema, steps: Sequence[str | int], refusing: Any) -> Position:
    """Find the keyword at the end of a path, which does not name the `$ref`s on its way.

    `refusing` is the schema that holds the keyword, with patterns in Python's syntax.
    """
    positions = list(_positions(target, [Position("", (), target.root)], list(steps)))
    for position in positions:
        if in_python_syntax(position.schema) == refusing:
            return position
    return positions[0] if positions else Position("", (), None)


def _positions(target: JsonSchema, trail: list[Position], steps: list[str | int]) -> Iterator[Position]:
    """Yield the schema before the last step for each way to follow the steps."""
    current = trail[-1]
    if not steps:
        yield Position(current.reference, current.steps, (trail[-2] if len(trail) > 1 else current).schema)
        return
    schema, step = current.schema, steps[0]
    if isinstance(schema, dict) and step not in schema and current.steps[-1:] == ("patternProperties",):
        step = from_python_syntax({"patternProperties": schema}, str(step))
    try:
        inner = schema[step]
    except (KeyError, IndexError, TypeError):
        pass
    else:
        position = Position(current.reference, (*current.steps, step), inner)
        yield from _positions(target, [*trail, position], steps[1:])
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        name = schema["$ref"].removeprefix(DEFINITIONS)
        reference = target.references.get(name, DEFINITIONS + name)
        yield from _positions(target, [*trail, Position(reference, (), target.definitions[name])], steps)


def _words(keyword: str, expected: Any) -> str:
    if expected is None:
        return f"{keyword} refuses it" if keyword else "the member is not allowed"
    return f"{keyword} is {_shown(expected)}"


def _branch_words(keyword: str, branches: Sequence[Schema], value: Any, target: JsonSchema) -> str:
    """Say which branches of a choice a value matches: too many of `oneOf`, or none."""
    names = [
        _name(branch, index)
        for index, branch in enumerate(branches)
        if _matches(JsonSchema(branch, target.definitions), value)
    ]
    if not names:
        return f"it matches no branch of {keyword}"
    first = names[:MOST_NAMED]
    shown = ", ".join(first[:-1]) + f" and {first[-1]}" if len(names) == len(first) else ", ".join(first)
    more = f" and {len(names) - len(first)} more" if len(names) > len(first) else ""
    return f"it matches {len(names)} branches of {keyword}: {shown}{more}"


def _matches(branch: JsonSchema, value: Any) -> bool:
    try:
        return SchemaValidator(branch.document()).is_valid(value)
    except UnreadableSchema:
        return False


def _name(branch: Schema, index: int) -> str:
    """Return the name of the definition that a branch refers to, or its number."""
    reference = branch.get("$ref") if isinstance(branch, dict) else None
    return reference.removeprefix(DEFINITIONS) if isinstance(reference, str) else f"number {index + 1}"


def _shown(value: Schema | Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
