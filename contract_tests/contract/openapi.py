"""The OpenAPI document: which operation a request addresses, and the schemas of response bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from contract_tests.contract.requirements import SPEC, load_yaml

_UNCLEAN: Final = re.compile(r"//|/\.{1,2}(?:/|$)|%2f|%5c", re.IGNORECASE)


@cache
def _document() -> Mapping[str, Any]:
    """Return the OpenAPI document with its references resolved."""
    # Only the resolver: the project's own tests validate the document.
    from prance.util.resolver import RefResolver  # noqa: PLC0415 - only a run with checks needs it

    path = SPEC / "caseiq-openapi.yaml"
    resolver = RefResolver(load_yaml(path), path.as_uri())
    resolver.resolve_references()
    document: Mapping[str, Any] = resolver.specs
    return document


@cache
def case_details() -> frozenset[str]:
    """Return the names of the case fields that a client may write."""
    return frozenset(_document()["components"]["schemas"]["CaseDetails"]["properties"])


@cache
def _routes() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    routes = []
    for template, item in _document()["paths"].items():
        pattern = re.compile(".*" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))
        for method, operation in item.items():
            if "operationId" in operation:
                routes.append((method.upper(), pattern, operation["operationId"]))
    return tuple(routes)


def operation_of(method: str, url: str) -> str | None:
    """Return the operationId that a request addresses, or None, also for a path that a router may normalise first."""
    path = url.partition("?")[0]
    if _UNCLEAN.search(path.partition("://")[2]):
        return None
    for routed, pattern, operation in _routes():
        if routed == method and pattern.fullmatch(path):
            return operation
    return None


def restore_link_bodies(document: Mapping[str, Any]) -> None:
    """Rename `x-request-body` in the links of a loaded document to `requestBody`, which Schemathesis sends.

    The document uses the other name because some client generators accept only a string as `requestBody`.
    """
    for link in document.get("components", {}).get("links", {}).values():
        if "x-request-body" in link:
            link["requestBody"] = link.pop("x-request-body")


class Validator:
    """Validates against a schema with jsonschema-rs, which takes 1 % of the time; jsonschema explains the errors."""

    def __init__(self, schema: Any) -> None:
        import jsonschema_rs  # noqa: PLC0415 - only a run with checks needs it

        self._schema = schema
        self._decides = jsonschema_rs.Draft202012Validator(schema, validate_formats=False)

    def errors(self, instance: Any) -> Iterator[Any]:
        try:
            if self._decides.is_valid(instance):
                return
        except ValueError:  # it accepts neither lone surrogates nor deep nesting, which JSON permits
            pass
        import jsonschema  # noqa: PLC0415 - only an error needs it

        try:
            errors = list(jsonschema.Draft202012Validator(self._schema).iter_errors(instance))
        except RecursionError:  # a limit of the validator is not a verdict on the document
            return
        yield from errors


@cache
def validators() -> Mapping[tuple[str, str], Validator]:
    """Return a validator for each (operationId, status) with a JSON body."""
    found = {}
    for item in _document()["paths"].values():
        for operation in item.values():
            if "operationId" not in operation:
                continue
            for status, response in operation["responses"].items():
                schema = response.get("content", {}).get("application/json", {}).get("schema")
                if schema is not None and status.isdigit():
                    found[operation["operationId"], status] = Validator(schema)
    return found
