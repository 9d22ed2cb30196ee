"""The names that code generators use: operation ids and tags."""

from __future__ import annotations

from typing import Any

from change_gate.comparison.context import Context
from change_gate.comparison.recorder import Scope
from change_gate.documents import Node
from change_gate.findings import Kind, Verdict


def compare(context: Context, scope: Scope) -> None:
    """Record a changed operation id and changed tags."""
    base, head = scope.operations.base, scope.operations.head
    if base is None or head is None:
        return
    old, new = base.text("operationId"), head.text("operationId")
    if old != new:
        message = f"Generated code calls the operation {new or 'by another name'} instead of {old or 'a derived name'}."
        _report(context, scope, "operation-id-changed", message, "operationId")
    if _tags(base) != _tags(head):
        message = f"Generated code groups the operation under {_words(head)} instead of {_words(base)}."
        _report(context, scope, "tags-changed", message, "tags")


def _report(context: Context, scope: Scope, rule: str, message: str, field: str) -> None:
    context.recorder.add(
        rule,
        Verdict.RISKY,
        message,
        scope.operations.raw(field),
        scope=scope,
        location=field,
        kind=Kind.CODEGEN,
    )


def _tags(operation: Node) -> set[str]:
    value: Any = operation.value.get("tags")
    return {tag for tag in value if isinstance(tag, str)} if isinstance(value, list) else set()


def _words(operation: Node) -> str:
    return ", ".join(sorted(_tags(operation))) or "no tag"
