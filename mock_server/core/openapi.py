"""An OpenAPI document: finds the operation of a method and path, and compiles the schemas of its bodies.

The document defines all operations, paths and fields. Only the schema `Case` has its name in this file, because it
lists the read-only fields. Validators are compiled here for speed; validation.py explains why a body is invalid.
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
    """The part of a jsonschema-rs validator that the mock uses."""

    def is_valid(self, instance: Any) -> bool: ...


@dataclass(frozen=True, slots=True)
class CompiledSchema:
    """A schema with its validator: of a body in one media type, or of an operation's parameters."""

    schema: Schema
    validator: Validator

    @classmethod
    def of(cls, schema: Schema) -> "CompiledSchema":
        """Compile a schema."""
        from jsonschema_rs import Draft202012Validator  # noqa: PLC0415 - 10 ms

        return cls(schema, Draft202012Validator(dict(schema), validate_formats=True))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    id: str
    secured: bool
    bodies: Mapping[str, CompiledSchema]
    """By media type; empty if the operation takes no body."""
    oauth_errors: bool
    """Its 400 is an OAuth error (RFC 6749 section 5.2), not a problem detail (RFC 9457)."""
    parameters: CompiledSchema | None
    """Path and query parameters as one object; None if there are none."""
    responses: Mapping[str, Any]
    """By status code or range, as in the document."""


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """One path template, its operations by method, and the value of its Allow header."""

    segments: tuple[str, ...]
    operations: Mapping[str, Operation]
    allow: str

    @property
    def parameter_count(self) -> int:
        """The number of segments that are parameters."""
        return sum(map(_is_parameter, self.segments))

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """Return the path parameters, or None if the template does not match."""
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
    """The content of the document."""

    templates: tuple[PathTemplate, ...]
    """Those with fewer parameters first: they take precedence (OpenAPI 3.1 section 4.8.8.2)."""
    fixed: Mapping[str, PathTemplate]
    """Those without parameters, by path."""
    schemas: Mapping[str, Schema]
    """The named schemas of the document, with references resolved."""
    read_only: frozenset[str]
    """Fields of a case that only the server sets."""

    @classmethod
    def of(
        cls, templates: Iterable[PathTemplate], schemas: Mapping[str, Schema], read_only: frozenset[str]
    ) -> "Contract":
        """Create a contract with these path templates."""
        ordered = tuple(sorted(templates, key=lambda template: template.parameter_count))
        fixed = {
            "/".join(template.segments): template for template in ordered if not template.parameter_count
        }
        return cls(ordered, fixed, schemas, read_only)

    def find(self, path: str, hint: str = "") -> tuple[PathTemplate, dict[str, str]]:
        """Return the template for a raw path, and the decoded path parameters.

        Raises Refused (UNKNOWN_PATH); `hint` is appended to its detail.
        """
        if path in self.fixed:
            return self.fixed[path], {}
        # Decoded after the split: an encoded slash is part of its segment.
        segments = [unquote(segment, errors="surrogateescape") for segment in path.split("/")]
        for template in self.templates:
            parameters = template.match(segments)
            if parameters is not None:
                return template, parameters
        raise Refused(Problem.UNKNOWN_PATH, hint=hint)

    def operations(self) -> Iterator[Operation]:
        """Iterate over all operations. One with several methods appears several times."""
        return (operation for template in self.templates for operation in template.operations.values())

    def operation_ids(self) -> set[str]:
        """Return all operationIds."""
        return {operation.id for operation in self.operations()}

    def with_rule(self, rule: Schema, operation_ids: frozenset[str]) -> "Contract":
        """Return a copy in which the bodies of these operations must fit another schema as well."""

        def extend_operation(operation: Operation) -> Operation:
            if operation.id not in operation_ids:
                return operation
            bodies = {
                media_type: CompiledSchema.of({"allOf": [body.schema, rule]})
                for media_type, body in operation.bodies.items()
            }
            return replace(operation, bodies=bodies)

        def extend_template(template: PathTemplate) -> PathTemplate:
            operations = {method: extend_operation(one) for method, one in template.operations.items()}
            return replace(template, operations=operations)

        return self.of(map(extend_template, self.templates), self.schemas, self.read_only)


def load(path: Path | None = None) -> Contract:
    """Return the contract of the Case APIs, by default the project's own. The first call takes about 60 ms.

    Raises ValueError with one line if another document cannot be used.
    """
    if path is None:
        return read(specification(DOCUMENT))
    try:
        return read(path)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except Exception as error:
        # A reader of YAML, of references or of schemas failed. The document may have any defect.
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{path}: not a usable OpenAPI document: {type(error).__name__}: {reason}") from None


