"""Tags: required members with fixed values, by which the branches of a choice differ at a glance."""

from __future__ import annotations

import json
from dataclasses import dataclass

from change_gate.schemas import locations
from change_gate.schemas.facts import merge
from change_gate.schemas.locations import Definitions
from change_gate.schemas.schema import Schema


@dataclass(frozen=True)
class Tags:
    """The fixed values of the members of an object as JSON texts. `required` names the members that it must have."""

    is_object: bool
    required: frozenset[str]
    values: dict[str, frozenset[str]]

    @classmethod
    def of(cls, schema: Schema, definitions: Definitions) -> Tags:
        """Read the tags that hold for every value of a schema."""
        parts = definitions.parts((schema,))
        values = {}
        for name in sorted(locations.declared(parts)):
            constants = merge(definitions.parts(locations.child(parts, name))).constants
            if constants is not None:
                values[name] = frozenset(_text(value) for value in constants)
        return cls(locations.types(parts) <= {"object"}, frozenset(locations.required(parts)), values)

    def exclude(self, other: Tags) -> bool:
        """Return True if no value has both tags."""
        if not (self.is_object or other.is_object):
            return False
        required = self.required | other.required
        return any(
            name in required and name in other.values and values.isdisjoint(other.values[name])
            for name, values in self.values.items()
        )


def _text(value: object) -> str:
    """Return the same text for equal JSON values. Whole numbers have one spelling."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)
