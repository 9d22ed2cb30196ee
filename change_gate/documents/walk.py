"""A walk over the parts of a document that hold references and patterns, without examples and extensions."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from change_gate.documents.keywords import is_noteworthy


class _Kind(enum.Enum):
    OBJECT = enum.auto()  # the keys are fields of OpenAPI or JSON Schema
    NAMES = enum.auto()  # the keys are names, such as properties or paths
    EXAMPLES = enum.auto()  # the keys are names of examples


# A node's path as a chain of pairs, which costs nothing until a pointer is needed.
Path = tuple[Any, Any] | None

_DATA: Final = frozenset(
    ["example", "default", "enum", "const", "dependentRequired", "mapping", "scopes", "security"]
)
_NAMES: Final = frozenset(
    [
        *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"),
        *("paths", "webhooks", "callbacks", "responses", "content", "encoding", "headers", "parameters"),
        *("schemas", "requestBodies", "securitySchemes", "links", "pathItems", "variables"),
    ]
)
_MAPS_WITH_EXTENSIONS: Final = frozenset(["paths", "webhooks", "responses", "callbacks"])


@dataclass(frozen=True, slots=True)
class Site:
    """One field that matters when a document is loaded: a reference, a pattern, a name or an odd keyword."""

    key: str
    value: Any
    holder: dict[str, Any]
    path: Path

    def tokens(self) -> list[str]:
        """Return the tokens of the pointer to the holder's key."""
        return [*path_tokens(self.path), self.key]


def path_tokens(path: Path) -> list[str]:
    """Return a chained path as a list of tokens."""
    tokens = []
    while path is not None:
        path, token = path
        tokens.append(str(token))
    return tokens[::-1]


_SITES: Final = frozenset(["$ref", "pattern", "patternProperties", "$anchor", "$id", "mapping"])


def sites(root: Any) -> Iterator[Site]:
    """Yield all sites below a document's root, in document order."""
    stack: list[tuple[Any, _Kind, Path]] = [(root, _Kind.OBJECT, None)]
    seen: set[tuple[int, _Kind]] = set()
    while stack:
        value, kind, path = stack.pop()
        if (id(value), kind) in seen:
            continue
        seen.add((id(value), kind))
        if isinstance(value, list):
            stack.extend((item, kind, (path, index)) for index, item in reversed(list(enumerate(value))))
        elif isinstance(value, dict):
            if kind is _Kind.OBJECT:
                yield from (
                    Site(key, value[key], value, path)
                    for key in value
                    if key in _SITES or is_noteworthy(key, value[key])
                )
            stack.extend(reversed(list(_children(value, kind, path))))


def _children(value: dict[str, Any], kind: _Kind, path: Path) -> Iterator[tuple[Any, _Kind, Path]]:
    for key, child in value.items():
        if not isinstance(child, (dict, list)):
            continue
        if kind is _Kind.OBJECT:
            child_kind = _kind_of_field(key, child)
            if child_kind is not None:
                yield child, child_kind, (path, key)
        elif kind is _Kind.NAMES:
            if not (key.startswith("x-") and _has_extensions(path)):
                yield child, _Kind.OBJECT, (path, key)
        elif not (isinstance(child, dict) and "value" in child):
            yield child, _Kind.OBJECT, (path, key)


def _has_extensions(path: Path) -> bool:
    """Return True if names that start with `x-` are extensions in the map at a path."""
    owner, name = path or (None, "")
    return name in _MAPS_WITH_EXTENSIONS and (owner is None or owner[1] != "components")


def _kind_of_field(key: str, child: Any) -> _Kind | None:
    """Return how to walk a field's value, or None to leave it out."""
    if key in _DATA or key.startswith("x-"):
        return None
    if key == "examples":
        return _Kind.EXAMPLES if isinstance(child, dict) else None
    return _Kind.NAMES if key in _NAMES and isinstance(child, dict) else _Kind.OBJECT
