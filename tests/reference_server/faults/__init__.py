"""Incorrect servers, each with one fault known from real servers."""

from __future__ import annotations

from reference_server.catalogue import FAULTS
from reference_server.faults import (
    access,
    closed_schema,
    concurrency,
    connections,
    create,
    injection,
    isolation,
    large_values,
    patch,
    protocol,
    put,
    refused_transitions,
    request_state,
    retrieve,
    rollback,
    serialization,
    server_errors,
    stored_state,
    tokens,
    transitions,
)

__all__ = [
    "FAULTS",
    "access",
    "closed_schema",
    "concurrency",
    "connections",
    "create",
    "injection",
    "isolation",
    "large_values",
    "patch",
    "protocol",
    "put",
    "refused_transitions",
    "request_state",
    "retrieve",
    "rollback",
    "serialization",
    "server_errors",
    "stored_state",
    "tokens",
    "transitions",
]
