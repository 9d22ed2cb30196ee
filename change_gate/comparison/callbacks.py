"""Callbacks and webhooks: the server sends the requests, and the receivers still follow BASE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from change_gate.comparison import lifecycle
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Initiator, Message, Pair
from change_gate.comparison.path_items import merged, methods
from change_gate.comparison.recorder import Scope
from change_gate.documents import Node
from change_gate.findings import Verdict

MAX_DEPTH: Final = 3
ComparePair = Callable[[Context, Scope], None]


@dataclass(frozen=True)
class _Event:
    """One address that the server calls: a webhook's name, or a callback's name and expression."""

    name: str
    expression: str
    item: Node


@dataclass(frozen=True)
class _Events:
    """The same event in both documents, with its label for readers and its place for fingerprints."""

    label: str
    place: str
    old: _Event
    new: _Event | None


def compare(context: Context, scope: Scope, compare_pair: ComparePair) -> None:
    """Record the findings about the callbacks of an operation."""
    if scope.place.count(" callback ") >= MAX_DEPTH:
        return
    callbacks = scope.operations.get("callbacks")
    base, head = _events(callbacks.base), _events(callbacks.head)
    for expression, old in base.items():
        new = head.get(expression) or _renamed(old, base, head)
        if new is not None and new.expression != expression:
            context.recorder.add(
                "callback-address-changed",
                Verdict.BREAKING,
                f"The server calls {new.expression} instead of {expression}, the address at which receivers listen.",
                Pair(old.item, new.item),
                scope=scope,
                location=f"callback {expression} address",
                direction=scope.direction(Message.RESPONSE),
            )
        label = f"callback {old.name} of {scope.label}"
        events = _Events(label, f"{scope.place} callback {expression}", old, new)
        _compare_events(context, events, compare_pair)


def compare_webhooks(context: Context, compare_pair: ComparePair) -> None:
    """Record the findings about all webhooks."""
    base, head = _webhooks(context.base.top), _webhooks(context.head.top)
    for name, old in base.items():
        events = _Events(f"webhook {name}", f"webhook {name}", old, head.get(name))
        _compare_events(context, events, compare_pair)
    for name, new in head.items():
        if name not in base:
            context.recorder.add(
                "event-added",
                Verdict.COMPATIBLE,
                "Receivers may subscribe to a new event.",
                Pair(None, new.item),
                location=f"webhook {name} added",
            )


def _webhooks(top: Node) -> dict[str, _Event]:
    webhooks = top.get("webhooks") if top.document.version != "3.0" else None
    found = {}
    for name in webhooks.value if webhooks and isinstance(webhooks.value, dict) else ():
        item = merged(webhooks.raw(name)) if webhooks and not name.startswith("x-") else None
        if item is not None:
            found[name] = _Event(name, name, item)
    return found


def _events(callbacks: Node | None) -> dict[str, _Event]:
    found: dict[str, _Event] = {}
    for name, callback in callbacks.items() if callbacks else ():
        for expression in callback.value if isinstance(callback.value, dict) else ():
            item = merged(callback.raw(expression)) if not expression.startswith("x-") else None
            if item is not None:
                found.setdefault(expression, _Event(name, expression, item))
    return found


def _renamed(old: _Event, base: dict[str, _Event], head: dict[str, _Event]) -> _Event | None:
    """Return the callback of the same name whose expression changed."""
    candidates = [event for event in head.values() if event.name == old.name and event.expression not in base]
    return candidates[0] if len(candidates) == 1 else None


def _compare_events(context: Context, events: _Events, compare_pair: ComparePair) -> None:
    old, new = events.old, events.new
    offered = dict(methods(new.item)) if new else {}
    for method, operation in methods(old.item):
        scope = Scope(
            label=f"{method.upper()} {events.label}",
            place=f"{events.place} {method.upper()}",
            initiator=Initiator.SERVER,
            operations=Pair(operation, offered.get(method)),
            items=Pair(old.item, new.item if new else None),
        )
        if method in offered:
            compare_pair(context, scope)
        else:
            lifecycle.report_removed(context, scope, new.item if new else None)
