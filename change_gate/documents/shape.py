"""The check that the parts of a document have the type that OpenAPI gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from change_gate.documents import paths, pointers
from change_gate.errors import DocumentError

if TYPE_CHECKING:
    from change_gate.documents.document import Document

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# By object, its fields: the object itself, `[object]` for an array, `{object}` for a map of names. An object without
# a row has no checked fields.
_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "document": {
        "info": "info",
        "paths": "{path item}",
        "webhooks": "{path item}",
        "components": "components",
        "servers": "[server]",
        "security": "[security requirement]",
        "tags": "[tag]",
    },
    "components": {
        "schemas": "{schema}",
        "responses": "{response}",
        "parameters": "{parameter}",
        "requestBodies": "{request body}",
        "headers": "{header}",
        "securitySchemes": "{security scheme}",
        "callbacks": "{callback}",
        "pathItems": "{path item}",
    },
    "path item": {
        **dict.fromkeys(METHODS, "operation"),
        "parameters": "[parameter]",
        "servers": "[server]",
    },
    "operation": {
        "parameters": "[parameter]",
        "requestBody": "request body",
        "responses": "{response}",
        "callbacks": "{callback}",
        "security": "[security requirement]",
        "servers": "[server]",
    },
    "parameter": {"schema": "schema", "content": "{media type}"},
    "header": {"schema": "schema", "content": "{media type}"},
    "request body": {"content": "{media type}"},
    "response": {"content": "{media type}", "headers": "{header}"},
    "media type": {"schema": "schema", "encoding": "{encoding}"},
    "server": {"variables": "{server variable}"},
}
_STATUS: Final = re.compile(r"\s*[1-5](?:[0-9]{2}|XX)\s*|default|x-.*", re.IGNORECASE)
_PARAMETER_PLACES: Final = ("query", "path", "header", "cookie")


def check(document: Document) -> None:
    """Raise DocumentError for the first part with a wrong type."""
    root = document.root
    parts = [name for name in ("paths", "webhooks", "components") if root.get(name) is not None]
    if document.version == "3.0" and "paths" not in root:
        raise DocumentError("the document has no paths", file=document.file, line=document.place("").line)
    if not parts and "paths" not in root:
        message = "the document has neither paths nor webhooks nor components"
        raise DocumentError(message, file=document.file, line=document.place("").line)
    for pointer, problem in _problems(root, "document", ""):
        place = document.place(pointer)
        raise DocumentError(problem, file=place.file, line=place.line)
    _check_paths(document)


def _check_paths(document: Document) -> None:
    """Raise DocumentError if two path templates name the same addresses and share a method."""
    seen: dict[tuple[str, str], str] = {}
    items = document.top.raw("paths")
    for template in items.value if items else ():
        item = items.get(template) if items and not template.startswith("x-") else None
        for method in METHODS:
            if item is None or item.raw(method) is None:
                continue
            other = seen.setdefault((paths.canonical(template), method), template)
            if other != template:
                place = document.place(pointers.join("/paths", template))
                message = f"the paths {other} and {template} name the same addresses"
                raise DocumentError(message, file=place.file, line=place.line)
        if not template.startswith(("/", "x-")):
            place = document.place(pointers.join("/paths", template))
            message = f"the path {template!r} must start with a slash"
            raise DocumentError(message, file=place.file, line=place.line)


def _problems(value: Any, kind: str, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the description of each wrong type below a value."""
    if kind == "schema" and isinstance(value, bool):
        return
    if not isinstance(value, dict):
        yield pointer, f"{_article(kind)} must be an object, not {_type(value)}"
        return
    if "$ref" in value and kind != "path item":
        return
    if kind == "callback":
        yield from _map_problems(value, "path item", pointer)
        return
    if kind == "operation":
        yield from _status_problems(value.get("responses"), pointer)
    if kind == "parameter":
        yield from _parameter_problems(value, pointer)
    for field, form in _FIELDS.get(kind, {}).items():
        if value.get(field) is not None:
            yield from _field_problems(value[field], form, field, pointers.join(pointer, field))


def _field_problems(value: Any, form: str, field: str, pointer: str) -> Iterator[tuple[str, str]]:
    if form.startswith("["):
        if not isinstance(value, list):
            yield pointer, f"{field} must be an array, not {_type(value)}"
            return
        for index, item in enumerate(value):
            yield from _problems(item, form[1:-1], pointers.join(pointer, index))
    elif form.startswith("{"):
        if not isinstance(value, dict):
            yield pointer, f"{field} must be an object, not {_type(value)}"
            return
        yield from _map_problems(value, form[1:-1], pointer)
    else:
        yield from _problems(value, form, pointer)


def _map_problems(value: dict[str, Any], kind: str, pointer: str) -> Iterator[tuple[str, str]]:
    for name, member in value.items():
        is_extension = name.startswith("x-") and kind in ("path item", "response")
        is_empty = member is None and kind in ("path item", "media type", "encoding")
        if is_extension or is_empty:
            continue
        yield from _problems(member, kind, pointers.join(pointer, name))


def _status_problems(responses: Any, pointer: str) -> Iterator[tuple[str, str]]:
    for name in responses if isinstance(responses, dict) else ():
        if not _STATUS.fullmatch(name):
            message = f"the response {name!r} needs a status code, such as 404, 4XX or default"
            yield pointers.join(pointer, "responses", name), message


def _parameter_problems(value: dict[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value.get("name"), str):
        yield pointer, "a parameter needs a name"
    elif value.get("in") not in _PARAMETER_PLACES:
        yield pointer, f"the parameter {value['name']!r} needs `in`: query, path, header or cookie"


def _article(kind: str) -> str:
    if kind in ("components", "info", "document"):
        return f"the field {kind}" if kind != "document" else "the document"
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", list: "an array", int: "a number", float: "a number"}
    return names.get(type(value), "an object")
