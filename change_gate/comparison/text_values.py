"""The findings about a value that travels as text: a parameter, a header, or a part of a form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from change_gate.comparison import media_types, wire, witnesses
from change_gate.comparison.context import Context
from change_gate.comparison.directions import sender_name
from change_gate.comparison.empty_values import sample_sent, without_empty
from change_gate.comparison.nulls import dereferenced
from change_gate.comparison.readings import is_read
from change_gate.comparison.recorder import Scope
from change_gate.comparison.schemas import Part, report_containment, report_declared
from change_gate.comparison.serialisation import Encoding, header_text
from change_gate.findings import Verdict, Witness
from change_gate.schemas.containment import Containment, Status
from change_gate.schemas.schema import JsonSchema

_EQUAL = Containment(Status.EQUAL)


@dataclass(frozen=True)
class TextPart:
    """A value on both sides, with the sender's and the reader's encoding."""

    part: Part
    sent: Encoding
    read: Encoding
    is_path: bool = False
    make_list_witness: Callable[[], Witness | None] = lambda: None
    is_form: bool = False
    json_fields: frozenset[str] = frozenset()  # of a form: a list in them is one JSON text
    omits_empty: bool = False  # an empty list or object sends nothing


def compare_text(context: Context, scope: Scope, text: TextPart) -> bool:
    """Record the findings about a value that travels as text. Return True if no text is refused."""
    part = text.part
    if text.sent == text.read and context.values.is_unchanged(part.schemas):
        return True
    source, target = _converted(context, part)
    if bool(text.sent.media_type) != bool(text.read.media_type):
        containment = _compare_with_content(context, text, source, target)
    elif text.sent.media_type:
        containment = _compare_contents(context, text)
    else:
        containment = _compare_styles(context, scope, text, source, target)
        if text.is_path and not containment.holds:
            containment = _without_empty(
                context, scope, text, source=source, target=target, found=containment
            )
    report_containment(context, scope, part, containment, has_witness=_is_shown(text, containment))
    report_declared(context, scope, part, containment)
    return containment.holds


def _converted(context: Context, part: Part) -> tuple[JsonSchema, JsonSchema]:
    sender = sender_name(part.direction)
    reader = "head" if sender == "base" else "base"
    return (
        context.values.convert(part.direction, sender, part.schemas.sender(part.direction)),
        context.values.convert(part.direction, reader, part.schemas.reader(part.direction)),
    )


def _without_empty(
    context: Context,
    scope: Scope,
    text: TextPart,
    *,
    source: JsonSchema,
    target: JsonSchema,
    found: Containment,
) -> Containment:
    """Compare once more without the empty text, which a path segment hardly ever is: it alone is only risky."""
    root = dereferenced(source)
    members: dict[str, Any] = root if isinstance(root, dict) and root else {"type": "string"}
    longer = {**members, "minLength": max(1, members.get("minLength", 0))}
    result = _compare_styles(
        context, scope, text, JsonSchema(longer, source.definitions, source.references), target
    )
    return replace(found, undeclared=True) if result.holds else result


def _compare_contents(context: Context, text: TextPart) -> Containment:
    """Compare two values that travel in a media type."""
    sent, read = media_types.parse(text.sent.media_type), media_types.parse(text.read.media_type)
    if read.contains(sent):
        return context.values.contain(text.part.direction, text.part.schemas)
    value = sample_sent(_converted(context, text.part)[0], text.sent)
    return Containment(
        Status.ESCAPES,
        witness=value,
        keyword="content",
        explanation=f"the value is {sent}, and is read as {read}",
    )


def _compare_with_content(
    context: Context, text: TextPart, source: JsonSchema, target: JsonSchema
) -> Containment:
    """Compare a plain value with JSON text. Numbers and booleans look alike in both, strings do not."""
    if wire.kinds(source) and wire.kinds(source) <= {"integer", "number", "boolean"}:
        return context.values.compare(text.part.direction, source, target)
    return Containment(
        Status.ESCAPES,
        witness=sample_sent(source, text.sent),
        keyword="content" if text.read.media_type else "style",
        explanation="the value is JSON text on one side and plain text on the other",
    )


def _compare_styles(
    context: Context, scope: Scope, text: TextPart, source: JsonSchema, target: JsonSchema
) -> Containment:
    """Compare two plain values, whose styles may differ."""
    sent, read = wire.kinds(source), wire.kinds(target)
    sent_list, read_list = bool(sent & {"array", "object"}), bool(read & {"array", "object"})
    is_single = sent == {"array"} and _single(source) is not source
    if sent_list and read_list and not is_single and _form(text.sent, sent) != _form(text.read, read):
        return _report_style(context, scope, text)
    if not sent_list and not read_list and text.sent.style != text.read.style and _marks(text):
        return _report_style(context, scope, text)
    is_joined = not text.sent.explode or text.sent.style == "simple"
    if sent == {"array"} and is_joined and read and not read_list:
        return _compare_list_with_text(context, text, source, target)
    if sent == {"array"} and not read_list:
        source = _single(source)
    if sent and not sent_list and "array" in read and not read - {"array"}:
        target = _element(target)
    if text.is_form:
        source, target = _form_fields(source, target, text.json_fields)
    found = wire.contain(context.values, text.part.direction, source, target)
    if text.omits_empty and found.status is Status.ESCAPES:
        return _with_sent_value(context, text, source=source, target=target, found=found)
    return found


def _with_sent_value(
    context: Context, text: TextPart, *, source: JsonSchema, target: JsonSchema, found: Containment
) -> Containment:
    """Replace a witness whose request says nothing about the change.

    An empty list sends nothing, and a list of one looks like a single value. If the reader refuses only the empty
    list, no request shows it: it is risky.
    """
    is_read_as_text = not wire.kinds(target) & {"array", "object"}
    least = 2 if is_read_as_text else 1
    if not isinstance(found.witness, (list, dict)) or len(found.witness) >= least:
        return found
    for items in range(least, 0, -1):
        longer = without_empty(source, items=items)
        result = wire.contain(context.values, text.part.direction, longer, target)
        if result.status is Status.ESCAPES and not (
            is_read_as_text and _is_read_alone(result.witness, target)
        ):
            return result
    return result if result.status is Status.UNPROVEN else replace(found, undeclared=True)


def _is_read_alone(value: Any, target: JsonSchema) -> bool:
    """Return True if the reader allows the only item of a list as a single value."""
    return isinstance(value, list) and len(value) == 1 and is_read(value[0], target)


def _is_shown(text: TextPart, containment: Containment) -> bool:
    """Return False for an empty value that sends nothing, and for a list of one that the reader does allow."""
    value = containment.witness
    if not text.omits_empty or not isinstance(value, (list, dict)):
        return True
    return bool(value) and not (containment.undeclared and len(value) == 1 and isinstance(value, list))


def _form(encoding: Encoding, kinds: frozenset[str]) -> tuple[str, bool]:
    """Return the style and the effective `explode`.

    It makes no difference to a list in simple style. An exploded list has no delimiter.
    """
    ignored = encoding.style == "simple" and "object" not in kinds
    is_repeated = encoding.explode and encoding.style in ("spaceDelimited", "pipeDelimited")
    return "form" if is_repeated else encoding.style, encoding.explode and not ignored


def _single(schema: JsonSchema) -> JsonSchema:
    """Return the schema of the element if a list has at most one, because it then looks like a single value."""
    root = dereferenced(schema)
    if isinstance(root, dict) and root.get("maxItems", 2) <= 1:
        return JsonSchema(root.get("items", True), schema.definitions, schema.references)
    return schema


def _element(schema: JsonSchema) -> JsonSchema:
    """Return the schema of the element if a list may have one, because a single value looks like it."""
    root = dereferenced(schema)
    if isinstance(root, dict) and root.get("minItems", 0) <= 1:
        return JsonSchema(root.get("items", True), schema.definitions)
    return schema


def _form_fields(
    source: JsonSchema, target: JsonSchema, json_fields: frozenset[str]
) -> tuple[JsonSchema, JsonSchema]:
    """Return the schemas of a form, with a field that is a list on one side only as its element.

    A list of one looks like a single value, whether the form repeats the field for each element or joins them.
    """
    sent, read = dereferenced(source), dereferenced(target)
    if not (isinstance(sent, dict) and isinstance(read, dict)):
        return source, target
    sent_fields, read_fields = dict(sent.get("properties", {})), dict(read.get("properties", {}))
    for name in (sent_fields.keys() & read_fields.keys()) - json_fields:
        own, other = (
            JsonSchema(sent_fields[name], source.definitions),
            JsonSchema(read_fields[name], target.definitions),
        )
        found = [wire.kinds(side) - {"null"} for side in (own, other)]
        if found[1] == {"array"} and found[0] and not found[0] & {"array", "object"}:
            read_fields[name] = _element(other).root
        elif found[0] == {"array"} and found[1] and not found[1] & {"array", "object"}:
            sent_fields[name] = _single(own).root
    if sent_fields == sent.get("properties", {}) and read_fields == read.get("properties", {}):
        return source, target
    return (
        JsonSchema({**sent, "properties": sent_fields}, source.definitions, source.references),
        JsonSchema({**read, "properties": read_fields}, target.definitions, target.references),
    )


def _compare_list_with_text(
    context: Context, text: TextPart, source: JsonSchema, target: JsonSchema
) -> Containment:
    """Compare a joined list, such as `1,2`, with a single text: it may be allowed, but it means something else."""
    result = wire.contain(context.values, text.part.direction, source, target)
    side = sender_name(text.part.direction)
    value = witnesses.items_of(
        context, text.part.direction, side, text.part.schemas.sender(text.part.direction)
    )
    joined = header_text(value, text.sent)
    return replace(result, undeclared=True) if is_read(joined, target) else result


def _marks(text: TextPart) -> bool:
    """Return True if a style puts a mark in front of a single value."""
    return bool({text.sent.style, text.read.style} & {"label", "matrix"})


def _report_style(context: Context, scope: Scope, text: TextPart) -> Containment:
    part = text.part
    sent, read = (
        f"{encoding.style}, explode {str(encoding.explode).lower()}" for encoding in (text.sent, text.read)
    )
    context.recorder.add(
        f"{part.name}-style-changed",
        Verdict.BREAKING,
        f"The {part.noun} is sent as {sent}, and read as {read}.",
        part.parents,
        scope=scope,
        location=f"{part.location} style",
        direction=part.direction,
        witness=text.make_list_witness(),
    )
    return _EQUAL
