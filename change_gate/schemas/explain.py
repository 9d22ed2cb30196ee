"""The place and the words for a refusal: which keyword of the target refuses a witness, and how it changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from change_gate.schemas.schema import DEFINITIONS, JsonSchema, Schema
from change_gate.schemas.validation import SchemaValidator, from_python_syntax, in_python_syntax

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

LONGEST_VALUE: Final = 60
ABSENT: Final = object()
# The verb for a keyword whose number fell or rose.
NUMERIC: Final = frozenset(
    [
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    ]
)


@dataclass(frozen=True)
class Refusal:
    """The keyword that refuses a value. See `Containment` for the fields."""

    member: str
    keyword: str
    reference: str
    pointer: str
    explanation: str


def locate(witness: Any, reader: SchemaValidator, source: JsonSchema, target: JsonSchema) -> Refusal | None:
    """Return the keyword of the target that refuses the witness, or None if no error is found.

    `reader` validates against the target.
    """
    error = _decisive(list(reader.errors(witness)))
    if error is None:
        return None
    keyword = str(error.validator or "")
    path: list[str | int] = [*error.absolute_path, *_member(error)]
    found = follow(target, list(error.absolute_schema_path), error.schema)
    expected = found.schema.get(keyword, ABSENT) if isinstance(found.schema, dict) else ABSENT
    former = _former(source, found.reference, found.steps[:-1] if keyword else found.steps, keyword)
    words = _words(keyword, expected, former)
    return Refusal(pointer(path), keyword, found.reference, pointer(found.steps), words)


def pointer(steps: Iterable[str | int]) -> str:
    """Return an RFC 6901 pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _decisive(errors: list[ValidationError]) -> ValidationError | None:
    """Return the error that says most: the first one, or inside a choice the error of the branch that comes closest."""
    if not errors:
        return None
    error = min(errors, key=lambda found: (len(found.absolute_path), str(found.validator)))
    while error.validator in ("anyOf", "oneOf") and error.context:
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
    values = error.validator_value if error.validator == "enum" else []
    is_fixed = error.validator == "const" or (isinstance(values, list) and len(values) == 1)
    return not error.path or is_fixed


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


def _former(source: JsonSchema, reference: str, steps: Sequence[str | int], keyword: str) -> Any:
    """Return the value of the keyword at the same place of the source, ABSENT, or None if there is no such place."""
    names = {ref: name for name, ref in source.references.items()}
    current: Any = source.definitions.get(names[reference]) if reference in names else source.root
    for step in steps:
        try:
            current = current[step]
        except (KeyError, IndexError, TypeError):
            return None
    return current.get(keyword, ABSENT) if isinstance(current, dict) else None


def _words(keyword: str, expected: Any, former: Any) -> str:
    if former is None or expected is ABSENT:
        return f"{keyword} refuses it" if keyword else "the member is not allowed"
    if former is ABSENT:
        return f"{keyword} is {_shown(expected)}, and was absent"
    if former == expected:
        return f"{keyword} is {_shown(expected)}"
    if keyword in NUMERIC and not isinstance(expected, bool):
        verb = "rose" if expected > former else "fell"
        return f"{keyword} {verb} from {_shown(former)} to {_shown(expected)}"
    if isinstance(expected, list) and isinstance(former, list):
        return _changed_list(keyword, expected, former)
    return f"{keyword} changed from {_shown(former)} to {_shown(expected)}"


def _changed_list(keyword: str, expected: list[Any], former: list[Any]) -> str:
    added = [item for item in expected if item not in former]
    removed = [item for item in former if item not in expected]
    changes = [
        f"{verb} {', '.join(_shown(item) for item in items)}"
        for verb, items in (("gained", added), ("lost", removed))
        if items
    ]
    return f"{keyword} {' and '.join(changes)}" if changes else f"{keyword} refuses it"


def _shown(value: Schema | Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
