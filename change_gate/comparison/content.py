"""The `content` of a request body or response: the pairs of media types, and the comparison of their schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from change_gate.comparison import encodings, media_types
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Pair, ordered
from change_gate.comparison.flattening import alternatives, properties
from change_gate.comparison.media_types import MediaType
from change_gate.comparison.recorder import Scope
from change_gate.comparison.schemas import Part, compare_schemas, report_containment
from change_gate.comparison.serialisation import Encoding
from change_gate.comparison.text_values import TextPart, compare_text
from change_gate.documents import Node, pointers
from change_gate.findings import Direction, Witness

_FORM = Encoding("form", True)
_STYLE = ("style", "explode", "allowReserved")
MakeBodyWitness = Callable[[str, Any, str], Witness]
"""Makes a message from a media type, a body and the pointer to its offending member."""


@dataclass(frozen=True)
class Content:
    """The media types that both sides declare for one message."""

    name: str  # part of rule ids, such as `request-body`
    noun: str
    location: str
    direction: Direction
    sent: Mapping[MediaType, Node]
    read: Mapping[MediaType, Node]
    make_witness: MakeBodyWitness


def media_types_of(message: Node | None) -> dict[MediaType, Node]:
    """Return the media types of a request body or response. A media type without a value counts as empty."""
    content = message.get("content") if message else None
    if content is None or not isinstance(content.value, dict):
        return {}
    found: dict[MediaType, Node] = {}
    for name in content.value:
        node = content.get(name) or Node(content.document, {}, pointers.join(content.pointer, name))
        found.setdefault(media_types.parse(name), node)
    return found


def meetings(
    sent: Mapping[MediaType, Node], read: Mapping[MediaType, Node]
) -> Iterator[tuple[MediaType, Node, Node]]:
    """Yield each media type that a sent body may have, with the two definitions that apply to it."""
    for wanted, node in sent.items():
        match = media_types.best_match(wanted, read)
        if match is not None:
            yield wanted, node, read[match]
        for narrower in read:
            if (
                narrower != wanted
                and wanted.contains(narrower)
                and media_types.best_match(narrower, sent) == wanted
            ):
                yield narrower, node, read[narrower]


def compare(context: Context, scope: Scope, content: Content) -> None:
    """Record the findings about the bodies of all media types that meet."""
    seen = set()
    for media_type, sent, read in meetings(content.sent, content.read):
        key = (media_type, sent.pointer, read.pointer)
        if key not in seen:
            seen.add(key)
            _compare_media_type(context, scope, content, media_type, sent=sent, read=read)


def _compare_media_type(
    context: Context, scope: Scope, content: Content, media_type: MediaType, *, sent: Node, read: Node
) -> None:
    def is_decided_here(kind: MediaType) -> bool:
        return _applies(sent, kind, content.sent) and _applies(read, kind, content.read)

    def make_witness(value: Any, member: str) -> Witness:
        return content.make_witness(str(media_types.example(media_type, is_decided_here)), value, member)

    pair = ordered(sent, read, content.direction)
    part = Part(
        name=content.name,
        noun=content.noun,
        location=f"{content.location} {media_type}",
        direction=content.direction,
        schemas=pair.raw("schema"),
        parents=pair,
        make_witness=make_witness,
        is_xml=media_type.subtype == "xml" or media_type.subtype.endswith("+xml"),
    )
    if _is_text(media_type):
        is_form = media_type.type != "text"
        text = TextPart(part, _FORM, _FORM, is_form=is_form, json_fields=_json_fields(sent, read))
        holds = compare_text(context, scope, text)
        if holds and media_type.type == "multipart":
            _compare_json_parts(context, scope, part, sent, read)
        encodings.compare(context, scope, part, pair, is_multipart=media_type.type == "multipart")
    else:
        compare_schemas(context, scope, part)


def _applies(node: Node, kind: MediaType, declared: Mapping[MediaType, Node]) -> bool:
    """Return True if a body of a type follows this definition, and no more specific one."""
    best = media_types.best_match(kind, declared)
    return best is not None and declared[best] is node


def _is_text(media_type: MediaType) -> bool:
    """Return True if scalars in a body of this type are text, such as the fields of a form."""
    return media_type.type in ("text", "multipart") or media_type.subtype == "x-www-form-urlencoded"


def _compare_json_parts(context: Context, scope: Scope, part: Part, sent: Node, read: Node) -> None:
    """Compare the objects in a multipart body, which are JSON unless `encoding` says otherwise."""
    members = []
    for schema in part.schemas.nodes():
        choices = alternatives([schema])
        members.append(properties(choices[0], part.direction) if len(choices) == 1 else {})
    for name in members[0].keys() & members[1].keys() if len(members) == len(("base", "head")) else ():
        old, new = members[0][name], members[1][name]
        if len(old) != 1 or len(new) != 1 or not (_is_object(old[0]) and _is_object(new[0])):
            continue
        if any(_has_content_type(side, name) for side in (sent, read)):
            continue

        def make_witness(value: Any, member: str, name: str = name) -> Witness:
            return part.make_witness({name: value}, pointers.join("", name) + member)

        noun, location = f"part {name} of the {part.noun}", f"{part.location} part {name}"
        schemas = Pair(old[0], new[0])
        inner = replace(
            part, noun=noun, location=location, schemas=schemas, parents=schemas, make_witness=make_witness
        )
        report_containment(context, scope, inner, context.values.contain(part.direction, schemas))


def _json_fields(sent: Node, read: Node) -> frozenset[str]:
    """Return the fields that one side encodes as JSON."""
    return frozenset(
        name
        for side in (sent, read)
        if (named := side.get("encoding")) is not None
        for name, encoding in named.items()
        if _is_json(encoding)
    )


def _is_json(encoding: Node) -> bool:
    """Return True if a field is JSON. From OpenAPI 3.1 on, a declared style makes its content type void."""
    has_style = isinstance(encoding.value, dict) and not encoding.value.keys().isdisjoint(_STYLE)
    if has_style and encoding.document.version != "3.0":
        return False
    kinds = [kind for kind in encoding.text("contentType").split(",") if kind.strip()]
    return any(media_types.parse(kind).is_json for kind in kinds)


def _has_content_type(media_type: Node, name: str) -> bool:
    """Return True if the encoding of a part names another content type than JSON."""
    encoding = media_type.get("encoding", name)
    text = encoding.text("contentType") if encoding is not None else ""
    return bool(text) and not media_types.parse(text).is_json


def _is_object(schema: Node) -> bool:
    value = schema.resolved().value
    return isinstance(value, dict) and (value.get("type") == "object" or "properties" in value)
