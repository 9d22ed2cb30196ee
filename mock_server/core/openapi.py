"""An OpenAPI document, loaded once: which operation a method and a path name, and which bodies it takes.

It reads the document and nothing else: no operation, path or field is named in this file, but for the
schema that says which fields of a case are read-only. Validators are compiled here and run on the hot
path; what is wrong with a refused body is put into words by explain.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from mock_server.core.errors import Problem, Refused

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The fixed fields of a path item that hold operations (OpenAPI 3.1 section 4.8.9.1)."""

DOCUMENT = "caseiq-openapi.yaml"

Schema = Mapping[str, Any]


class Validator(Protocol):
    """What is used of a jsonschema-rs validator."""

    def is_valid(self, instance: Any) -> bool: ...


@dataclass(frozen=True, slots=True)
class Body:
    """What a value must be: the body of one media type that an operation takes, or its parameters."""

    schema: Schema
    validator: Validator

    @classmethod
    def of(cls, schema: Schema) -> "Body":
        """The body with a schema, compiled."""
        from jsonschema_rs import Draft202012Validator  # noqa: PLC0415 - 10 ms

        return cls(schema, Draft202012Validator(dict(schema), validate_formats=True))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    id: str
    secured: bool
    bodies: Mapping[str, Body]
    """By media type; empty where the operation takes no body."""
    oauth_errors: bool
    """Its 400 is an OAuth error (RFC 6749 section 5.2), not a problem detail (RFC 9457)."""
    parameters: Body | None
    """Path and query parameters as one object; None where there are none."""
    responses: Mapping[str, Any]
    """By status code or range, as the document has them."""


@dataclass(frozen=True, slots=True)
class Place:
    """One path template, with its operations by method, and what Allow says of it."""

    segments: tuple[str, ...]
    operations: Mapping[str, Operation]
    allow: str

    @property
    def parameters(self) -> int:
        """How many of the segments are parameters."""
        return sum(map(_is_parameter, self.segments))

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The path parameters, if the template fits."""
        if len(segments) != len(self.segments):
            return None
        parameters = {}
        for wanted, given in zip(self.segments, segments, strict=True):
            if _is_parameter(wanted) and given:
                parameters[wanted[1:-1]] = given
            elif wanted != given:
                return None
        return parameters


@dataclass(frozen=True, slots=True)
class Contract:
    """What the document says."""

    places: tuple[Place, ...]
    """Those with fewer parameters first: they win (OpenAPI 3.1 section 4.8.8.2)."""
    fixed: Mapping[str, Place]
    """Those without parameters, by path."""
    schemas: Mapping[str, Schema]
    """The document's named schemas, references resolved."""
    read_only: frozenset[str]
    """Fields of a case that only the server sets."""

    @classmethod
    def of(
        cls, places: Iterable[Place], schemas: Mapping[str, Schema], read_only: frozenset[str]
    ) -> "Contract":
        """A contract with these places."""
        ordered = tuple(sorted(places, key=lambda place: place.parameters))
        fixed = {"/".join(place.segments): place for place in ordered if not place.parameters}
        return cls(ordered, fixed, schemas, read_only)

    def find(self, path: str, signpost: str = "") -> tuple[Place, dict[str, str]]:
        """The place at a raw path, and the path parameters, decoded.

        Raises Refused (UNKNOWN_PATH), with a sentence that says where to look instead.
        """
        if path in self.fixed:
            return self.fixed[path], {}
        # Decoded after the split: an encoded slash belongs to its segment.
        segments = [unquote(segment, errors="surrogateescape") for segment in path.split("/")]
        for place in self.places:
            parameters = place.match(segments)
            if parameters is not None:
                return place, parameters
        raise Refused(Problem.UNKNOWN_PATH, signpost=signpost)

    def operations(self) -> Iterator[Operation]:
        """All operations; one that answers to several methods comes several times."""
        return (operation for place in self.places for operation in place.operations.values())

    def operation_ids(self) -> set[str]:
        """The operationIds."""
        return {operation.id for operation in self.operations()}

    def demanding(self, fields: frozenset[str], of: frozenset[str]) -> "Contract":
        """This contract, where the bodies of the operations `of` must also name `fields`."""
        if not fields:
            return self
        more = {"required": sorted(fields)}

        def narrowed(operation: Operation) -> Operation:
            if operation.id not in of:
                return operation
            bodies = {
                kind: Body.of({"allOf": [body.schema, more]}) for kind, body in operation.bodies.items()
            }
            return replace(operation, bodies=bodies)

        def refitted(place: Place) -> Place:
            operations = {method: narrowed(operation) for method, operation in place.operations.items()}
            return replace(place, operations=operations)

        return self.of(map(refitted, self.places), self.schemas, self.read_only)


