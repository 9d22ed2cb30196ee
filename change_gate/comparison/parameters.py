"""Parameters: what the sender may send, and what the reader accepts."""

from __future__ import annotations

from typing import Any

from change_gate.comparison import witnesses
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Message, Pair, ordered, sender_name
from change_gate.comparison.empty_values import omits_empty
from change_gate.comparison.parameter_lists import Key, Parameter, parameters_of
from change_gate.comparison.readings import is_read
from change_gate.comparison.recorder import Scope
from change_gate.comparison.schemas import Part
from change_gate.comparison.text_values import TextPart, compare_text
from change_gate.findings import Verdict, Witness


def compare(context: Context, scope: Scope) -> None:
    """Record the findings about all parameters of an operation."""
    direction = scope.direction(Message.REQUEST)
    base, head = parameters_of(scope, "base"), parameters_of(scope, "head")
    for key in [*base, *(key for key in head if key not in base)]:
        sent, read = base.get(key), head.get(key)
        if sender_name(direction) == "head":
            sent, read = read, sent
        _compare_presence(context, scope, key, sent, read)
        if key in base and key not in head:
            _report_removed(context, scope, base[key])
        if key not in base and not head[key].required:
            _report_added(context, scope, head[key])
        if sent is not None and read is not None:
            _compare_both(context, scope, sent, read)


def _noun(parameter: Parameter) -> str:
    return f"{parameter.location} parameter {parameter.name}"


def _location(parameter: Parameter) -> str:
    return f"parameter {' '.join(parameter.key)}"


def _name(scope: Scope) -> str:
    return "event-parameter" if scope.is_event else "parameter"


def _compare_presence(
    context: Context, scope: Scope, key: Key, sent: Parameter | None, read: Parameter | None
) -> None:
    """Record that the reader requires a parameter that the sender may leave out."""
    if read is None or not read.required or (sent is not None and sent.required) or read.location == "path":
        return
    direction = scope.direction(Message.REQUEST)
    pair = ordered(sent.node if sent else None, read.node, direction)
    rule = "added-required" if sent is None else "became-required"
    context.recorder.add(
        f"{_name(scope)}-{rule}",
        Verdict.BREAKING,
        f"Requests without the {_noun(read)} were accepted and are now rejected."
        if not scope.is_event
        else f"The {_noun(read)} that receivers require may be absent.",
        pair,
        scope=scope,
        location=f"{_location(read)} required",
        direction=direction,
        witness=witnesses.request(context, scope, omit=[key]),
    )


def _report_added(context: Context, scope: Scope, parameter: Parameter) -> None:
    context.recorder.add(
        f"{_name(scope)}-added",
        Verdict.COMPATIBLE,
        f"The optional {_noun(parameter)} is new.",
        Pair(None, parameter.node),
        scope=scope,
        location=f"{_location(parameter)} added",
        direction=scope.direction(Message.REQUEST),
    )


def _report_removed(context: Context, scope: Scope, parameter: Parameter) -> None:
    direction = scope.direction(Message.REQUEST)
    if scope.is_event and parameter.required:
        return  # recorded as a required parameter that may be absent
    witness = None
    if not scope.is_event and parameter.location != "path":
        value = witnesses.sample_of(context, direction, "base", parameter)
        witness = witnesses.request(context, scope, values={parameter.key: value})
    context.recorder.add(
        f"{_name(scope)}-removed",
        Verdict.RISKY,
        f"The {_noun(parameter)} was removed; a server that rejects unknown parameters rejects the request."
        if not scope.is_event
        else f"The {_noun(parameter)} is no longer sent to receivers.",
        Pair(parameter.node, None),
        scope=scope,
        location=f"{_location(parameter)} removed",
        direction=direction,
        witness=witness,
    )


def _compare_both(context: Context, scope: Scope, sent: Parameter, read: Parameter) -> None:
    direction = scope.direction(Message.REQUEST)
    side = sender_name(direction)

    def make_witness(value: Any, _member: str) -> Witness:
        return witnesses.request(context, scope, values={sent.key: value})

    def make_list_witness() -> Witness | None:
        value = witnesses.items_of(context, direction, side, sent.schema)
        return witnesses.request(context, scope, values={sent.key: value})

    part = Part(
        name=_name(scope),
        noun=_noun(sent),
        location=_location(sent),
        direction=direction,
        schemas=ordered(sent.schema, read.schema, direction),
        parents=ordered(sent.node, read.node, direction),
        make_witness=make_witness,
    )
    text = TextPart(
        part,
        sent.encoding,
        read.encoding,
        sent.location == "path",
        make_list_witness,
        omits_empty=omits_empty(sent.encoding),
    )
    compare_text(context, scope, text)
    if sent.location == "path" and sent.name != read.name:
        _compare_path_names(context, scope, part, sent, read)
    if sent.location == "query":
        _compare_query_flags(context, scope, part, sent, read)


def _compare_path_names(context: Context, scope: Scope, part: Part, sent: Parameter, read: Parameter) -> None:
    """Record a new name of a parameter in matrix style, the only style that writes the name into the path."""
    if not sent.encoding.style == read.encoding.style == "matrix":
        return
    context.recorder.add(
        f"{part.name}-renamed",
        Verdict.BREAKING,
        f"The {part.noun} is sent with its name, and the reader expects the name {read.name}.",
        part.parents,
        scope=scope,
        location=f"{part.location} name",
        direction=part.direction,
        witness=witnesses.request(context, scope),
    )


def _compare_query_flags(
    context: Context, scope: Scope, part: Part, sent: Parameter, read: Parameter
) -> None:
    """Compare `allowEmptyValue` and `allowReserved`, which widen what a query parameter may look like."""
    if sent.node.flag("allowEmptyValue") and not read.node.flag("allowEmptyValue"):
        side = "base" if scope.is_event else "head"
        target = context.values.convert(part.direction, side, read.schema)
        context.recorder.add(
            f"{part.name}-empty-value-refused",
            Verdict.RISKY if is_read("", target) else Verdict.BREAKING,
            f"The {part.noun} may no longer be empty.",
            part.parents,
            scope=scope,
            location=f"{part.location} allowEmptyValue",
            direction=part.direction,
            witness=witnesses.request(context, scope, omit=[sent.key], raw_query=f"{sent.name}="),
        )
    if sent.node.flag("allowReserved") and not read.node.flag("allowReserved"):
        context.recorder.add(
            f"{part.name}-reserved-refused",
            Verdict.RISKY,
            f"Reserved characters in the {part.noun} must be percent-encoded now.",
            part.parents,
            scope=scope,
            location=f"{part.location} allowReserved",
            direction=part.direction,
        )
