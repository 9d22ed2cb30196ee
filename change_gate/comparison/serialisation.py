"""Parameter values as text on the wire (OpenAPI `style` and `explode`, RFC 6570)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from change_gate.comparison import media_types
from change_gate.documents import Node

DEFAULT_STYLES: Final = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_EXACT_INTEGERS: Final = 1e16
_JOINERS: Final = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "label": "."}


@dataclass(frozen=True)
class Encoding:
    """The way a value becomes text. `media_type` is set for parameters whose `content` is not plain text."""

    style: str
    explode: bool
    media_type: str = ""


def encoding_of(parameter: Node, location: str) -> Encoding:
    """Return the encoding of a parameter or header object."""
    content = parameter.get("content")
    if content is not None and isinstance(content.value, dict) and content.value:
        media_type = media_types.parse(next(iter(content.value)))
        if media_type.type != "text":
            return Encoding("", False, str(media_type))
    style = parameter.text("style", DEFAULT_STYLES[location])
    explode = parameter.value.get("explode")
    return Encoding(style, explode if isinstance(explode, bool) else style == "form")


def schema_of(parameter: Node) -> Node | None:
    """Return the schema of a parameter or header object, as it is written."""
    content = parameter.get("content")
    if content is not None and isinstance(content.value, dict) and content.value:
        media_type = content.get(next(iter(content.value)))
        return media_type.raw("schema") if media_type is not None else None
    return parameter.raw("schema")


def scalar_text(value: Any) -> str | None:
    """Return a scalar as text, or None for null, which has no text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_INTEGERS:
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


def _quoted(value: Any) -> str:
    return quote(scalar_text(value) or "", safe="")


def query_text(name: str, value: Any, encoding: Encoding) -> str:  # noqa: PLR0911 - one for each style
    """Return the part of a query string, or of a cookie, that carries a value."""
    key = quote(name, safe="")
    if encoding.media_type:
        return f"{key}={quote(json.dumps(value), safe='')}"
    if isinstance(value, list):
        if encoding.explode:
            return "&".join(f"{key}={_quoted(item)}" for item in value)
        return f"{key}={_JOINERS.get(encoding.style, ',').join(map(_quoted, value))}"
    if isinstance(value, dict):
        if encoding.style == "deepObject":
            return "&".join(f"{key}[{quote(member, safe='')}]={_quoted(v)}" for member, v in value.items())
        if encoding.explode:
            return "&".join(f"{quote(member, safe='')}={_quoted(v)}" for member, v in value.items())
        return f"{key}={','.join(_flat(value, _quoted))}"
    return f"{key}={_quoted(value)}"


def path_text(name: str, value: Any, encoding: Encoding) -> str:
    """Return the part of a path that carries a value."""
    text = _joined(value, encoding, _quoted)
    if encoding.style == "label":
        return f".{text}"
    return f";{quote(name, safe='')}={text}" if encoding.style == "matrix" else text


def header_text(value: Any, encoding: Encoding) -> str:
    """Return the field value of a header that carries a value."""
    return (
        json.dumps(value)
        if encoding.media_type
        else _joined(value, encoding, lambda item: scalar_text(item) or "")
    )


def _joined(value: Any, encoding: Encoding, text: Callable[[Any], str]) -> str:
    joiner = _JOINERS.get(encoding.style, ",")
    if isinstance(value, list):
        return joiner.join(map(text, value))
    if isinstance(value, dict):
        if encoding.explode:
            return joiner.join(f"{text(member)}={text(v)}" for member, v in value.items())
        return joiner.join(_flat(value, text))
    return text(value)


def _flat(value: Mapping[str, Any], text: Callable[[Any], str]) -> list[str]:
    return [part for member, item in value.items() for part in (text(member), text(item))]
