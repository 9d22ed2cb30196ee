"""How variants and faults are named and found: each stands in a table, put there by the decorator above its class.

A class's docstring says what is unusual about the server. Knows no requirement by name and no judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reference_server.service import CaseService


@dataclass(frozen=True)
class Variant:
    """A server that keeps the contract.

    `warns`: SHOULD rows that it breaks on purpose; `deployment`: what its tenant's file (TOML) says; `environment`: its
    credentials, where they are not the usual token.
    """

    name: str
    make: type[CaseService]
    warns: frozenset[str] = frozenset()
    deployment: str = ""
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Fault:
    """A server that breaks the contract, at each of the requirements named."""

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
    """Enter a class as a server that must pass."""

    def enter(service: type[CaseService]) -> type[CaseService]:
        VARIANTS.append(Variant(kebab(service), service, frozenset(warns), deployment, environment))
        return service

    return enter


def fault(
    *breaks: str, deployment: str = "", environment: Mapping[str, str] | None = None
) -> Callable[[type[CaseService]], type[CaseService]]:
    """Enter a class as a server that must be caught at these requirements."""

    def enter(service: type[CaseService]) -> type[CaseService]:
        FAULTS.append(Fault(kebab(service), service, breaks, deployment, environment))
        return service

    return enter


def combined(variants: Sequence[Variant]) -> Variant:
    """One server that is all of these; the first ones' methods come first."""
    credentials = [one.environment for one in variants if one.environment is not None]
    return Variant(
        " ".join(one.name for one in variants),
        type("Combined", tuple(one.make for one in variants), {}),
        frozenset().union(*(one.warns for one in variants)),
        "\n".join(one.deployment for one in variants if one.deployment),
        credentials[0] if credentials else None,
    )


def kebab(service: type) -> str:
    """The name of a class in lower case, with hyphens."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", service.__name__).lower()
