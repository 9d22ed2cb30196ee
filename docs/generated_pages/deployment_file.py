"""The keys of the deployment file, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.contract.requirements import SPEC
from generated_pages.markdown import sentence, table

LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}


def keys() -> str:
    """Return a table for each table of the file."""
    schema = json.loads((SPEC / "deployment.schema.json").read_text(encoding="utf-8"))
    own, tables = {}, {}
    for name, value in schema["properties"].items():
        (tables if _is_table(value) else own)[name] = value
    parts = [("At the top of the file", own)] + [
        (f"[{name}]", value["properties"]) for name, value in tables.items()
    ]
    return "\n".join(
        f"### {_title(title)}\n\n{table(('key', 'value', 'meaning'), _rows(members))}"
        for title, members in parts
    )


def _title(title: str) -> str:
    return f"`{title}`" if title.startswith("[") else title


def _is_table(schema: Mapping[str, Any]) -> bool:
    return "properties" in schema


def _rows(members: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for name, schema in members.items():
        yield f"`{name}`", _values(schema), sentence(schema.get("description", ""))


def _values(schema: Mapping[str, Any]) -> str:
    """Return the allowed values of a schema in words."""
    if "enum" in schema:
        return ", ".join(f'`"{value}"`' for value in schema["enum"])
    if schema["type"] == "object":
        inner = schema.get("additionalProperties")
        return f"table of {_values(inner)}s" if isinstance(inner, dict) else "table"
    if schema["type"] == "array":
        return f"array of {_values(schema['items'])}s"
    limits = [f"{words} {schema[keyword]}" for keyword, words in LIMITS.items() if keyword in schema]
    return ", ".join([str(schema["type"]), *limits])
