"""Patterns that match every text, such as `.*`."""

from __future__ import annotations

import functools

from change_gate.schemas.characters import PatternError
from change_gate.schemas.patterns import Anchor, Choice, Group, Node, Repeat, Sequence, parse


@functools.lru_cache(maxsize=4096)
def matches_everything(pattern: str) -> bool:
    """Return True if a pattern certainly matches every text, since it matches nothing at its start."""
    try:
        return _may_be_empty(parse(pattern))
    except (PatternError, RecursionError):
        return False


def _may_be_empty(node: Node) -> bool:
    """Return True if a tree matches no characters at the start of every text."""
    match node:
        case Sequence(parts):
            return all(map(_may_be_empty, parts))
        case Choice(branches):
            return any(map(_may_be_empty, branches))
        case Repeat(part, least, _):
            return least == 0 or _may_be_empty(part)
        case Group(_, part):
            return not node.looks_around and _may_be_empty(part)
        case Anchor(kind):
            return kind == "^"
    return False
