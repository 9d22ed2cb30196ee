"""Correct servers with other rules for ids, payloads and parsing."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Record, Refusal, scalars
from reference_server.service import CaseService
from reference_server.sockets import Request

# Malformed ids


class ChecksIdFormat(CaseService):
    """An id that is not a UUID gets 400 instead of 404."""

    malformed = 400

    def route(self, request: Request) -> Call:
        call = super().route(request)
        if call.id and not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", call.id):
            raise Refusal(self.malformed, "the id is malformed")
        return call


variant()(ChecksIdFormat)


@variant()
class ChecksIdFormat422(ChecksIdFormat):
    """An id that is not a UUID gets 422 instead of 404."""

    malformed = 422


# Payloads


@variant()
class TypedFields(CaseService):
    """The vendor's static fields are validated by type."""

    types = dict.fromkeys(
        ("caseNumber", "owner", "assignedBy", "reassignReason", "cancelReason", "restoreReason"), str
    ) | {"canceled": bool}
    date = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

    def validate(self, call: Call, document: Fields) -> None:
        if call.operation == "transition":
            return
        for name, kind in self.types.items():
            if document.get(name) is not None and not isinstance(document[name], kind):
                raise Refusal(422, f"{name} has the wrong type")
        date = document.get("cancelDate")
        if date is not None and not (isinstance(date, str) and self.date.fullmatch(date)):
            raise Refusal(422, "cancelDate is not a date")


@variant()
class Picky(CaseService):
    """Unusual names, characters, sizes, depths and numbers are refused."""

    name = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
    odd = re.compile("[\x00-\x08\x0b-\x1f\x7f<>\\\\\U00010000-\U0010ffff]")

    def validate(self, call: Call, document: Fields) -> None:
        if call.operation == "transition":
            return
        if depth(document) > 4 or not all(self.name.fullmatch(name) for name in member_names(document)):
            raise Refusal(422, "too deep, or a name is not allowed")
        for value in scalars(document):
            if isinstance(value, str) and (len(value) > 200 or self.odd.search(value)):
                raise Refusal(422, "a text is not allowed")
            if isinstance(value, int | float) and abs(value) > 2**31:
                raise Refusal(422, "a number is too large")


def depth(value: Any) -> int:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, items), default=0)


def member_names(value: Any) -> set[str]:
    found = set(value) if isinstance(value, dict) else set()
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found.union(*map(member_names, items))


@variant()
class EmptyBodyIsObject(CaseService):
    """An empty body counts as {}, with any media type or none."""

    def check_media_type(self, media_type: str) -> None:
        if media_type:
            super().check_media_type(media_type)

    def parse(self, body: bytes) -> Any:
        return super().parse(body or b"{}")


@variant()
class Lenient(CaseService):
    """The parser accepts more than JSON (RFC 8259 section 9): NaN, Python literals, trailing text, invalid UTF-8."""

    def reject_constant(self, name: str) -> Any:
        return None

    def parse(self, body: bytes) -> Any:
        text = body.decode("utf-8", "replace")
        try:
            return json.JSONDecoder(parse_constant=self.reject_constant).raw_decode(text.lstrip())[0]
        except ValueError:
            try:
                return ast.literal_eval(text.strip())
            except (SyntaxError, MemoryError):
                raise ValueError from None


@variant()
class NoDuplicates(CaseService):
    """A duplicate member is refused."""

    def parse(self, body: bytes) -> Any:
        return json.loads(body, object_pairs_hook=self.unique, parse_constant=self.reject_constant)

    def unique(self, pairs: list[tuple[str, Any]]) -> Fields:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)


@variant()
class FirstDuplicateWins(CaseService):
    """The first of duplicate members counts."""

    def parse(self, body: bytes) -> Any:
        return json.loads(
            body, object_pairs_hook=lambda pairs: dict(reversed(pairs)), parse_constant=self.reject_constant
        )


@variant("MEDIA-TYPE")
class AnyMediaType(CaseService):
    """JSON is read with any media type."""

    def check_media_type(self, media_type: str) -> None:
        pass


@variant()
class NoEmptyPatch(CaseService):
    """An empty PATCH is refused."""

    def validate(self, call: Call, document: Fields) -> None:
        if call.operation == "patch" and not document:
            raise Refusal(400, "nothing to change")


@variant()
class MergePatch(CaseService):
    """PATCH follows RFC 7396: null deletes, and objects are merged."""

    def merged(self, record: Record, fields: Fields) -> Record:
        return super().replaced(record, merge(record.fields, fields))


def merge(old: Any, new: Any) -> Any:
    if not isinstance(new, dict):
        return new
    merged = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


@variant(deployment='[case.required]\nsummary = "Filed by the suite"\nowner = "u-1"')
class RequiredFields(CaseService):
    """A case needs a summary and an owner."""

    def validate(self, call: Call, document: Fields) -> None:
        if call.operation in ("create", "put") and not {"summary", "owner"} <= document.keys():
            raise Refusal(422, "summary and owner are required")


@variant()
class DropsUnsafeInput(CaseService):
    """NUL and `__proto__` are dropped."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body.replace(b"\\u0000", b""))

    def clean(self, call: Call, document: Fields) -> Fields:
        return {name: value for name, value in super().clean(call, document).items() if name != "__proto__"}


@variant()
class Flat(CaseService):
    """A field holds one value; arrays and objects are refused."""

    def validate(self, call: Call, document: Fields) -> None:
        if any(isinstance(value, list | dict) for value in document.values()):
            raise Refusal(422, "a field holds one value")


CLOSED_SCHEMA = """
[case.fields]
title = "Laptop missing"
region = "North"
loss = 1250.75
people = 3
urgent = false
labels = ["theft"]
"""


@variant(deployment=CLOSED_SCHEMA)
class ClosedSchema(CaseService):
    """Only certain fields with certain types are accepted."""

    types = {  # noqa: RUF012
        "title": str, "region": str, "loss": (int, float), "people": int, "urgent": bool, "labels": list
    }  # fmt: skip

    def validate(self, call: Call, document: Fields) -> None:
        if call.operation == "transition":
            return
        for name, value in document.items():
            proper = name in self.types and isinstance(value, self.types[name])
            if not proper or (isinstance(value, bool) and self.types[name] is not bool):
                raise Refusal(422, f"{name}: unknown field or wrong type")
            if isinstance(value, list) and not all(isinstance(item, str) for item in value):
                raise Refusal(422, f"{name}: only texts")


@variant()
class FirstValueFixesType(CaseService):
    """The first value of a field fixes its type for all cases, also inside of objects and arrays."""

    def __init__(self) -> None:
        super().__init__()
        self.types: dict[str, str] = {}

    def validate(self, call: Call, document: Fields) -> None:
        if call.operation == "transition":
            return
        learnt = dict(self.types)
        for path, value in paths(document):
            kind = "number" if type(value) in (int, float) else type(value).__name__
            if value is not None and learnt.setdefault(path, kind) != kind:
                raise Refusal(400, f"{path} is of type {learnt[path]}")
        self.types = learnt


def paths(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a document with its path; the items of an array share one."""
    yield path, document
    if isinstance(document, dict):
        for name, value in document.items():
            yield from paths(value, f"{path}/{name}")
    elif isinstance(document, list):
        for value in document:
            yield from paths(value, f"{path}/*")


@variant()
class Shallow(CaseService):
    """A field may hold an array or an object, but no nested one."""

    def validate(self, call: Call, document: Fields) -> None:
        if depth(document) > 3:
            raise Refusal(422, "too deep")
