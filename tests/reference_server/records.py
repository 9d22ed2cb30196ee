"""Records, refusals and the default store of the reference server."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from reference_server.sockets import Request

Fields = dict[str, Any]


class Refusal(Exception):
    """Error response: status code, reason and extra headers."""

    def __init__(self, status: int, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True)
class Record:
    """One case: the server-owned members and the client's fields."""

    id: str
    created: str
    workflow: str
    status: str | None
    fields: Fields


@dataclass(frozen=True)
class Call:
    """A routed request; the id is empty for a create."""

    operation: str
    id: str
    request: Request


class Rows:
    """Store of records in memory, serialised as text."""

    def __init__(self) -> None:
        self.texts: dict[str, tuple[Record, str]] = {}

    def insert(self, record: Record) -> None:
        self.texts[record.id] = (replace(record, fields={}), json.dumps(record.fields))

    def load(self, id_: str) -> Record | None:
        row = self.texts.get(id_)
        return row and replace(row[0], fields=json.loads(row[1]))

    def save(self, record: Record) -> None:
        self.insert(record)


def check_finite(document: Any) -> None:
    """Raise ValueError for a number beyond the range of a double, such as 1e400."""
    for value in scalars(document):
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(value)


def scalars(document: Any) -> Iterator[Any]:
    """Yield every value that is neither an object nor an array."""
    if isinstance(document, dict | list):
        for item in document.values() if isinstance(document, dict) else document:
            yield from scalars(item)
    else:
        yield document
