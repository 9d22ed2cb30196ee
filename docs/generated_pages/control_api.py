"""The operations of the control API, from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mock_server
from contract_tests.contract.requirements import load_yaml
from generated_pages.markdown import sentence, table

DOCUMENT = Path(mock_server.__file__).parent / "control" / "control.yaml"
METHODS = ("get", "post", "put", "patch", "delete")
Json = Mapping[str, Any]


def operations() -> str:
    """Return a section for each tag, with a table of its operations and the members of the bodies."""
    document = load_yaml(DOCUMENT)
    return "\n".join(_section(document, tag) for tag in document["tags"])


def _section(document: Json, tag: Json) -> str:
    found = [one for one in _operations(document) if tag["name"] in one[2]["tags"]]
    rows = [(f"`{method} {path}`", _effect(document, operation)) for method, path, operation in found]
    parts = [f"### {tag['name']}\n\n{sentence(tag['description'])}\n", table(("operation", "effect"), rows)]
    for method, path, operation in found:
        if members := list(_members(document, operation)):
            parts.append(f"`{method} {path}` takes:\n\n" + table(("member", "value", "meaning"), members))
    return "\n".join(parts)


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def _effect(document: Json, operation: Json) -> str:
    parameters = [_resolved(document, one) for one in operation.get("parameters", [])]
    query = [f"`{one['name']}`" for one in parameters if one["in"] == "query"]
    note = f" Query parameters: {', '.join(query)}." if query else ""
    return sentence(operation["summary"]) + " " + operation.get("description", "").strip() + note


def _members(document: Json, operation: Json) -> Iterator[tuple[str, str, str]]:
    """Yield the members of an operation's body: name, type and meaning."""
    if "requestBody" not in operation:
        return
    content = _resolved(document, operation["requestBody"])["content"]["application/json"]
    schema = _resolved(document, content["schema"])
    for name, reference in schema.get("properties", {}).items():
        member = _resolved(document, reference)
        yield f"`{name}`", _values(document, member), member.get("description", "")


def _values(document: Json, schema: Json) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "oneOf" in schema or "anyOf" in schema:
        branches = schema.get("oneOf") or schema["anyOf"]
        return " or ".join(_values(document, _resolved(document, one)) for one in branches)
    kinds = schema.get("type", "any value")
    text = " or ".join(kinds) if isinstance(kinds, list) else kinds
    if schema.get("properties") and kinds == "object":
        text += " of " + ", ".join(f"`{name}`" for name in schema["properties"])
    if schema.get("default") is not None:
        text += f" (`{schema['default']}`)"
    return text


def _resolved(document: Json, node: Json) -> Json:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node
