"""Sides of document pairs, and the context in which a step compares them."""

from __future__ import annotations

import datetime
import json
from typing import Any

from gate.pair_tables import TextSource, document

from change_gate.comparison import operations
from change_gate.comparison.context import Context
from change_gate.comparison.options import Options
from change_gate.comparison.recorder import Scope
from change_gate.documents import Document, load


def read_side(side: dict[str, Any], name: str = "base.json") -> Document:
    """Load the document that one side of a pair describes."""
    return load(TextSource(name, json.dumps(document(side))))


def scopes(base: dict[str, Any], head: dict[str, Any]) -> tuple[Context, Scope]:
    """Return the context and the scope of the only operation on both sides."""
    context = Context.create(
        read_side(base), read_side(head, "head.json"), Options(today=datetime.date(2026, 1, 1))
    )
    old, new = (next(iter(operations.operations_of(side).values())) for side in (context.base, context.head))
    return context, operations.scope_of(old, new)


def op(**fields: Any) -> dict[str, Any]:
    return {"op": fields}


def parameter(**fields: Any) -> dict[str, Any]:
    return op(parameters=[{"name": "q", "in": "query", "schema": {"type": "string"}, **fields}])


def schema_node(schema: dict[str, Any], **components: Any) -> Any:
    root = {"components": {"schemas": {"S": schema, **components}}}
    return read_side({"root": root}).node("/components/schemas/S")
