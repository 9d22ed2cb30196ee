"""Faults in PATCH: merged arrays."""

from __future__ import annotations

import json
from typing import Any

from reference_server.catalogue import fault
from reference_server.faults.patching import FiltersChanges
from reference_server.records import Fields, Record


@fault("PATCH-ARRAYS")
class SingleArrayMergesById(FiltersChanges):
    """A PATCH of a single array matches its rows by id."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        if len(fields) != 1:
            return fields
        ((name, new),) = fields.items()
        old = record.fields.get(name)
        if not _rows(new) or not _rows(old):
            return fields
        rows = {json.dumps(row["id"]): row for row in old}
        for row in new:
            rows[json.dumps(row["id"])] = {**rows.get(json.dumps(row["id"]), {}), **row}
        return {name: list(rows.values())}


def _rows(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, dict) and "id" in row for row in value)
    )


@fault("PATCH-ARRAYS")
class ArraysByIndex(FiltersChanges):
    """Array items are replaced by index, and surplus old items remain."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        old = record.fields
        return {n: v + old[n][len(v) :] if are_lists(v, old.get(n)) else v for n, v in fields.items()}


@fault("PATCH-ARRAYS")
class RowsByFirstMember(FiltersChanges):
    """Array items that are objects are matched by their first member."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {n: upsert(record.fields.get(n), v) for n, v in fields.items()}


def are_lists(new: Any, old: Any) -> bool:
    return isinstance(new, list) and isinstance(old, list)


def upsert(old: Any, new: Any) -> Any:
    """Merge two arrays of rows, keyed by their first member's value."""
    if not are_lists(new, old) or not all(isinstance(item, dict) and item for item in new + old):
        return new
    return list({json.dumps(next(iter(item.values()))): item for item in old + new}.values())
