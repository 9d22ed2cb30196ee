"""A cursor over a document: a value, the pointer to it, and its members with references resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from change_gate.documents import pointers
from change_gate.findings import Place

if TYPE_CHECKING:
    from change_gate.documents.document import Document


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document. Members that a document lacks, or that have the wrong type, count as absent."""

    document: Document
    value: Any
    pointer: str

    @property
    def place(self) -> Place:
        """The node's file, pointer and line."""
        return self.document.place(self.pointer)

    def raw(self, *keys: str) -> Node | None:
        """Return a member as it is written, or None. References are resolved on the way to it only."""
        node: Node | None = self
        for index, key in enumerate(keys):
            if node is None:
                return None
            if index:
                node = node.resolved()
            node = node._member(key)
        return node

    def get(self, *keys: str) -> Node | None:
        """Return a member with its reference resolved, or None."""
        node = self.raw(*keys)
        return node.resolved() if node is not None else None

    def _member(self, key: str) -> Node | None:
        if not isinstance(self.value, dict) or self.value.get(key) is None:
            return None
        return Node(self.document, self.value[key], pointers.join(self.pointer, key))

    def resolved(self) -> Node:
        """Return the node that this one refers to, or the node itself."""
        node = self
        while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            try:
                node = self.document.node(node.value["$ref"].removeprefix("#"))
            except (LookupError, ValueError, TypeError):  # data that looks like a reference
                return node
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield name and resolved node of each member of an object."""
        if isinstance(self.value, dict):
            for key in self.value:
                member = self.get(key)
                if member is not None:
                    yield key, member

    def elements(self) -> Iterator[Node]:
        """Yield the resolved elements of an array."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(self.document, value, pointers.join(self.pointer, index)).resolved()

    def text(self, key: str, default: str = "") -> str:
        """Return a member that is a string, or the default."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else default

    def flag(self, key: str) -> bool:
        """Return True if a member is true."""
        return isinstance(self.value, dict) and self.value.get(key) is True
