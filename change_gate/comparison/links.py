"""Links: advice to a client on its next request. They are not part of a message, so a change breaks no client."""

from __future__ import annotations

from typing import Any

from change_gate.comparison.context import Context
from change_gate.comparison.directions import Pair
from change_gate.comparison.recorder import Scope
from change_gate.comparison.values import same
from change_gate.documents import Node
from change_gate.findings import Direction, Kind, Verdict


def compare(context: Context, scope: Scope, responses: Pair, location: str) -> None:
    """Record the links of one response that were removed or that lead elsewhere."""
    base, head = _links(responses.base), _links(responses.head)
    for name, old in base.items():
        new = head.get(name)
        if new is not None and same(_target(old), _target(new)):
            continue
        change = "removed" if new is None else "changed"
        context.recorder.add(
            f"link-{change}",
            Verdict.RISKY,
            f"The link {name} was removed; clients that follow it need the next request from elsewhere."
            if new is None
            else f"The link {name} leads to another request.",
            Pair(old, new),
            scope=scope,
            location=f"{location} link {name} {change}",
            direction=Direction.SERVER_TO_CLIENT,
            kind=Kind.DOCUMENTATION,
            parents=responses,
        )
    for name, new in head.items():
        if name not in base:
            context.recorder.add(
                "link-added",
                Verdict.COMPATIBLE,
                f"The link {name} is new.",
                Pair(None, new),
                scope=scope,
                location=f"{location} link {name} added",
                direction=Direction.SERVER_TO_CLIENT,
                kind=Kind.DOCUMENTATION,
                parents=responses,
            )


def _links(response: Node | None) -> dict[str, Node]:
    links = response.get("links") if response else None
    return {name: link for name, link in links.items() if isinstance(link.value, dict)} if links else {}


def _target(link: Node) -> dict[str, Any]:
    """Return the fields of a link that decide about the next request."""
    return {
        key: value for key, value in link.value.items() if key != "description" and not key.startswith("x-")
    }
