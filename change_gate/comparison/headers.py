"""The headers of a response, of a receiver's reply, or of a part of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from change_gate.comparison import witnesses
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Message, Pair, ordered
from change_gate.comparison.recorder import Scope
from change_gate.comparison.schemas import Part
from change_gate.comparison.serialisation import encoding_of, header_text, schema_of
from change_gate.comparison.text_values import TextPart, compare_text
from change_gate.documents import Node
from change_gate.findings import Direction, Verdict, Witness

_VERDICTS: Final = {
    "no-longer-promised": Verdict.BREAKING,
    "removed": Verdict.RISKY,
    "added": Verdict.COMPATIBLE,
}


@dataclass(frozen=True)
class _Header:
    """A header on both sides."""

    name: str
    pair: Pair


@dataclass(frozen=True)
class Carrier:
    """A message, or a part of one, that has headers. `name` is part of rule ids."""

    name: str
    noun: str
    location: str
    direction: Direction
    owners: Pair
    make_witness: Callable[[Mapping[str, str]], Witness]


def compare_response(context: Context, scope: Scope, responses: Pair, status: int, location: str) -> None:
    """Record the findings about all headers of one response."""

    def make_witness(headers: Mapping[str, str]) -> Witness:
        return witnesses.response(scope, status, headers=headers)

    kind = "reply" if scope.is_event else "response"
    direction = scope.direction(Message.RESPONSE)
    compare(
        context,
        scope,
        Carrier(f"{kind}-header", f"{status} {kind}", location, direction, responses, make_witness),
    )


def compare(context: Context, scope: Scope, carrier: Carrier) -> None:
    """Record the findings about all headers of a carrier."""
    base, head = _headers(carrier.owners.base), _headers(carrier.owners.head)
    for name in [*base, *(name for name in head if name not in base)]:
        header = _Header(name, Pair(base.get(name), head.get(name)))
        sent, read = header.pair.sender(carrier.direction), header.pair.reader(carrier.direction)
        required = read is not None and read.flag("required")
        if required and (sent is None or not sent.flag("required")):
            _record(context, scope, carrier, header, "no-longer-promised")
        elif name not in head:
            _record(context, scope, carrier, header, "removed")
        elif name not in base and not required:
            _record(context, scope, carrier, header, "added")
        if sent is not None and read is not None:
            _compare_both(context, scope, carrier, name, sent=sent, read=read)


def _record(context: Context, scope: Scope, carrier: Carrier, header: _Header, change: str) -> None:
    by_client = carrier.direction is Direction.CLIENT_TO_SERVER
    sentences = {
        "no-longer-promised": "is required now." if by_client else "was always sent and may be absent.",
        "removed": "was removed; the server ignores it."
        if by_client
        else "was removed; clients that read it find nothing.",
        "added": "is new.",
    }
    is_break = _VERDICTS[change] is Verdict.BREAKING
    context.recorder.add(
        f"{carrier.name}-{change}",
        _VERDICTS[change],
        f"The header {header.name} of the {carrier.noun} {sentences[change]}",
        header.pair,
        scope=scope,
        location=f"{carrier.location} header {header.name} {'required' if is_break else change}",
        direction=carrier.direction,
        witness=carrier.make_witness({}) if is_break else None,
        parents=carrier.owners if any(carrier.owners.nodes()) else None,
    )


def _headers(owner: Node | None) -> dict[str, Node]:
    headers = owner.get("headers") if owner else None
    found = {name.lower(): node for name, node in headers.items()} if headers else {}
    found.pop("content-type", None)
    return found


def _compare_both(
    context: Context, scope: Scope, carrier: Carrier, name: str, *, sent: Node, read: Node
) -> None:
    encodings = encoding_of(sent, "header"), encoding_of(read, "header")

    def make_witness(value: Any, _member: str) -> Witness:
        return carrier.make_witness({name: header_text(value, encodings[0])})

    part = Part(
        name=carrier.name,
        noun=f"header {name} of the {carrier.noun}",
        location=f"{carrier.location} header {name}",
        direction=carrier.direction,
        schemas=ordered(schema_of(sent), schema_of(read), carrier.direction),
        parents=ordered(sent, read, carrier.direction),
        make_witness=make_witness,
    )
    compare_text(context, scope, TextPart(part, *encodings))
