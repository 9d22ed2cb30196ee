"""The place and the words for a refusal: which keyword of the target refuses a witness, and how it changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from change_gate.schemas.schema import DEFINITIONS, JsonSchema, Schema
from change_gate.schemas.validation import Judge, from_python_syntax

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


def locate(witness: Any, source: JsonSchema, target: JsonSchema) -> Refusal | None:
    """Return the keyword of the target that refuses the witness, or None if no error is found."""
    error = _decisive(list(Judge(target.document()).errors(witness)))
    if error is None:
        return None
    keyword = str(error.validator or "")
    path: list[str | int] = [*error.absolute_path, *_member(error)]
    reference, steps, schema = follow(target, list(error.absolute_schema_path))
    expected = schema.get(keyword, ABSENT) if isinstance(schema, dict) else ABSENT
    former = _former(source, reference, steps[:-1] if keyword else steps, keyword)
    words = _words(keyword, expected, former)
    return Refusal(pointer(path), keyword, reference, pointer(steps), words)


def pointer(steps: Iterable[str | int]) -> str:
    """Return an RFC 6901 pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _decisive(errors: list[ValidationError]) -> ValidationError | None:
    """Return the error that says most: the first one, or inside a choice the error of the branch that comes closest."""
    if not errors:
        return None
    error = min(errors, key=lambda found: (len(found.absolute_path), str(found.validator)))
    while error.validator in ("anyOf", "oneOf") and error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
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
    return not error.path or error.validator == "const"


def _member(error: ValidationError) -> list[str]:
    """Return the member that a keyword of the object refuses, for keywords that refuse one member."""
    if not isinstance(error.instance, dict):
        return []
    schema = error.schema if isinstance(error.schema, dict) else {}
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        extra = [name for name in error.instance if name not in schema.get("properties", {})]
        return extra[:1]
    return []


def follow(target: JsonSchema, steps: Sequence[str | int]) -> tuple[str, list[str | int], Any]:
    """Translate a path through the schema: the last `$ref` on it, the steps since, and the schema of the last step."""
    current: Any = target.root
    holder: Any = current
    reference, since = "", list[str | int]()
    for step in steps:
        holder = current
        if step == "$ref" and isinstance(current, dict) and isinstance(current.get("$ref"), str):
            name = current["$ref"].removeprefix(DEFINITIONS)
            current = target.definitions[name]
            reference, since = target.references.get(name, DEFINITIONS + name), []
            continue
        name = step
        if isinstance(current, dict) and step not in current and since and since[-1] == "patternProperties":
            name = from_python_syntax({"patternProperties": current}, str(step))
        since.append(name)
        try:
            current = current[name]
        except (KeyError, IndexError, TypeError):
            current = None
    return reference, since, holder


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
