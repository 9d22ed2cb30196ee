"""The life of an operation: deprecation, sunset and removal."""

from __future__ import annotations

import datetime
from typing import Final

from change_gate.comparison import witnesses
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Message, Pair
from change_gate.comparison.recorder import Scope
from change_gate.documents import Node
from change_gate.findings import Kind, Verdict

STABILITY: Final = ("draft", "alpha", "beta", "stable")  # lowest first


def sunset_of(operation: Node) -> datetime.date | None:
    """Return the date of `x-sunset`, or None if there is none that can be read."""
    text = _sunset_text(operation)
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None


def _sunset_text(operation: Node) -> str:
    return operation.text("x-sunset") or operation.text("sunset")


def compare(context: Context, scope: Scope) -> None:
    """Record a new deprecation, and a sunset date that moved closer or cannot be read."""
    base, head = scope.operations.base, scope.operations.head
    if base is None or head is None:
        return
    if head.flag("deprecated") and not base.flag("deprecated"):
        sunset = sunset_of(head)
        when = f" It ends on {sunset.isoformat()}." if sunset else ""
        context.recorder.add(
            "operation-deprecated",
            Verdict.COMPATIBLE,
            f"Clients should stop using the operation.{when}",
            scope.operations,
            scope=scope,
            location="deprecated",
            kind=Kind.DOCUMENTATION,
        )
    old, new = sunset_of(base), sunset_of(head)
    if old is not None and new is not None and new < old:
        message = f"The operation was to end on {old.isoformat()} and ends on {new.isoformat()}."
        _report_sunset(context, scope, "sunset-moved-closer", message, Kind.WIRE)
    elif _sunset_text(head) != _sunset_text(base) and _sunset_text(head) and new is None:
        message = f"The sunset date {_sunset_text(head)!r} cannot be read; write it as 2030-12-31."
        _report_sunset(context, scope, "sunset-unreadable", message, Kind.DOCUMENTATION)
    elif head.flag("deprecated") and old is not None and not _sunset_text(head):
        message = f"The operation was to end on {old.isoformat()}. It is still deprecated, but has no date."
        _report_sunset(context, scope, "sunset-removed", message, Kind.DOCUMENTATION)
    _compare_stability(context, scope)


def _compare_stability(context: Context, scope: Scope) -> None:
    """Record a lower `x-stability-level`."""
    levels = [side.text("x-stability-level") or "stable" for side in scope.operations.nodes()]
    if not all(level in STABILITY for level in levels):
        return
    old, new = map(STABILITY.index, levels)
    if new < old:
        context.recorder.add(
            "stability-lowered",
            Verdict.RISKY,
            f"The operation was {levels[0]} and is only {levels[1]} now, so it may change without notice.",
            scope.operations,
            scope=scope,
            location="stability",
            kind=Kind.DOCUMENTATION,
        )


def _report_sunset(context: Context, scope: Scope, rule: str, message: str, kind: Kind) -> None:
    context.recorder.add(
        rule, Verdict.RISKY, message, scope.operations, scope=scope, location="sunset", kind=kind
    )


def report_removed(context: Context, scope: Scope, item_in_head: Node | None) -> None:
    """Record an operation that HEAD does not have."""
    operation = scope.operations.base
    assert operation is not None
    sunset = sunset_of(operation) if operation.flag("deprecated") else None
    verdict = Verdict.BREAKING
    message = "The operation was removed, so requests to it fail."
    if scope.is_event:
        message = "The event was removed, so receivers wait for it in vain."
    if sunset is not None and sunset <= context.options.today:
        verdict = Verdict.COMPATIBLE if context.options.allow_deprecated else Verdict.RISKY
        message = f"{message[:-1]}; its end was announced for {sunset.isoformat()}."
    elif operation.flag("deprecated"):
        message = f"{message[:-1]}; it was deprecated, but it worked until now."
    whole_item = item_in_head is None
    context.recorder.add(
        f"{'event' if scope.is_event else 'operation'}-removed",
        verdict,
        message,
        Pair(scope.items.base if whole_item else operation, None),
        scope=scope,
        location="removed",
        direction=scope.direction(Message.REQUEST),
        witness=None if scope.is_event else witnesses.request(context, scope),
        parents=Pair(operation, item_in_head or context.head.top.get("paths") or context.head.top),
    )
