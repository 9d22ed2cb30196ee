"""OpenAPI schemas as JSON Schema 2020-12, for one direction.

- OpenAPI 3.0 `nullable`, boolean exclusive bounds and ignored `$ref` siblings become their 3.1 spelling, so that a
  document and its upgrade are equal.
- A readOnly member is not sent in a request, a writeOnly member not in a response.
- Annotations disappear, and so do formats without a checkable meaning.
- A discriminator with a mapping demands that a tagged value matches the schema of its tag.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

from change_gate.findings import Direction
from change_gate.schemas.schema import (
    CHILD,
    CHILD_LISTS,
    CHILD_MAPPINGS,
    DEFINITIONS,
    IN_PLACE,
    IN_PLACE_LISTS,
    IN_PLACE_MAPPINGS,
    NESTING,
    UNSENT,
    JsonSchema,
    Schema,
)
from change_gate.schemas.universal_patterns import matches_everything

OpenApiVersion = Literal["3.0", "3.1"]

# Formats that both validators check.
KNOWN_FORMATS: Final = frozenset(
    [
        "date",
        "date-time",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uuid",
        "uri-template",
        "json-pointer",
        "relative-json-pointer",
        "regex",
    ]
)
INT32: Final = (-(2**31), 2**31 - 1)

PLAIN: Final = frozenset(
    [
        "type",
        "enum",
        "const",
        "multipleOf",
        "maximum",
        "minimum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "format",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxContains",
        "minContains",
        "maxProperties",
        "minProperties",
        "required",
        "dependentRequired",
    ]
)
UNSENT_MARKS: Final = {Direction.CLIENT_TO_SERVER: "readOnly", Direction.SERVER_TO_CLIENT: "writeOnly"}
LONGEST_CHAIN: Final = 100


@functools.lru_cache(maxsize=4096)
def shared(members: tuple[tuple[str, type, Any], ...]) -> Schema:
    """Return the same schema for the same members, each with its type because 1 equals true."""
    return {key: value for key, _, value in members}


class Dialect:
    """Converts schemas of one document for one direction. Definitions are converted once and shared."""

    def __init__(self, version: OpenApiVersion, direction: Direction, resolve: Callable[[str], Any]) -> None:
        """`resolve` returns the raw schema that a `$ref` of the document names; a mapping's `__getitem__` will do."""
        self.version = version
        self.direction = direction
        self.definitions: dict[str, Schema] = {}
        self.references: dict[str, str] = {}
        self.edges: dict[str, set[str]] = {}
        self._resolve = resolve
        self._names: dict[tuple[str, frozenset[str]], str] = {}
        self._pending: list[tuple[str, str, frozenset[str]]] = []

    def convert(self, schema: Any) -> JsonSchema:
        """Return an OpenAPI schema as JSON Schema."""
        root = self._schema(schema, frozenset())
        while self._pending:
            name, reference, unsent = self._pending.pop()
            self.definitions[name] = self._schema(self._resolve(reference), unsent)
        return JsonSchema(root, self.definitions, self.references, self.edges)

    def _schema(self, schema: Any, unsent: frozenset[str]) -> Schema:
        """Convert one schema. `unsent` holds the members that an enclosing composition already left out."""
        if isinstance(schema, bool) or not isinstance(schema, dict):
            return bool(schema) if isinstance(schema, bool) else True
        if "$ref" in schema and (self.version == "3.0" or len(schema) == 1):
            return {"$ref": self._reference(schema["$ref"], unsent)}
        if NESTING.isdisjoint(schema) and "$ref" not in schema and not unsent:
            return self._leaf(schema)
        unsent = unsent | frozenset(self._unsent_members(schema))
        result: dict[str, Any] = {key: value for key, value in schema.items() if key in PLAIN}
        if "$ref" in schema:
            result["$ref"] = self._reference(schema["$ref"], unsent)
        self._convert_in_place(schema, result, unsent)
        self._convert_children(schema, result)
        self._convert_every_name(result)
        self._drop_unsent(result, unsent)
        self._convert_type(schema, result)
        self._convert_bounds(result)
        self._convert_format(result)
        self._convert_discriminator(schema, result, unsent)
        return result

    def _leaf(self, schema: dict[str, Any]) -> Schema:
        """Convert a schema without subschemas. Equal ones become one object, as most members are alike."""
        result = {key: value for key, value in schema.items() if key in PLAIN}
        self._convert_type(schema, result)
        self._convert_bounds(result)
        self._convert_format(result)
        if any(isinstance(value, (dict, list)) for value in result.values()):
            return result
        return shared(tuple((key, type(value), value) for key, value in result.items()))

    def _reference(self, reference: str, unsent: frozenset[str]) -> str:
        """Return the `$ref` to the definition of a reference, which is converted later at its first use."""
        key = (reference, unsent)
        if key not in self._names:
            name = re.sub(r"[^A-Za-z0-9._-]", "_", reference.rpartition("/")[2]) or "root"
            number = 1
            candidate = name
            while candidate in self.definitions:
                number += 1
                candidate = f"{name}-{number}"
            self._names[key] = candidate
            self.definitions[candidate] = True  # takes the name until the schema is converted
            self.references[candidate] = reference
            self._pending.append((candidate, reference, unsent))
        return DEFINITIONS + self._names[key]

    def _convert_in_place(
        self, schema: dict[str, Any], result: dict[str, Any], unsent: frozenset[str]
    ) -> None:
        for keyword in IN_PLACE:
            if keyword in schema:
                result[keyword] = self._schema(schema[keyword], unsent)
        for keyword in IN_PLACE_LISTS:
            if isinstance(schema.get(keyword), list) and schema[keyword]:
                result[keyword] = [self._schema(branch, unsent) for branch in schema[keyword]]
        for keyword in IN_PLACE_MAPPINGS:
            if isinstance(schema.get(keyword), dict):
                result[keyword] = {
                    name: self._schema(branch, unsent) for name, branch in schema[keyword].items()
                }

    def _convert_children(self, schema: dict[str, Any], result: dict[str, Any]) -> None:
        for keyword in CHILD:
            if keyword in schema:
                result[keyword] = self._schema(schema[keyword], frozenset())
        for keyword in CHILD_LISTS:
            if isinstance(schema.get(keyword), list) and schema[keyword]:
                result[keyword] = [self._schema(item, frozenset()) for item in schema[keyword]]
        for keyword in CHILD_MAPPINGS:
            if isinstance(schema.get(keyword), dict):
                result[keyword] = {
                    name: self._schema(child, frozenset()) for name, child in schema[keyword].items()
                }

    @staticmethod
    def _convert_every_name(result: dict[str, Any]) -> None:
        """Turn a pattern that matches every name, such as `.*`, into a schema for all members."""
        patterns = result.get("patternProperties", {})
        every = [schema for pattern, schema in patterns.items() if matches_everything(pattern)]
        if not every:
            return
        others = {name: schema for name, schema in patterns.items() if not matches_everything(name)}
        for keyword, members in (("properties", result.get("properties")), ("patternProperties", others)):
            if members:
                result[keyword] = {name: {"allOf": [schema, *every]} for name, schema in members.items()}
        if not others:
            del result["patternProperties"]
        result["additionalProperties"] = every[0] if len(every) == 1 else {"allOf": every}

    def _unsent_members(self, schema: dict[str, Any]) -> Iterator[str]:
        """Yield the members of a value that are not sent in this direction, over its whole composition."""
        for part in self._parts(schema):
            properties = part.get("properties")
            for name, child in properties.items() if isinstance(properties, dict) else ():
                mark = UNSENT_MARKS[self.direction]
                if any(member.get(mark) is True for member in self._parts(child)):
                    yield name

    def _parts(self, schema: Any) -> Iterator[dict[str, Any]]:
        """Yield the schemas that all apply to the same value: the schema, its `$ref`, and its `allOf`."""
        pending, seen = [schema], 0
        while pending and seen < LONGEST_CHAIN:
            current = pending.pop()
            seen += 1
            if not isinstance(current, dict):
                continue
            if "$ref" in current:
                pending.append(self._resolve(current["$ref"]))
                if self.version == "3.0":
                    continue
            yield current
            branches = current.get("allOf")
            pending.extend(branches if isinstance(branches, list) else ())

    @staticmethod
    def _drop_unsent(result: dict[str, Any], unsent: frozenset[str]) -> None:
        if not unsent:
            return
        if "required" in result:
            result["required"] = [name for name in result["required"] if name not in unsent]
        if "properties" in result:
            dropped = sorted(unsent & result["properties"].keys())
            result["properties"] = {name: v for name, v in result["properties"].items() if name not in unsent}
            if dropped:
                result[UNSENT] = dropped
        if result.get("required") == []:
            del result["required"]

    def _convert_type(self, schema: dict[str, Any], result: dict[str, Any]) -> None:
        kind = result.get("type")
        if self.version == "3.0" and schema.get("nullable") is True and isinstance(kind, str):
            result["type"] = [kind, "null"]

    @staticmethod
    def _convert_bounds(result: dict[str, Any]) -> None:
        for inclusive, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            flag = result.get(exclusive)
            if isinstance(flag, bool):
                del result[exclusive]
                if flag and inclusive in result:
                    result[exclusive] = result.pop(inclusive)

    @staticmethod
    def _convert_format(result: dict[str, Any]) -> None:
        kinds = result.get("type", ())
        if result.get("format") == "int32" and "integer" in ([kinds] if isinstance(kinds, str) else kinds):
            result["minimum"] = max(INT32[0], result.get("minimum", INT32[0]))
            result["maximum"] = min(INT32[1], result.get("maximum", INT32[1]))
        if result.get("format", "date") not in KNOWN_FORMATS:
            del result["format"]

    def _convert_discriminator(
        self, schema: dict[str, Any], result: dict[str, Any], unsent: frozenset[str]
    ) -> None:
        """Demand that a value with a mapped tag matches the branch that the mapping names."""
        discriminator = schema.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        if not isinstance(mapping, dict) or not isinstance(discriminator, dict):
            return
        branches = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
        references = {branch["$ref"] for branch in branches if isinstance(branch, dict) and "$ref" in branch}
        rules = []
        for tag, value in sorted(mapping.items()):
            matches = [ref for ref in sorted(references) if ref in (value, f"#/components/schemas/{value}")]
            name = discriminator.get("propertyName")
            if matches and isinstance(name, str):
                tagged = {"properties": {name: {"const": tag}}, "required": [name]}
                rules.append({"if": tagged, "then": {"$ref": self._reference(matches[0], unsent)}})
        if rules:
            result["allOf"] = [*result.get("allOf", ()), *rules]
