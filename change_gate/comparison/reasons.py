"""The reason of a break in plain words: what changed at the keyword that refuses the witness."""

from __future__ import annotations

import json
from typing import Any, Final

from change_gate.comparison.directions import Pair
from change_gate.comparison.values import ANNOTATIONS
from change_gate.documents import Node
from change_gate.findings import Direction

ABSENT: Final = object()
MAX_SHOWN: Final = 60
MAX_LISTED: Final = 5
_UNIONS: Final = ("anyOf", "oneOf")
_OPEN: Final = ("additionalProperties", "unevaluatedProperties")


def reason(keyword: str, places: Pair, witness: Any, direction: Direction) -> str:
    """Return what changed from BASE to HEAD, or an empty string if the keyword does not show it."""
    old, new = (_value(side, keyword) for side in (places.base, places.head))
    if keyword in _OPEN:
        return _closed(old, new, places, direction)
    if (old is ABSENT and new is ABSENT) or (old is not ABSENT and old == new):
        return ""
    if keyword == "required":
        return _listed(
            old, new, ("became required",) * 2, ("is no longer required", "are no longer required")
        )
    if keyword in ("enum", *_UNIONS) and ABSENT not in (old, new):
        name = "the allowed values" if keyword == "enum" else keyword
        added, removed = f"added to {name}", f"removed from {name}"
        return _listed(old, new, (f"was {added}", f"were {added}"), (f"was {removed}", f"were {removed}"))
    if keyword == "type" and witness is None:
        return "null was added to the types" if _allows_null(new) else "null was removed from the types"
    return _changed(keyword, old, new)


def _closed(old: Any, new: Any, places: Pair, direction: Direction) -> str:
    """Return the words for an object that forbids undeclared members on the reader's side."""
    by_client = direction is Direction.CLIENT_TO_SERVER
    sender = places.sender(direction)
    if sender is not None and sender.pointer.rpartition("/")[0].endswith("/properties"):
        change = "HEAD no longer declares it" if by_client else "BASE did not declare it"
        return f"{change} and forbids undeclared members"
    if old is False or new is False:
        return "additional members were forbidden" if by_client else "additional members were allowed"
    return ""


def _value(node: Node | None, keyword: str) -> Any:
    """Return the value of the keyword, if the place is the keyword itself and not its closest parent.

    `nullable` of OpenAPI 3.0 counts as a type.
    """
    if node is None or node.pointer.rpartition("/")[2] != keyword:
        return ABSENT
    parent = node.document.node(node.pointer.rpartition("/")[0])
    if keyword == "type" and node.document.version == "3.0" and parent.flag("nullable"):
        return [node.value, "null"]
    return node.value


def _allows_null(types: Any) -> bool:
    return types is ABSENT or "null" in (types if isinstance(types, list) else [types])


def _listed(old: Any, new: Any, added: tuple[str, str], removed: tuple[str, str]) -> str:
    """Return what was added and removed. Both words are given for one item and for several."""
    before, after = (side if isinstance(side, list) else [] for side in (old, new))
    changes = [
        f"{_some(items)} {words[min(len(items), 2) - 1]}"
        for items, words in (
            ([item for item in after if item not in before], added),
            ([item for item in before if item not in after], removed),
        )
        if items
    ]
    return " and ".join(changes)


def _some(items: list[Any]) -> str:
    """Return the items as a list, which names the first few of them."""
    first = [_reference(item) or shown(_essence(item)) for item in items[:MAX_LISTED]]
    more = len(items) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _reference(value: Any) -> str:
    """Return the component's name if a schema is nothing but a reference to it."""
    name = value.get("$ref", "") if isinstance(value, dict) and len(value) == 1 else ""
    return name.rpartition("/")[2] if isinstance(name, str) else ""


def _essence(item: Any) -> Any:
    """Return a schema without its annotations, and any other value as it is."""
    if not isinstance(item, dict):
        return item
    return {key: value for key, value in item.items() if key not in ANNOTATIONS and not key.startswith("x-")}


def _changed(keyword: str, old: Any, new: Any) -> str:
    if ABSENT in (old, new):
        items = new if old is ABSENT else old
        text = f"of {_some(items)}" if keyword in _UNIONS and isinstance(items, list) else shown(items)
        return f"{keyword} {text} was {'added' if old is ABSENT else 'removed'}"
    if _is_number(old) and _is_number(new):
        return f"{keyword} {'rose' if new > old else 'fell'} from {shown(old)} to {shown(new)}"
    return f"{keyword} changed from {shown(old)} to {shown(new)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """Return a value as JSON, cut to a readable length."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
