"""Path items: their operations, also if a path item has fields beside its `$ref`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from change_gate.documents import Node
from change_gate.documents.shape import METHODS


@dataclass(frozen=True, slots=True)
class _MergedItem(Node):
    """The target of a `$ref` with the fields beside the `$ref`, which have their own places."""

    beside: Node
    target: Node

    def _member(self, key: str) -> Node | None:
        return (self.beside if key in self.beside.value else self.target).raw(key)


def merged(item: Node | None) -> Node | None:
    """Return a path item with its reference resolved. Fields beside `$ref` replace those of the target."""
    if item is None or not isinstance(item.value, dict):
        return None
    target = item.resolved()
    siblings = {key: value for key, value in item.value.items() if key != "$ref"}
    if target is item or not siblings or not isinstance(target.value, dict):
        return target
    beside = Node(item.document, siblings, item.pointer)
    return _MergedItem(target.document, {**target.value, **siblings}, target.pointer, beside, target)


def methods(item: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield method and operation of a path item."""
    for method in METHODS:
        operation = item.get(method) if item else None
        if operation is not None:
            yield method, operation
