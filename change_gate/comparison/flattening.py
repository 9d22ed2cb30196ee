"""Schemas as alternatives: each is a list of parts that all apply to one value."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from change_gate.documents import Node, pointers
from change_gate.findings import Direction

Alternative = tuple[Node, ...]
MAX_ALTERNATIVES: Final = 64
_UNSENT: Final = {Direction.CLIENT_TO_SERVER: "readOnly", Direction.SERVER_TO_CLIENT: "writeOnly"}


def alternatives(nodes: Iterable[Node], seen: frozenset[str] = frozenset()) -> list[Alternative]:
    """Return the alternatives of schemas that all apply to one value. `allOf` multiplies, `oneOf` and `anyOf` add."""
    factors = [_alternatives(node, seen) for node in nodes]
    product = itertools.product(*factors)
    return [tuple(itertools.chain(*parts)) for parts in itertools.islice(product, MAX_ALTERNATIVES)]


def _alternatives(node: Node, seen: frozenset[str]) -> list[Alternative]:
    value = node.value
    if not isinstance(value, dict) or node.pointer in seen:
        return [()]
    seen |= {node.pointer}
    if isinstance(value.get("$ref"), str):
        target = [node.document.node(value["$ref"].removeprefix("#"))]
        if node.document.version == "3.0" or len(value) == 1:
            return alternatives(target, seen)
        factors: list[list[Alternative]] = [[(node,)], alternatives(target, seen)]
    else:
        factors = [[(node,)]]
    for branch in _elements(node, "allOf"):
        factors.append(_alternatives(branch, seen))
    for keyword in ("then", "else"):
        branch_node = node.raw(keyword)
        if branch_node is not None:
            factors.append(_alternatives(branch_node, seen))
    for keyword in ("anyOf", "oneOf"):
        branches = [
            alternative for branch in _elements(node, keyword) for alternative in _alternatives(branch, seen)
        ]
        if branches:
            factors.append(branches)
    product = itertools.islice(itertools.product(*factors), MAX_ALTERNATIVES)
    return [tuple(itertools.chain(*parts)) for parts in product]


def _elements(node: Node, keyword: str) -> Iterator[Node]:
    value = node.value.get(keyword)
    if isinstance(value, list):
        for index in range(len(value)):
            yield Node(node.document, value[index], f"{node.pointer}/{keyword}/{index}")


def parts(node: Node) -> Iterator[Node]:
    """Yield the schemas that certainly apply to one value: the schema, its `$ref`, and its `allOf`."""
    pending, seen = [node], set()
    while pending:
        current = pending.pop()
        if current.pointer in seen or not isinstance(current.value, dict):
            continue
        seen.add(current.pointer)
        if isinstance(current.value.get("$ref"), str):
            pending.append(current.document.node(current.value["$ref"].removeprefix("#")))
            if current.document.version == "3.0":
                continue
        yield current
        pending.extend(_elements(current, "allOf"))


def properties(alternative: Alternative, direction: Direction) -> dict[str, list[Node]]:
    """Return the members that an alternative declares for a direction, each with all its schemas."""
    declared: dict[str, list[Node]] = {}
    for part in alternative:
        members = part.raw("properties")
        if members is None or not isinstance(members.value, dict):
            continue
        for name in members.value:
            member = members.raw(name)
            if member is not None and member.value is not False:
                declared.setdefault(name, []).append(member)
    return {name: nodes for name, nodes in declared.items() if not is_unsent(nodes, direction)}


def is_unsent(nodes: Iterable[Node], direction: Direction) -> bool:
    """Return True if a member is not sent in this direction, because it is readOnly or writeOnly."""
    mark = _UNSENT[direction]
    return any(part.flag(mark) for node in nodes for part in parts(node))


def children(alternative: Alternative, keyword: str) -> list[Node]:
    """Return the schemas that an alternative has under a keyword such as `items`, or at a path of `indexed`."""
    found = []
    for part in alternative:
        child = _at(part, keyword)
        if child is not None and isinstance(child.value, dict):
            found.append(child)
    return found


def _at(part: Node, keyword: str) -> Node | None:
    name, slash, inside = keyword.partition("/")
    holder = part.raw(name)
    if not slash or holder is None:
        return holder
    if isinstance(holder.value, list):
        index = int(inside)
        found = holder.value[index] if index < len(holder.value) else None
        return Node(holder.document, found, pointers.join(holder.pointer, inside))
    return holder.raw(inside)


def indexed(alternative: Alternative) -> list[tuple[str, str]]:
    """Return the elements of tuples and the patterns of member names: the path of each, and its place in a value."""
    found: dict[tuple[str, str], None] = {}
    for part in alternative:
        elements, patterns = part.value.get("prefixItems"), part.value.get("patternProperties")
        for index in range(len(elements)) if isinstance(elements, list) else ():
            found[(f"prefixItems/{index}", f"/{index}")] = None
        for pattern in patterns if isinstance(patterns, dict) else ():
            found[(f"patternProperties/{pattern}", "/*")] = None
    return list(found)
