"""The operations under `paths`: which of them belong together, and the comparison of each pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from change_gate.comparison import (
    bodies,
    callbacks,
    lifecycle,
    names,
    parameters,
    responses,
    security,
    servers,
)
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Initiator, Message, Pair
from change_gate.comparison.parameter_lists import parameters_of
from change_gate.comparison.path_items import merged, methods
from change_gate.comparison.readings import is_read
from change_gate.comparison.recorder import Recorder, Scope
from change_gate.documents import Document, Node, paths
from change_gate.findings import Kind, Verdict

Key = tuple[str, str]


@dataclass(frozen=True)
class Operation:
    """One operation under `paths`. `key` is the canonical path and the method."""

    key: Key
    template: str
    item: Node
    node: Node


def operations_of(document: Document) -> dict[Key, Operation]:
    """Return all operations of a document by key."""
    found: dict[Key, Operation] = {}
    items = document.top.raw("paths")
    for template in items.value if items and isinstance(items.value, dict) else ():
        item = merged(items.raw(template)) if items and not template.startswith("x-") else None
        for method, node in methods(item) if item else ():
            key = (paths.canonical(template), method)
            found.setdefault(key, Operation(key, template, item, node) if item else found[key])
    return found


def compare(context: Context) -> None:
    """Record the findings about all operations under `paths`."""
    base, head = operations_of(context.base), operations_of(context.head)
    matches = _match(base, head)
    for key, old in base.items():
        if key in matches:
            compare_pair(context, scope_of(old, matches[key]))
        else:
            _report_missing(context, old, head)
    _report_duplicate_ids(context, base, head)
    taken = {match.key for match in matches.values()}
    for key, new in head.items():
        if key not in taken:
            _report_added(context, new, base)


def _report_duplicate_ids(context: Context, base: dict[Key, Operation], head: dict[Key, Operation]) -> None:
    """Record operation ids that HEAD uses twice and BASE did not; generated code has one method for each id."""
    old = {identifier for identifier, operations in _by_id(base).items() if len(operations) > 1}
    for identifier, operations in _by_id(head).items():
        if len(operations) > 1 and identifier not in old:
            context.recorder.add(
                "operation-id-duplicated",
                Verdict.RISKY,
                f"{len(operations)} operations have the id {identifier}; generated code keeps one of them.",
                Pair(None, operations[-1].node.raw("operationId")),
                location=f"operation id {identifier}",
                kind=Kind.CODEGEN,
            )


def _by_id(operations: dict[Key, Operation]) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in operations.values():
        if operation.node.text("operationId"):
            found.setdefault(operation.node.text("operationId"), []).append(operation)
    return found


def _match(base: dict[Key, Operation], head: dict[Key, Operation]) -> dict[Key, Operation]:
    """Return the operation of HEAD for each one of BASE: the same path, or the same address with its server."""
    matches = {key: head[key] for key in base if key in head}
    rest = [operation for key, operation in base.items() if key not in matches]
    if not rest:
        return matches
    by_address: dict[Key, Operation] = {}
    for operation in head.values():
        for address in servers.addresses(operation.node, operation.item, operation.template):
            by_address.setdefault((address, operation.key[1]), operation)
    for operation in rest:
        for address in servers.addresses(operation.node, operation.item, operation.template):
            found = by_address.get((address, operation.key[1]))
            if found is not None:
                matches[operation.key] = found
                break
    return matches


def scope_of(old: Operation | None, new: Operation | None) -> Scope:
    """Return the scope of a pair of operations, one of which may be missing."""
    named = old or new
    assert named is not None
    path, method = named.key
    return Scope(
        label=f"{method.upper()} {named.template}",
        place=f"{method.upper()} {path}",
        initiator=Initiator.CLIENT,
        operations=Pair(old.node if old else None, new.node if new else None),
        items=Pair(old.item if old else None, new.item if new else None),
        paths=(old.template if old else "", new.template if new else ""),
    )


def compare_pair(context: Context, scope: Scope) -> None:
    """Record the findings about one operation that both documents have."""
    parameters.compare(context, scope)
    bodies.compare(context, scope)
    responses.compare(context, scope)
    security.compare(context, scope)
    lifecycle.compare(context, scope)
    names.compare(context, scope)
    if not scope.is_event:
        servers.compare(context, scope)
    callbacks.compare(context, scope, compare_pair)


def _report_missing(context: Context, old: Operation, head: dict[Key, Operation]) -> None:
    """Record an operation that is gone, or that another path template of HEAD matches now."""
    scope = scope_of(old, None)
    for other in _templates_for(old, head) if paths.is_concrete(old.template) else ():
        if not _allows(context, "head", other, paths.captured(other.key[0], old.key[0]) or []):
            continue
        trial = replace(context, recorder=Recorder(context.base, context.head))
        compare_pair(trial, scope_of(old, other))
        if all(finding.verdict is not Verdict.BREAKING for finding in trial.recorder.findings):
            context.recorder.add(
                "operation-served-by-template",
                Verdict.RISKY,
                f"Requests to {old.template} reach {other.template} now, which keeps its promises.",
                Pair(old.node, other.node),
                scope=scope,
                location="path",
                direction=scope.direction(Message.REQUEST),
            )
            return
    same_path = next((operation.item for operation in head.values() if operation.key[0] == old.key[0]), None)
    lifecycle.report_removed(context, scope, same_path)


def _templates_for(concrete: Operation, others: dict[Key, Operation]) -> Iterator[Operation]:
    """Yield the operations whose template matches the path of another."""
    path, method = concrete.key
    for (template, other_method), other in others.items():
        if other_method != method or template == path or paths.is_concrete(template):
            continue
        texts = paths.captured(template, path)
        if texts is not None:
            yield other


def _report_added(context: Context, new: Operation, base: dict[Key, Operation]) -> None:
    scope = scope_of(None, new)
    for old in _templates_for(new, base):
        if not _allows(context, "base", old, paths.captured(old.key[0], new.key[0]) or []):
            continue
        context.recorder.add(
            "operation-shadowed",
            Verdict.RISKY,
            f"Requests to {new.template} reached {old.template} until now, and reach another operation.",
            Pair(old.node, new.node),
            scope=scope,
            location="path",
            direction=scope.direction(Message.REQUEST),
        )
        return
    _report_ambiguous(context, scope, new, base)
    context.recorder.add(
        "operation-added",
        Verdict.COMPATIBLE,
        "Clients may use a new operation.",
        Pair(None, new.node),
        scope=scope,
        location="added",
        parents=Pair(context.base.top.get("paths"), None),
    )


def _report_ambiguous(context: Context, scope: Scope, new: Operation, base: dict[Key, Operation]) -> None:
    """Record a template of BASE that matches paths of the new one, where OpenAPI leaves the choice open."""
    for (template, method), old in base.items():
        texts = paths.overlap(template, new.key[0]) if method == new.key[1] else None
        if texts and _allows(context, "base", old, texts[0]) and _allows(context, "head", new, texts[1]):
            context.recorder.add(
                "operation-ambiguous",
                Verdict.RISKY,
                f"Some requests to {old.template} also match {new.template} now; the server may choose either.",
                Pair(old.node, new.node),
                scope=scope,
                location=f"ambiguous {template}",
                direction=scope.direction(Message.REQUEST),
            )


def _allows(context: Context, side: str, operation: Operation, texts: list[str]) -> bool:
    """Return True if the path parameters of an operation allow the texts."""
    scope = scope_of(operation, operation)
    known = parameters_of(scope, side)
    direction = scope.direction(Message.REQUEST)
    for index, text in enumerate(texts):
        parameter = known.get(("path", str(index)))
        if parameter is None or text == "{}":
            continue
        if not is_read(text, context.values.convert(direction, side, parameter.schema)):
            return False
    return True
