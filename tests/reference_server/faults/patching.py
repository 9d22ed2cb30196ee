"""Servers that are wrong about PATCH: what counts as a change, what is written, what else is touched."""

from __future__ import annotations

import itertools
import json
import re
import time
from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.mapping import texts
from reference_server.records import Fields, Record, Refusal
from reference_server.service import CaseService


class Merging(CaseService):
    """Applies of a PATCH only what `chosen` leaves of it."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        raise NotImplementedError

    def merged(self, record: Record, fields: Fields) -> Record:
        return super().merged(record, self.chosen(record, fields))


@fault("PATCH-ARRAYS")
class MergesRowsAlone(Merging):
    """A PATCH of nothing but one array of rows matches them by their id."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
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


@fault("PATCH-PARTIAL")
class SkipsWhatPythonCallsEqual(Merging):
    """Writes what differs from the old value, and 1 equals true."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {n: v for n, v in fields.items() if n not in record.fields or record.fields[n] != v}


@fault("PATCH-PARTIAL")
class SkipsOtherCapitals(Merging):
    """Writes what differs from the old value, by a collation that knows no capitals."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        old = {n: v.strip().lower() if isinstance(v, str) else v for n, v in record.fields.items()}
        return {n: v for n, v in fields.items() if not isinstance(v, str) or old.get(n) != v.strip().lower()}


@fault("PATCH-ARRAYS")
class SkipsReorderedArrays(Merging):
    """Writes an array if its items changed; their order is no change."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {n: v for n, v in fields.items() if ordered(v) != ordered(record.fields.get(n))}


def ordered(value: Any) -> Any:
    return sorted(map(json.dumps, value)) if isinstance(value, list) else json.dumps(value)


@fault("PATCH-PARTIAL")
class OnlyFilled(Merging):
    """An empty text is an input that nobody filled in."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if value != ""}


@fault("PATCH-PARTIAL")
class OnlyTruthy(Merging):
    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if value}


@fault("PATCH-ARRAYS")
class NeverEmpties(Merging):
    """An empty array is no reason to delete rows."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if value != []}


@fault("PATCH-PARTIAL")
class AtMostFour(Merging):
    """Writes the first four fields of a PATCH."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return dict(list(fields.items())[:4])


@fault("PATCH-PARTIAL")
class KeepsTheType(Merging):
    """A value is cast to the type that the field had."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {
            n: str(v) if isinstance(record.fields.get(n), str) and v is not None else v
            for n, v in fields.items()
        }


@fault("PATCH-PARTIAL")
class ColumnsOfTheCreate(Merging):
    """Fields that the create did not have are not written."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if name in record.fields}


@fault("PATCH-PARTIAL")
class UntickedBoxes(Merging):
    """A form's logic: what is a flag and does not come is off."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {name: False for name, value in record.fields.items() if value is True} | fields


@fault("PATCH-PARTIAL")
class EscapesTheRest(Merging):
    """Writes the whole record back through an escaping view."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return texts(lambda text: text.replace("&", "&amp;"))(record.fields) | fields


@fault("PATCH-PARTIAL")
class RoundsTheRest(Merging):
    """Writes the other fields back through a form with one decimal."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        rest = {n: round(v, 1) if isinstance(v, float) else v for n, v in record.fields.items()}
        return rest | fields


@fault("PATCH-PARTIAL")
class PatchEmptiesArrays(CaseService):
    """Arrays that a PATCH does not send are deleted."""

    def merged(self, record: Record, fields: Fields) -> Record:
        kept = {name: value for name, value in record.fields.items() if not isinstance(value, list)}
        return super().replaced(record, kept | fields)


@fault("PATCH-PARTIAL")
class SharedPrefix(CaseService):
    """A field goes with every field whose name begins with its name."""

    def merged(self, record: Record, fields: Fields) -> Record:
        kept = {n: v for n, v in record.fields.items() if not any(n.startswith(name) for name in fields)}
        return super().replaced(record, kept | fields)


@fault("PATCH-ARRAYS")
class ArraysByIndex(Merging):
    """Items are written by their index; more of the old ones stay."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        old = record.fields
        return {n: v + old[n][len(v) :] if both_lists(v, old.get(n)) else v for n, v in fields.items()}


@fault("PATCH-ARRAYS")
class RowsById(Merging):
    """Items that are objects are matched by their first member; the others stay."""

    def chosen(self, record: Record, fields: Fields) -> Fields:
        return {n: rows(record.fields.get(n), v) for n, v in fields.items()}


