"""The places of a break: the keyword that refuses the witness, and its counterpart in the sender's document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from change_gate.comparison.directions import Pair, ordered
from change_gate.comparison.flattening import alternatives, children, indexed, properties
from change_gate.documents import Node, pointers
from change_gate.findings import Direction
from change_gate.schemas.containment import Containment

_CLOSED: Final = ("additionalProperties", "unevaluatedProperties")
MOST_SCHEMAS: Final = 200  # of one member, over all alternatives


def find(schemas: Pair, direction: Direction, containment: Containment) -> Pair:
    """Return the places in BASE and HEAD of the keyword that refuses the witness, or of the closest schema."""
    reader, sender = schemas.reader(direction), schemas.sender(direction)
    tokens = pointers.split(containment.pointer) if containment.pointer.startswith("/") else []
    if reader is not None and containment.reference:
        reader = _at_reference(reader, containment.reference) or reader
    if sender is not None and (containment.reference or containment.keyword in _CLOSED):
        sender = _counterpart(sender, direction, containment, tokens)
    else:
        sender = _nearest(sender, tokens)
    return ordered(sender, _nearest(reader, tokens), direction)


def _counterpart(
    sender: Node, direction: Direction, containment: Containment, tokens: Sequence[str]
) -> Node | None:
    """Return the keyword in the sender's schema, or the schema of the refused member.

    A schema of the same name counts only if the sender refers to it on the way to the member.
    """
    way = [[sender]]
    for token in pointers.split(containment.member):
        way.append(_children(way[-1], token, direction))
        if not way[-1]:
            way.pop()
            break
    else:
        if containment.keyword in _CLOSED and len(way) > 1:
            return way[-1][0]
    pointer = containment.reference.removeprefix("#")
    passed = {node.pointer for nodes in way for parts in (nodes, *alternatives(nodes)) for node in parts}
    named = _at_reference(sender, containment.reference) if pointer in passed else None
    return _nearest(way[-1][0], tokens[-1:]) if named is None else _nearest(named, tokens)


def _children(nodes: Sequence[Node], token: str, direction: Direction) -> list[Node]:
    """Return the schemas of one member or element, over all alternatives."""
    found: dict[str, Node] = {}
    for alternative in alternatives(nodes):
        inner = properties(alternative, direction).get(token)
        if inner is None:
            keywords = [keyword for keyword, place in indexed(alternative) if place in ("/*", f"/{token}")]
            keywords += ["items"] if token.isdigit() else []
            inner = [
                child
                for keyword in (*keywords, "additionalProperties")
                for child in children(alternative, keyword)
            ]
        found |= {node.pointer: node for node in inner}
    return list(found.values())[:MOST_SCHEMAS]


def _at_reference(node: Node, reference: str) -> Node | None:
    try:
        return node.document.node(reference.removeprefix("#"))
    except (LookupError, ValueError):
        return None


def _nearest(node: Node | None, tokens: Sequence[str]) -> Node | None:
    """Return the node that the tokens lead to, or its closest ancestor that exists."""
    for token in tokens:
        if node is None:
            return None
        current = node if isinstance(node.value, dict) and token in node.value else node.resolved()
        if isinstance(current.value, list) and token.isdigit() and int(token) < len(current.value):
            node = Node(current.document, current.value[int(token)], pointers.join(current.pointer, token))
        elif isinstance(current.value, dict) and token in current.value:
            node = Node(current.document, current.value[token], pointers.join(current.pointer, token))
        else:
            return current
    return node
