"""The pairs under `tests/gate/pairs`: small changes with the verdict that each must get.

A file holds a list of pairs. Each side describes one operation (`GET /orders` unless `method` and `path` say
otherwise): `op` holds its fields, `body` and `response` are schemas for its JSON bodies, `root` is merged into the
document. A side without a key shares the key of `both`. A row with `request` and `response` instead of `expect` gives
two pairs: its `schema` is the body of a request in one and of a response in the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from change_gate.comparison import Options, compare
from change_gate.documents import Document, load
from change_gate.documents.sources import Source
from change_gate.errors import DocumentError
from change_gate.findings import Comparison

FOLDER = Path(__file__).parent / "pairs"
SECONDS = 60.0  # enough for a busy machine


class TextSource(Source):
    """A document in memory, with other files that it may refer to."""

    def __init__(self, name: str, content: str | bytes, files: dict[str, str] | None = None) -> None:
        super().__init__(name)
        self.content = content.encode() if isinstance(content, str) else content
        self.files = files or {}

    def read(self) -> bytes:
        """Return the content."""
        return self.content

    def relative(self, reference: str) -> Source:
        """Return another file."""
        if reference not in self.files:
            raise DocumentError("there is no such file", file=reference)
        return TextSource(reference, self.files[reference], self.files)


@dataclass(frozen=True)
class Pair:
    """One change with its expectation."""

    name: str
    base: dict[str, Any]
    head: dict[str, Any]
    expect: str
    rules: frozenset[str]
    options: dict[str, Any] = field(default_factory=dict)


def document(side: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI document that a side describes."""
    body, response = side.get("body"), side.get("response")
    operation: dict[str, Any] = {"responses": {"200": {"description": "Done."}}}
    if response is not None:
        operation["responses"]["200"]["content"] = {"application/json": {"schema": response}}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    operation |= side.get("op", {})
    method = side.get("method", "post" if body is not None else "get")
    result: dict[str, Any] = {
        "openapi": side.get("openapi", "3.1.0"),
        "info": {"title": "Orders", "version": "1.0.0"},
        "paths": {side.get("path", "/orders"): {method: operation}},
    }
    extra = side.get("root", {})
    paths = extra.get("paths")
    result |= {key: value for key, value in extra.items() if key != "paths"}
    if paths is not None:
        result["paths"] = paths
    return result


@cache
def pairs() -> tuple[Pair, ...]:
    """Return all pairs of all files."""
    return tuple(_read_pairs())


def _read_pairs() -> Iterator[Pair]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for row in yaml.load(path.read_text(), Loader=yaml.CSafeLoader):
            name = f"{path.stem}: {row['name']}"
            both = row.get("both", {})
            sides = [{**both, **(row.get(side) or {})} for side in ("base", "head")]
            if "expect" not in row:
                for place, key in (("request", "body"), ("response", "response")):
                    base, head = (document({**side, key: side["schema"]}) for side in sides)
                    yield Pair(f"{name} in a {place}", base, head, row[place], frozenset())
                continue
            yield Pair(
                name=name,
                base=document(sides[0]),
                head=document(sides[1]),
                expect=row["expect"],
                rules=frozenset(row.get("rules", ())),
                options=row.get("options", {}),
            )


def read(data: dict[str, Any], name: str = "document.json") -> Document:
    """Load a document from data."""
    return load(TextSource(name, json.dumps(data)))


def validator(pair: Pair) -> Comparison:
    """Compare the two sides of a pair."""
    return compare(read(pair.base, "base.json"), read(pair.head, "head.json"), options_of(pair))


def options_of(pair: Pair) -> Options:
    """Return the options of a pair, with time for a busy machine."""
    return Options(**{"schema_seconds": SECONDS, **pair.options})
