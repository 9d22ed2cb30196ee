"""The `encoding` of a form: content type, style and headers of each field.

A field without an entry has the content type that OpenAPI derives from its schema. A reader with no entry takes a
file of any type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from change_gate.comparison import headers, media_types
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Pair, ordered, sender_name
from change_gate.comparison.flattening import alternatives, properties
from change_gate.comparison.media_types import MediaType
from change_gate.comparison.recorder import Scope
from change_gate.comparison.samples import sample
from change_gate.comparison.schemas import Part
from change_gate.comparison.wire import kinds
from change_gate.documents import Node
from change_gate.findings import Verdict, Witness

_JSON: Final = media_types.parse("application/json")
_TEXT: Final = media_types.parse("text/plain")
_FILE: Final = media_types.parse("application/octet-stream")
_ANY: Final = media_types.parse("*/*")
_FILE_FORMATS: Final = ("binary", "base64", "byte")
_UNDELIMITED: Final = ("spaceDelimited", "pipeDelimited")


@dataclass(frozen=True)
class _Field:
    """A field of a form on one side."""

    schema: Node
    encoding: Node | None
    kinds: frozenset[str]
    item_kinds: frozenset[str]

    @property
    def content_types(self) -> list[MediaType]:
        """The content types of the encoding; empty if it names none."""
        text = self.encoding.text("contentType") if self.encoding else ""
        return [media_types.parse(kind) for kind in text.split(",") if kind.strip()]

    @property
    def default_type(self) -> MediaType:
        """The content type of a field without a contentType."""
        found = self.item_kinds if self.kinds == {"array"} else self.kinds
        value = self.schema.resolved().value
        is_file = isinstance(value, dict) and (
            value.get("format") in _FILE_FORMATS
            or value.get("contentEncoding")
            or value.get("contentMediaType")
        )
        if is_file or not found:
            return _FILE
        return _JSON if "object" in found else _TEXT

    def written(self, keyword: str) -> Any:
        """The value of a keyword of the encoding; None if it is not written."""
        return self.encoding.value.get(keyword) if self.encoding else None

    def place(self, keyword: str) -> Node | None:
        """The node of a keyword of the encoding, or of the encoding itself."""
        return (self.encoding.raw(keyword) or self.encoding) if self.encoding else None

    def style(self, *, is_multipart: bool) -> tuple[str, bool] | None:
        """The style and `explode` of a list or object; None for a field that has no style."""
        names = ("style", "explode")
        declared = self.encoding is not None and any(name in self.encoding.value for name in names)
        if not self.kinds & {"array", "object"} or (is_multipart and not declared):
            return None
        style = self.encoding.text("style", "form") if self.encoding else "form"
        explode = self.encoding.value.get("explode") if self.encoding else None
        exploded = explode if isinstance(explode, bool) else style == "form"
        return "form" if exploded and style in _UNDELIMITED else style, exploded


def compare(context: Context, scope: Scope, part: Part, media: Pair, *, is_multipart: bool) -> None:
    """Record the findings about the encodings of all fields that both sides declare."""
    base, head = (_fields(context, part, media, side) for side in ("base", "head"))
    for name, old in base.items():
        if name not in head:
            continue
        pair = (old, head[name])
        sent, read = pair if sender_name(part.direction) == "base" else pair[::-1]
        keyword = _refused_keyword(sent, read, is_multipart=is_multipart)
        if keyword:
            _record(context, scope, part, name, sent=sent, read=read, keyword=keyword)
        if is_multipart:
            _compare_headers(
                context, scope, part, name, ordered(sent.encoding, read.encoding, part.direction)
            )


def _fields(context: Context, part: Part, media: Pair, side: str) -> dict[str, _Field]:
    """Return the fields that the schema of one side declares. An encoding of another name has no effect."""
    schema = part.schemas.base if side == "base" else part.schemas.head
    owner = media.base if side == "base" else media.head
    encodings = owner.get("encoding") if owner else None
    found = {}
    for alternative in alternatives([schema]) if schema else ():
        for name, nodes in properties(alternative, part.direction).items():
            converted = context.values.convert(part.direction, side, nodes[0])
            items = nodes[0].resolved().raw("items")
            found[name] = _Field(
                schema=nodes[0],
                encoding=encodings.get(name) if encodings else None,
                kinds=kinds(converted) - {"null"},
                item_kinds=kinds(context.values.convert(part.direction, side, items))
                if items
                else frozenset(),
            )
    return found


def _refused_keyword(sent: _Field, read: _Field, *, is_multipart: bool) -> str:
    """Return the keyword of the encoding by which the reader cannot read what is sent, or an empty text."""
    styles = sent.style(is_multipart=is_multipart), read.style(is_multipart=is_multipart)
    is_list = bool(sent.kinds & read.kinds & {"array", "object"})
    if is_list and styles[0] != styles[1]:
        return _style_keyword(sent, read, *styles)
    if not (is_multipart or (sent.content_types and read.content_types)):
        return ""
    if not sent.content_types and not read.content_types:
        return ""  # a change of the schema alone is found by the schemas
    accepted = read.content_types or [_ANY if read.default_type == _FILE else read.default_type]
    offered = sent.content_types or [sent.default_type]
    is_read = all(media_types.best_match(kind, accepted) is not None for kind in offered)
    return "" if is_read else "contentType"


def _style_keyword(
    sent: _Field, read: _Field, sent_style: tuple[str, bool] | None, read_style: tuple[str, bool] | None
) -> str:
    """Return the keyword that makes two styles differ."""
    if sent_style and read_style and sent_style[0] == read_style[0]:
        return "explode"
    return "style" if sent.written("style") != read.written("style") else "explode"


def _record(
    context: Context, scope: Scope, part: Part, name: str, *, sent: _Field, read: _Field, keyword: str
) -> None:
    context.recorder.add(
        f"{part.name}-encoding-changed",
        Verdict.BREAKING,
        f"The part {name} of the {part.noun} is now encoded differently.",
        ordered(sent.place(keyword), read.place(keyword), part.direction),
        scope=scope,
        location=f"{part.location} encoding {name}",
        direction=part.direction,
        witness=_witness(context, part, name, sent.schema),
        parents=part.parents,
    )


def _witness(
    context: Context, part: Part, name: str, schema: Node, lines: Mapping[str, str] | None = None
) -> Witness:
    """Return a message with one field. `lines` are headers of the field."""
    side = sender_name(part.direction)
    value = sample(context.values.convert(part.direction, side, schema))
    if isinstance(value, list) and not value:
        items = schema.resolved().raw("items")
        value = [sample(context.values.convert(part.direction, side, items))] * 2
    body: Any = {name: value}
    found = part.make_witness(body, "")
    shown = {f"{header} (part {name})": text for header, text in (lines or {}).items()}
    return replace(found, headers={**found.headers, **shown})


def _compare_headers(context: Context, scope: Scope, part: Part, name: str, encodings: Pair) -> None:
    """Compare the headers of one part of a multipart body."""
    schema = part.schemas.sender(part.direction)

    def make_witness(lines: Mapping[str, str]) -> Witness:
        field = schema.resolved().raw("properties", name) if schema else None
        return _witness(context, part, name, field or part.schemas.base or encodings.base, lines)  # type: ignore[arg-type]

    carrier = headers.Carrier(
        name=f"{part.name}-part-header",
        noun=f"part {name} of the {part.noun}",
        location=f"{part.location} encoding {name}",
        direction=part.direction,
        owners=encodings if any(encodings.nodes()) else part.parents,
        make_witness=make_witness,
    )
    headers.compare(context, scope, carrier)
