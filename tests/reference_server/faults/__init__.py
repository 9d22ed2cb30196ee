"""Servers that break the contract, each in one way that real servers do; each must be caught where it breaks it."""

from __future__ import annotations

from reference_server.catalogue import FAULTS
from reference_server.faults import (
    access,
    admitting,
    crashing,
    creating,
    granting,
    keeping,
    lingering,
    mappers,
    moving,
    patching,
    protocol,
    racing,
    reading,
    separating,
    updating,
)

__all__ = [
    "FAULTS",
    "access",
    "admitting",
    "crashing",
    "creating",
    "granting",
    "keeping",
    "lingering",
    "mappers",
    "moving",
    "patching",
    "protocol",
    "racing",
    "reading",
    "separating",
    "updating",
]
