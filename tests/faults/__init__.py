"""Faults of the mock that prove the suite, and that no user needs. Each wraps a handle.

They use the public modules of `mock_server.faults`.
"""

from __future__ import annotations

from collections.abc import Mapping

from faults import (
    authentication,
    concurrency,
    creation,
    isolation,
    patching,
    protocol,
    reading,
    refused_transitions,
    replacing,
    robustness,
    shapes,
    texts,
    tokens,
    transitions,
    updates,
)
from mock_server.faults import FAULTS as SHIPPED
from mock_server.faults import GROUPS
from mock_server.faults.named_fault import NamedFault

_MODULES = (
    creation,
    reading,
    replacing,
    patching,
    updates,
    isolation,
    transitions,
    refused_transitions,
    authentication,
    tokens,
    robustness,
    protocol,
    texts,
    shapes,
    concurrency,
)

FAULTS: Mapping[str, NamedFault] = {
    **SHIPPED,
    **{fault.name: fault for module in _MODULES for fault in module.FAULTS},
}
"""The faults of the mock and of this package by name."""

MODULES: Mapping[str, str] = {
    **{fault.name: group.title for group in GROUPS for fault in group.faults},
    **{fault.name: module.__name__ for module in _MODULES for fault in module.FAULTS},
}
"""The group of each fault of the mock, and the module of each other fault."""
