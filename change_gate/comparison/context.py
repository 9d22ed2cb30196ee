"""The context of a comparison: the documents, the options, the schemas and the recorder."""

from __future__ import annotations

from dataclasses import dataclass

from change_gate.comparison.declared import DeclaredChanges
from change_gate.comparison.options import Options
from change_gate.comparison.recorder import Recorder
from change_gate.comparison.values import Values
from change_gate.documents import Document
from change_gate.findings import Direction


@dataclass(frozen=True)
class Context:
    """The state of one comparison."""

    base: Document
    head: Document
    options: Options
    recorder: Recorder
    values: Values
    declared: dict[Direction, DeclaredChanges]

    @classmethod
    def create(cls, base: Document, head: Document, options: Options) -> Context:
        """Return the context of a new comparison."""
        values = Values(base, head, options)
        is_strict = options.open_objects == "strict"
        declared = {
            direction: DeclaredChanges(direction, values.is_unchanged, is_strict=is_strict)
            for direction in Direction
        }
        return cls(base, head, options, Recorder(base, head), values, declared)
