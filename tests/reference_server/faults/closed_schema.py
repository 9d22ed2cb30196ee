"""Faults of servers that accept only certain fields, as their deployment files say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.faults.concurrency import PutWritesFieldByField
from reference_server.records import Call, Fields, Record
from reference_server.value_changes import numbers, texts
from reference_server.variants.rules import CLOSED_SCHEMA, ClosedSchema


def closed_fault(*breaks: str) -> Any:
    return fault(*breaks, deployment=CLOSED_SCHEMA)


@closed_fault("PUT-REPLACES")
class ClosedPutMerges(ClosedSchema):
    """A PUT keeps the fields that it does not contain."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        return super().replaced(record, record.fields | fields)


@closed_fault("PATCH-PARTIAL")
class ClosedPatchResets(ClosedSchema):
    """A PATCH resets flags that it does not contain."""

    def merged(self, record: Record, fields: Fields) -> Record:
        return super().merged(record, {"urgent": False} | fields)


@closed_fault("ROUND-TRIP-TEXT")
class ClosedTrimsTexts(ClosedSchema):
    """Texts are stored without white space at the ends."""

    def clean(self, call: Call, document: Fields) -> Fields:
        changed: Fields = texts(str.strip)(super().clean(call, document))
        return changed


@closed_fault("ROUND-TRIP-NUMBER")
class ClosedRoundsNumbers(ClosedSchema):
    """Amounts have two decimals."""

    def clean(self, call: Call, document: Fields) -> Fields:
        changed: Fields = numbers(lambda number: round(number, 2))(super().clean(call, document))
        return changed


@closed_fault("TRANSITION-ONLY-STATUS")
class ClosedTransitionClears(ClosedSchema):
    """A transition clears the labels."""

    def transitioned(self, record: Record, status: str) -> Record:
        fields = {name: value for name, value in record.fields.items() if name != "labels"}
        return replace(super().transitioned(record, status), fields=fields)


@closed_fault("PARALLEL-PUT")
class ClosedPutWritesFieldByField(PutWritesFieldByField, ClosedSchema):
    """A PUT writes each field with a separate statement."""
