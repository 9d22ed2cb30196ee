"""The parameters of an operation: its own, and those of its path item that it does not replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from change_gate.comparison.recorder import Scope
from change_gate.comparison.serialisation import DEFAULT_STYLES, Encoding, encoding_of, schema_of
from change_gate.documents import Node, paths

RESERVED_HEADERS: Final = frozenset(["accept", "content-type", "authorization"])
Key = tuple[str, str]


@dataclass(frozen=True)
class Parameter:
    """A parameter. `key` is its place with its name, or for path parameters the index in the template."""

    key: Key
    name: str
    location: str
    required: bool
    node: Node
    schema: Node | None
    encoding: Encoding


def parameters_of(scope: Scope, side: str) -> Mapping[Key, Parameter]:
    """Return the parameters of an operation on one side, by key. An undeclared path variable is any text."""
    base = side == "base"
    operation = scope.operations.base if base else scope.operations.head
    item = scope.items.base if base else scope.items.head
    variables = paths.variables(scope.paths[0] if base else scope.paths[1])
    found: dict[Key, Parameter] = {}
    for owner in (item, operation):
        listed = owner.get("parameters") if owner else None
        for node in listed.elements() if listed else ():
            parameter = _parameter(node, variables, is_event=scope.is_event)
            if parameter is not None:
                found[parameter.key] = parameter
    for index, name in enumerate(variables if operation else ()):
        key = ("path", str(index))
        if key not in found and operation is not None:
            encoding = Encoding(DEFAULT_STYLES["path"], False)
            found[key] = Parameter(key, name, "path", True, operation, None, encoding)
    return found


def _parameter(node: Node, variables: list[str], *, is_event: bool) -> Parameter | None:
    name, location = node.text("name"), node.text("in")
    if location not in DEFAULT_STYLES or (location == "header" and name.lower() in RESERVED_HEADERS):
        return None
    key = (location, name.lower() if location == "header" else name)
    if location == "path":
        if name not in variables and not is_event:
            return None
        key = (location, str(variables.index(name)) if name in variables else name)
    required = node.flag("required") or location == "path"
    return Parameter(key, name, location, required, node, schema_of(node), encoding_of(node, location))
