"""Faults that depend on the size of values, or on whether the size changes."""

from __future__ import annotations

import json
import time
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record
from reference_server.service import CaseService
from reference_server.sockets import Response
from reference_server.value_changes import texts


def cut(size: int) -> Any:
    return texts(lambda text: text.encode()[:size].decode(errors="ignore") if len(text) > 256 else text)


@fault("ROUND-TRIP-TEXT")
class TextIsCutAt64Kilobytes(CaseService):
    """A text is cut silently at 65,535 bytes, as in a TEXT column without strict mode."""

    def clean(self, call: Call, document: Fields) -> Fields:
        changed: Fields = cut(65_535)(super().clean(call, document))
        return changed


@fault("ROUND-TRIP-TEXT")
class PatchedTextIsCutAt64Kilobytes(CaseService):
    """A PATCH cuts a text silently at 65,535 bytes."""

    def merged(self, record: Record, fields: Fields) -> Record:
        return super().merged(record, cut(65_535)(fields))


@fault("ROUND-TRIP-TEXT")
class LongTextIsEmptied(CaseService):
    """A text over 64,000 characters is stored as an empty text."""

    def clean(self, call: Call, document: Fields) -> Fields:
        emptied = texts(lambda text: "" if len(text) > 64_000 else text)
        changed: Fields = emptied(super().clean(call, document))
        return changed


class Purges(CaseService):
    """Base for servers that drop large values half a second after the last write."""

    largest = 0

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[str, float] = {}

    def updated(self, call: Call, record: Record) -> Response:
        self.written[record.id] = time.monotonic()
        return super().updated(call, record)

    def render(self, record: Record) -> Fields:
        old = time.monotonic() - self.written.get(record.id, time.monotonic()) > 0.5
        fields = super().render(record)
        return {name: value for name, value in fields.items() if not old or len(str(value)) <= self.largest}


@fault("UPDATE-VISIBLE")
class LargeValuesArePurged(Purges):
    """Values over 50 kB disappear half a second after the update."""

    largest = 50_000


@fault("UPDATE-VISIBLE")
class LongTextsArePurged(Purges):
    """Texts over 8 kB disappear half a second after the update."""

    largest = 8_000


class SkipsEqual(CaseService):
    """Base for servers that store a PUT only if it differs by a careless comparison."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        same = self.outline(record.fields) == self.outline(fields)
        return record if same else super().replaced(record, fields)

    def outline(self, fields: Fields) -> Any:
        raise NotImplementedError


@fault("PUT-REPLACES")
class PutComparesSizes(SkipsEqual):
    """A PUT is stored only if a plain value, or the size of an array or object, differs."""

    def outline(self, fields: Fields) -> Any:
        return {
            name: (type(value), len(value)) if isinstance(value, list | dict) else value
            for name, value in fields.items()
        }


@fault("PUT-REPLACES")
class PutComparesLengths(SkipsEqual):
    """A PUT is stored only if the length of its JSON text differs."""

    def outline(self, fields: Fields) -> Any:
        return len(json.dumps(fields))


@fault("PUT-REPLACES")
class PutComparesSortedItems(SkipsEqual):
    """A PUT that only changes the order of arrays is not stored."""

    def outline(self, fields: Fields) -> Any:
        return {
            name: sorted(map(json.dumps, value)) if isinstance(value, list) else value
            for name, value in fields.items()
        }
