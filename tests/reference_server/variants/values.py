"""Correct servers that store or write values in a way of their own, or refuse some."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record, Refusal, scalars
from reference_server.service import CaseService
from reference_server.value_changes import numbers, objects


@variant()
class UnwrapsSingletons(CaseService):
    """Fastify: an array with one item is coerced to the item where the schema has a scalar."""

    def check_workflow(self, record: Record, document: Fields) -> None:
        super().check_workflow(record, document | {"workflowId": unwrapped(document.get("workflowId"))})


def unwrapped(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


@variant()
class BinaryJson(CaseService):
    """PostgreSQL's jsonb: members are sorted by length and name, and NUL in text is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        texts = [value for value in scalars(document) if isinstance(value, str)]
        if "\0" in "".join(texts) or "\\u0000" in json.dumps(document):
            raise Refusal(422, "unsupported Unicode escape sequence")
        super().validate(call, document)

    def render(self, record: Record) -> Fields:
        shown = super().render(record)
        return objects(lambda value: dict(sorted(value.items(), key=lambda item: (len(item[0]), item[0]))))(
            shown
        )


@variant()
class SafeIntegers(CaseService):
    """JavaScript: an integer that a double cannot hold exactly is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        if any(isinstance(value, int) and abs(value) > 2**53 - 1 for value in scalars(document)):
            raise Refusal(422, "an integer is too large")
        super().validate(call, document)


@variant()
class WholeFloatsAreIntegers(CaseService):
    """JavaScript: 1.0 is written as 1."""

    def encode(self, document: Any) -> bytes:
        return super().encode(numbers(without_fraction)(document))


def without_fraction(number: float) -> float:
    """Convert a float without a fraction to an integer if a double holds it exactly."""
    return (
        int(number) if isinstance(number, float) and abs(number) < 2**53 and number == int(number) else number
    )


@variant()
class NormalizedTextOnly(CaseService):
    """Text that is not in Unicode normalization form C is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        for value in scalars(document):
            if isinstance(value, str) and not unicodedata.is_normalized("NFC", value):
                raise Refusal(422, "a text is not normalized")
        super().validate(call, document)


@variant()
class RefusesPrototype(CaseService):
    """Fastify: `__proto__` and a nested `constructor.prototype` are refused."""

    def validate(self, call: Call, document: Fields) -> None:
        text = json.dumps(document)
        if '"__proto__"' in text or '"constructor"' in text:
            raise Refusal(400, "Object contains forbidden prototype property")
        super().validate(call, document)


@variant()
class BlocksHostileText(CaseService):
    """A web application firewall refuses markup and SQL with 403."""

    hostile = re.compile(r"<\s*script|\bunion\s+select\b|\bdrop\s+table\b|' or '", re.IGNORECASE)

    def validate(self, call: Call, document: Fields) -> None:
        if self.hostile.search(json.dumps(document, ensure_ascii=False)):
            raise Refusal(403, "blocked")
        super().validate(call, document)


@variant()
class NoNulls(CaseService):
    """Null is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        if call.operation != "transition" and None in document.values():
            raise Refusal(422, "a field may not be null")


@variant()
class DistinctItems(CaseService):
    """Duplicate items in an array are refused."""

    def validate(self, call: Call, document: Fields) -> None:
        for value in document.values():
            texts = [json.dumps(item) for item in value] if isinstance(value, list) else []
            if len(set(texts)) < len(texts):
                raise Refusal(422, "an item stands in an array twice")


@variant()
class TextOnly(CaseService):
    """A field holds only text."""

    def validate(self, call: Call, document: Fields) -> None:
        if not all(isinstance(value, str) for value in document.values()):
            raise Refusal(422, "a field is a text")
