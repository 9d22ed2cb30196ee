"""Hints for candidates: what occurs in the schemas of one comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from change_gate.schemas.schema import Schema, subschemas

LOOK_AROUND: Final = re.compile(r"\(\?<?[!=]([^()]*)\)")


@dataclass
class Hints:
    """Constants, bounds, lengths, names and patterns that occur in any of the schemas compared."""

    constants: list[Any] = field(default_factory=list)
    numbers: set[float] = field(default_factory=set)
    lengths: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=set)

    def collect(self, schema: Schema) -> None:
        """Add what occurs in a self-contained schema."""
        pending = [schema]
        while pending:
            current = pending.pop()
            if isinstance(current, bool):
                continue
            self._collect(current)
            pending.extend(subschemas(current))
            pending.extend(current.get("$defs", {}).values())

    def _collect(self, schema: dict[str, Any]) -> None:
        self.constants.extend([schema["const"]] if "const" in schema else schema.get("enum", ()))
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"):
            if keyword in schema:
                self.numbers.add(schema[keyword])
        for keyword in (
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
            "minContains",
            "maxContains",
        ):
            if keyword in schema:
                self.lengths.update(max(0, int(schema[keyword]) + step) for step in (-1, 0, 1))
        if "prefixItems" in schema:
            self.lengths.add(len(schema["prefixItems"]) + 1)
        self.names.update(schema.get("properties", ()), schema.get("required", ()))
        for name, others in schema.get("dependentRequired", {}).items():
            self.names.update([name, *others])
        self.names.update(schema.get("dependentSchemas", ()))
        patterns = [
            *schema.get("patternProperties", ()),
            *([schema["pattern"]] if "pattern" in schema else []),
        ]
        self.patterns.update(patterns)
        # The content of a look-around is a pattern of its own.
        self.patterns.update(
            f"^(?:{inner})" for pattern in patterns for inner in LOOK_AROUND.findall(pattern)
        )
