"""Faults in PATCH: skipped and extra changes, and merged objects."""

from __future__ import annotations

import itertools
import json
import re
import time
from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.value_changes import texts


class FiltersChanges(CaseService):
    """Base for servers that apply only a part of a PATCH."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        """Return the changes that are applied."""
        raise NotImplementedError

    def merged(self, record: Record, fields: Fields) -> Record:
        return super().merged(record, self.filtered(record, fields))


@fault("PATCH-PARTIAL")
class SkipsEqualValues(FiltersChanges):
    """Unchanged values are skipped, and 1 counts as equal to true."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {n: v for n, v in fields.items() if n not in record.fields or record.fields[n] != v}


@fault("PATCH-PARTIAL")
class SkipsCaseChanges(FiltersChanges):
    """A text is skipped if it differs from the old one only in case."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        old = {n: v.strip().lower() if isinstance(v, str) else v for n, v in record.fields.items()}
        return {n: v for n, v in fields.items() if not isinstance(v, str) or old.get(n) != v.strip().lower()}


@fault("PATCH-ARRAYS")
class SkipsReorderedArrays(FiltersChanges):
    """An array is skipped if only the order of its items changed."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {n: v for n, v in fields.items() if ordered(v) != ordered(record.fields.get(n))}


def ordered(value: Any) -> Any:
    return sorted(map(json.dumps, value)) if isinstance(value, list) else json.dumps(value)


@fault("PATCH-PARTIAL")
class SkipsEmptyText(FiltersChanges):
    """An empty text is skipped."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if value != ""}


@fault("PATCH-PARTIAL")
class SkipsFalsy(FiltersChanges):
    """Falsy values are skipped."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if value}


@fault("PATCH-PARTIAL")
class SkipsEmptyArrays(FiltersChanges):
    """An empty array is skipped."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if value != []}


@fault("PATCH-PARTIAL")
class FirstFourFields(FiltersChanges):
    """Only the first four fields are applied."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return dict(list(fields.items())[:4])


@fault("PATCH-PARTIAL")
class KeepsType(FiltersChanges):
    """A value is converted to the type of the old value."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {
            n: str(v) if isinstance(record.fields.get(n), str) and v is not None else v
            for n, v in fields.items()
        }


@fault("PATCH-PARTIAL")
class KnownFieldsOnly(FiltersChanges):
    """Fields that the create did not have are skipped."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if name in record.fields}


@fault("PATCH-PARTIAL")
class MissingFlagsAreFalse(FiltersChanges):
    """Flags that the PATCH omits become false."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return {name: False for name, value in record.fields.items() if value is True} | fields


@fault("PATCH-PARTIAL")
class EscapesOtherFields(FiltersChanges):
    """A PATCH HTML-escapes the other fields."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        return texts(lambda text: text.replace("&", "&amp;"))(record.fields) | fields


@fault("PATCH-PARTIAL")
class RoundsOtherFields(FiltersChanges):
    """A PATCH rounds the other fields to one decimal."""

    def filtered(self, record: Record, fields: Fields) -> Fields:
        rest = {n: round(v, 1) if isinstance(v, float) else v for n, v in record.fields.items()}
        return rest | fields


@fault("PATCH-PARTIAL")
class DeletesOtherArrays(CaseService):
    """Arrays that the PATCH omits are deleted."""

    def merged(self, record: Record, fields: Fields) -> Record:
        kept = {name: value for name, value in record.fields.items() if not isinstance(value, list)}
        return super().replaced(record, kept | fields)


@fault("PATCH-PARTIAL")
class DeletesSharedPrefix(CaseService):
    """A PATCH deletes every field whose name starts with a sent name."""

    def merged(self, record: Record, fields: Fields) -> Record:
        kept = {n: v for n, v in record.fields.items() if not any(n.startswith(name) for name in fields)}
        return super().replaced(record, kept | fields)


@fault("PATCH-OBJECTS")
class MergesObjectsThatOverlap(CaseService):
    """An object is merged if it shares a member with the old one, and replaced otherwise."""

    def merged(self, record: Record, fields: Fields) -> Record:
        old = {
            n: v for n, v in record.fields.items() if isinstance(v, dict) and isinstance(fields.get(n), dict)
        }
        both = {n: v | fields[n] for n, v in old.items() if v.keys() & fields[n].keys()}
        return super().merged(record, fields | both)


@fault("PATCH-EMPTY")
class EmptyPatchClears(CaseService):
    """An empty PATCH removes all fields."""

    def merged(self, record: Record, fields: Fields) -> Record:
        return super().merged(record, fields) if fields else super().replaced(record, fields)


@fault("PATCH-EMPTY")
class EmptyPatchReopens(CaseService):
    """An empty PATCH resets the status."""

    def merged(self, record: Record, fields: Fields) -> Record:
        return super().merged(record, fields) if fields else replace(record, status=self.first_status)


@fault("PATCH-REPEATED")
class OnePatchPerSecond(CaseService):
    """A second PATCH within the same second is ignored."""

    def __init__(self) -> None:
        super().__init__()
        self.stamps: dict[str, int] = {}

    def merged(self, record: Record, fields: Fields) -> Record:
        now = int(time.time())
        late = self.stamps.get(record.id) == now
        self.stamps[record.id] = now
        return record if late else super().merged(record, fields)


@fault("PATCH-PARTIAL")
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
class EveryFourthPatchIsLost(CaseService):
    """Every fourth PATCH is ignored."""

    patches = itertools.count(1)

    def merged(self, record: Record, fields: Fields) -> Record:
        return record if next(self.patches) % 4 == 0 else super().merged(record, fields)


@fault("NO-SERVER-ERROR")
class NamesAreUnescaped(CaseService):
    """A PATCH puts field names into SQL unescaped, so a quote breaks it."""

    def merged(self, record: Record, fields: Fields) -> Record:
        if any(re.search("[\"'`]", name) for name in fields):
            raise Refusal(500, 'syntax error at or near "\'"')
        return super().merged(record, fields)


@fault("UPDATE-REFUSED-INERT")
class StoresBeforeValidating(CaseService):
    """Each value is stored before the next one is validated."""

    def merged(self, record: Record, fields: Fields) -> Record:
        for name, value in fields.items():
            if value is None:
                raise Refusal(422, f"{name} is required")
            record = super().merged(record, {name: value})
            self.rows.save(record)
        return record


@fault("PATCH-EMPTY")
class EmptyPatchTrims(CaseService):
    """An empty PATCH trims all texts."""

    def merged(self, record: Record, fields: Fields) -> Record:
        if fields:
            return super().merged(record, fields)
        trimmed = {n: v.strip() if isinstance(v, str) else v for n, v in record.fields.items()}
        return replace(record, fields=trimmed)


@fault("PATCH-OBJECTS")
class SecondObjectMerges(CaseService):
    """The first object of a PATCH replaces the old one, and the following objects are merged."""

    def merged(self, record: Record, fields: Fields) -> Record:
        objects = [name for name, value in fields.items() if isinstance(value, dict)]
        united = {
            name: {**old, **fields[name]}
            for name in objects[1:]
            if isinstance(old := record.fields.get(name), dict)
        }
        return super().merged(record, fields | united)
