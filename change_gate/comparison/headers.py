"""The headers of a response, or of a receiver's reply."""

from __future__ import annotations

from typing import Any

from change_gate.comparison import witnesses
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Message, Pair, ordered
from change_gate.comparison.recorder import Scope
from change_gate.comparison.schemas import Part
from change_gate.comparison.serialisation import encoding_of, header_text, schema_of
from change_gate.comparison.text_values import TextPart, compare_text
from change_gate.documents import Node
from change_gate.findings import Verdict, Witness


def compare(context: Context, scope: Scope, responses: Pair, status: int, location: str) -> None:
    """Record the findings about all headers of one response."""
    direction = scope.direction(Message.RESPONSE)
    base, head = _headers(responses.base), _headers(responses.head)
    sender, reader = (base, head) if scope.is_event else (head, base)
    for name in [*base, *(name for name in head if name not in base)]:
        sent, read = sender.get(name), reader.get(name)
        pair = Pair(base.get(name), head.get(name))
        required = read is not None and read.flag("required")
        if required and (sent is None or not sent.flag("required")):
            context.recorder.add(
                f"{_name(scope)}-no-longer-promised",
                Verdict.BREAKING,
                f"The header {name} of the {status} response was always sent and may be absent."
                if not scope.is_event
                else f"The header {name} of the {status} reply is required now.",
                pair,
                scope=scope,
                location=f"{location} header {name} required",
                direction=direction,
                witness=witnesses.response(scope, status),
            )
        elif name in base and name not in head:
            context.recorder.add(
                f"{_name(scope)}-removed",
                Verdict.RISKY,
                f"The header {name} of the {status} response was removed; clients that read it find nothing.",
                pair,
                scope=scope,
                location=f"{location} header {name} removed",
                direction=direction,
            )
        elif name not in base and not required:
            context.recorder.add(
                f"{_name(scope)}-added",
                Verdict.COMPATIBLE,
                f"The header {name} of the {status} response is new.",
                pair,
                scope=scope,
                location=f"{location} header {name} added",
                direction=direction,
            )
        if sent is not None and read is not None:
            _compare_both(context, scope, name, sent=sent, read=read, status=status, location=location)


def _name(scope: Scope) -> str:
    return "reply-header" if scope.is_event else "response-header"


def _headers(response: Node | None) -> dict[str, Node]:
    headers = response.get("headers") if response else None
    found = {name.lower(): node for name, node in headers.items()} if headers else {}
    found.pop("content-type", None)
    return found


def _compare_both(
    context: Context, scope: Scope, name: str, *, sent: Node, read: Node, status: int, location: str
) -> None:
    direction = scope.direction(Message.RESPONSE)
    encodings = encoding_of(sent, "header"), encoding_of(read, "header")

    def make_witness(value: Any, _member: str) -> Witness:
        return witnesses.response(scope, status, headers={name: header_text(value, encodings[0])})

    part = Part(
        name=_name(scope),
        noun=f"header {name} of the {status} response",
        location=f"{location} header {name}",
        direction=direction,
        schemas=ordered(schema_of(sent), schema_of(read), direction),
        parents=ordered(sent, read, direction),
        make_witness=make_witness,
    )
    compare_text(context, scope, TextPart(part, *encodings))