def both_lists(new: Any, old: Any) -> bool:
    return isinstance(new, list) and isinstance(old, list)


def rows(old: Any, new: Any) -> Any:
    """Upsert of rows, keyed by their first member's value."""
    if not both_lists(new, old) or not all(isinstance(item, dict) and item for item in new + old):
        return new
    return list({json.dumps(next(iter(item.values()))): item for item in old + new}.values())


@fault("PATCH-OBJECTS")
class MergesNowAndThen(CaseService):
    """Merges an object into the old one if they share a member, and replaces it otherwise."""

    def merged(self, record: Record, fields: Fields) -> Record:
        old = {
            n: v for n, v in record.fields.items() if isinstance(v, dict) and isinstance(fields.get(n), dict)
        }
        both = {n: v | fields[n] for n, v in old.items() if v.keys() & fields[n].keys()}
        return super().merged(record, fields | both)


@fault("PATCH-EMPTY")
class EmptyPatchClears(CaseService):
    def merged(self, record: Record, fields: Fields) -> Record:
        return super().merged(record, fields) if fields else super().replaced(record, fields)


@fault("PATCH-EMPTY", "UPDATE-WORKFLOW-KEPT")
class EmptyPatchReopens(CaseService):
    """A PATCH with nothing in it resets the status."""

    def merged(self, record: Record, fields: Fields) -> Record:
        return super().merged(record, fields) if fields else replace(record, status=self.first_status)


@fault("PATCH-REPEATED")
class OnceASecond(CaseService):
    """The last writer wins by a date of whole seconds: a second PATCH within one is late, and dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.stamps: dict[str, int] = {}

    def merged(self, record: Record, fields: Fields) -> Record:
        now = int(time.time())
        late = self.stamps.get(record.id) == now
        self.stamps[record.id] = now
        return record if late else super().merged(record, fields)


@fault("PATCH-REPEATED")
class StaleSnapshot(CaseService):
    """A PATCH starts from the record as the last PUT or create left it."""

    def __init__(self) -> None:
        super().__init__()
        self.snapshots: dict[str, Fields] = {}

    def merged(self, record: Record, fields: Fields) -> Record:
        start = self.snapshots.setdefault(record.id, record.fields)
        return super().merged(replace(record, fields=start), fields)

    def replaced(self, record: Record, fields: Fields) -> Record:
        self.snapshots[record.id] = fields
        return super().replaced(record, fields)


@fault("PATCH-REPEATED")
class EveryFourthIsLost(CaseService):
    patches = itertools.count(1)

    def merged(self, record: Record, fields: Fields) -> Record:
        return record if next(self.patches) % 4 == 0 else super().merged(record, fields)


@fault("NO-SERVER-ERROR")
class NamesAreIdentifiers(CaseService):
    """A PATCH builds SQL from names; one with a quote breaks it."""

    def merged(self, record: Record, fields: Fields) -> Record:
        if any(re.search("[\"'`]", name) for name in fields):
            raise Refusal(500, 'syntax error at or near "\'"')
        return super().merged(record, fields)


@fault("UPDATE-REFUSED-INERT")
class SetsBeforeItChecks(CaseService):
    """Gives the record each value as it comes, and refuses null when it meets it."""

    def merged(self, record: Record, fields: Fields) -> Record:
        for name, value in fields.items():
            if value is None:
                raise Refusal(422, f"{name} is required")
            record = super().merged(record, {name: value})
            self.rows.save(record)
        return record


@fault("PATCH-EMPTY")
class EmptyPatchTidiesUp(CaseService):
    """A PATCH of nothing saves the record anew, trimmed."""

    def merged(self, record: Record, fields: Fields) -> Record:
        if fields:
            return super().merged(record, fields)
        trimmed = {n: v.strip() if isinstance(v, str) else v for n, v in record.fields.items()}
        return replace(record, fields=trimmed)


@fault("PATCH-OBJECTS")
class SecondObjectMerges(CaseService):
    """The first object of a PATCH replaces; those after it merge."""

    def merged(self, record: Record, fields: Fields) -> Record:
        objects = [name for name, value in fields.items() if isinstance(value, dict)]
        united = {
            name: {**old, **fields[name]}
            for name in objects[1:]
            if isinstance(old := record.fields.get(name), dict)
        }
        return super().merged(record, fields | united)