def load() -> Contract:
    """The contract of the Case APIs. Takes some 60 ms, once a process."""
    return read(specification(DOCUMENT))


@cache
def read(path: Path) -> Contract:
    """The contract in a file, read once a process."""
    document = load_yaml(path)
    resolved = _resolved(document, path)
    security = resolved.get("security", [])
    places = (_place(template, item, security) for template, item in resolved["paths"].items())
    # From the unresolved document: resolving drops what stands beside a reference, such as readOnly.
    schemas = document.get("components", {}).get("schemas", {})
    read_only = _read_only(schemas.get("Case", {}))
    return Contract.of(places, resolved["components"]["schemas"] if schemas else {}, frozenset(read_only))


def specification(name: str) -> Path:
    """A file of the contract: in a checkout in spec/, in an installed package in caseiq_spec/ beside this one."""
    root = Path(__file__).parents[2]
    found = [root / folder / name for folder in ("spec", "caseiq_spec")]
    return next((path for path in found if path.exists()), found[0])


def load_yaml(path: Path) -> dict[str, Any]:
    """What a file of the contract says."""
    import yaml  # noqa: PLC0415 - needed once, and not by those who only import this module

    # Libyaml is ten times faster; a PyYAML built without it has only the other.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open("rb") as file:
        document: dict[str, Any] = yaml.load(file, Loader=loader)
    return document


def _resolved(document: dict[str, Any], path: Path) -> dict[str, Any]:
    # Prance's resolver alone: its parser also validates the document, and takes a second at each start.
    from prance.util.resolver import RefResolver  # noqa: PLC0415

    resolver = RefResolver(document, path.absolute().as_uri())
    resolver.resolve_references()
    resolved: dict[str, Any] = resolver.specs
    return resolved


def _place(template: str, item: Mapping[str, Any], security: list[Any]) -> Place:
    operations = {
        method.upper(): _operation(item[method], item.get("parameters", []), security)
        for method in METHODS
        if method in item
    }
    if "GET" in operations:
        operations["HEAD"] = operations["GET"]  # RFC 9110 section 9.3.2
    allow = ", ".join(sorted({*operations, "OPTIONS"}))
    return Place(tuple(template.split("/")), operations, allow)


def _operation(item: Mapping[str, Any], parameters: list[Any], security: list[Any]) -> Operation:
    content = item.get("requestBody", {}).get("content", {})
    refusal = item["responses"].get("400", {}).get("content", {})
    return Operation(
        id=item["operationId"],
        secured=bool(item.get("security", security)),
        bodies={kind: Body.of(media["schema"]) for kind, media in content.items()},
        oauth_errors=bool(refusal) and "application/problem+json" not in refusal,
        parameters=_parameters([*parameters, *item.get("parameters", [])]),
        responses=item["responses"],
    )


def _parameters(parameters: list[Any]) -> Body | None:
    """Of a parameter that the document does not have it says nothing, unless others stand in the query."""
    named = {one["name"]: one["schema"] for one in parameters}
    closed = any(one["in"] == "query" for one in parameters)
    return Body.of({"properties": named, "additionalProperties": not closed}) if named else None


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")


def _read_only(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        if part.get("readOnly"):
            yield name
    for part in schema.get("allOf", ()):
        yield from _read_only(part)
