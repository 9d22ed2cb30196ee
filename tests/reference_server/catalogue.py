"""Tables of variants and faults, filled by the decorators `variant` and `fault`.

The docstring of each class describes how the server differs from the plain one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reference_server.service import CaseService


@dataclass(frozen=True)
class Variant:
    """A correct server.

    `warns`: SHOULD requirements that it breaks on purpose; `deployment`: its deployment file (TOML); `environment`: its
    credentials, if they differ from the default token.
    """

    name: str
    make: type[CaseService]
    warns: frozenset[str] = frozenset()
    deployment: str = ""
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Fault:
    """A server that breaks each of the named requirements."""

    name: str
    make: Callable[[], CaseService]
    breaks: tuple[str, ...]
    deployment: str = ""
    environment: Mapping[str, str] | None = None


VARIANTS: list[Variant] = []
FAULTS: list[Fault] = []


def variant(
    *warns: str, deployment: str = "", environment: Mapping[str, str] | None = None
) -> Callable[[type[CaseService]], type[CaseService]]:
    """Register a class as a correct server."""

    def register(service: type[CaseService]) -> type[CaseService]:
        VARIANTS.append(Variant(kebab(service), service, frozenset(warns), deployment, environment))
        return service

    return register


def fault(
    *breaks: str, deployment: str = "", environment: Mapping[str, str] | None = None
) -> Callable[[type[CaseService]], type[CaseService]]:
    """Register a class as a server that breaks these requirements."""

    def register(service: type[CaseService]) -> type[CaseService]:
        FAULTS.append(Fault(kebab(service), service, breaks, deployment, environment))
        return service

    return register


def combined(variants: Sequence[Variant]) -> Variant:
    """Combine variants into one server; methods of earlier variants take precedence."""
    credentials = [one.environment for one in variants if one.environment is not None]
    return Variant(
        " ".join(one.name for one in variants),
        type("Combined", tuple(one.make for one in variants), {}),
        frozenset().union(*(one.warns for one in variants)),
        "\n".join(one.deployment for one in variants if one.deployment),
        credentials[0] if credentials else None,
    )


def kebab(service: type) -> str:
    """Return the name of a class in lower case with hyphens."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", service.__name__).lower()