@cache
def read(path: Path) -> Contract:
    """Return the contract in a file, which is read once a process."""
    document = load_yaml(path)
    resolved = _resolved(document, path)
    security = resolved.get("security", [])
    templates = (_template(path, item, security) for path, item in resolved["paths"].items())
    # From the unresolved document: resolving drops keywords beside a reference, such as readOnly.
    schemas = document.get("components", {}).get("schemas", {})
    read_only = _read_only(schemas.get("Case", {}))
    return Contract.of(templates, resolved["components"]["schemas"] if schemas else {}, frozenset(read_only))


def specification(name: str) -> Path:
    """Return the path of a contract file: in spec/ of a checkout, or in caseiq_spec/ of an installation."""
    root = Path(__file__).parents[2]
    found = [root / folder / name for folder in ("spec", "caseiq_spec")]
    return next((path for path in found if path.exists()), found[0])


def load_yaml(path: Path) -> dict[str, Any]:
    """Return the content of a contract file."""
    import yaml  # noqa: PLC0415 - not needed by importers that load nothing

    # Libyaml is ten times as fast, but a PyYAML may be built without it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open("rb") as file:
        document: dict[str, Any] = yaml.load(file, Loader=loader)
    return document


def _resolved(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the document with its references resolved. A reference replaces everything beside it."""
    try:
        resolved: dict[str, Any] = _LocalReferences(document).resolve(document)
    except LookupError:
        resolved = _resolved_by_prance(document, path)
    return resolved


class _LocalReferences:
    """Resolves the references of a document to itself. prance resolves others, but its import is slow."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._targets: dict[str, Any] = {}

    def resolve(self, value: Any) -> Any:
        """Return the value with its references resolved. Raises LookupError for a circular or other reference."""
        if isinstance(value, list):
            return [self.resolve(one) for one in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return {name: self.resolve(one) for name, one in value.items()}
        if reference not in self._targets:
            self._targets[reference] = _UNRESOLVED
            self._targets[reference] = self.resolve(self._target(reference))
        if self._targets[reference] is _UNRESOLVED:
            raise LookupError(reference)
        return self._targets[reference]

    def _target(self, reference: str) -> Any:
        if not reference.startswith("#/") or "%" in reference:
            raise LookupError(reference)
        target: Any = self._document
        for name in reference[2:].split("/"):
            if not isinstance(target, dict):
                raise LookupError(reference)
            target = target[name.replace("~1", "/").replace("~0", "~")]
        return target


_UNRESOLVED = object()
"""Stands for a target while it is being resolved."""


def _resolved_by_prance(document: dict[str, Any], path: Path) -> dict[str, Any]:
    # Only prance's resolver: its parser also validates the document, which takes a second at each start.
    from prance.util.resolver import RefResolver  # noqa: PLC0415

    resolver = RefResolver(document, path.absolute().as_uri())
    resolver.resolve_references()
    resolved: dict[str, Any] = resolver.specs
    return resolved


def _template(path: str, item: Mapping[str, Any], security: list[Any]) -> PathTemplate:
    operations = {
        method.upper(): _operation(item[method], item.get("parameters", []), security)
        for method in METHODS
        if method in item
    }
    if "GET" in operations:
        operations["HEAD"] = operations["GET"]  # RFC 9110 section 9.3.2
    allow = ", ".join(sorted({*operations, "OPTIONS"}))
    return PathTemplate(tuple(path.split("/")), operations, allow)


def _operation(item: Mapping[str, Any], parameters: list[Any], security: list[Any]) -> Operation:
    content = item.get("requestBody", {}).get("content", {})
    bad_request = item["responses"].get("400", {}).get("content", {})
    return Operation(
        id=item["operationId"],
        secured=bool(item.get("security", security)),
        bodies={media_type: CompiledSchema.of(media["schema"]) for media_type, media in content.items()},
        oauth_errors=bool(bad_request) and "application/problem+json" not in bad_request,
        parameters=_parameters([*parameters, *item.get("parameters", [])]),
        responses=item["responses"],
    )


def _parameters(parameters: list[Any]) -> CompiledSchema | None:
    """Compile the parameters. Unknown names are refused only if the operation has query parameters."""
    named = {one["name"]: one["schema"] for one in parameters}
    has_query = any(one["in"] == "query" for one in parameters)
    schema = {"properties": named, "additionalProperties": not has_query}
    return CompiledSchema.of(schema) if named else None


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")


def _read_only(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        if part.get("readOnly"):
            yield name
    for part in schema.get("allOf", ()):
        yield from _read_only(part)
