"""Faults of the mock that prove the suite, and that no user needs. Each wraps a handle.

They use the public modules of `mock_server.faults`. Each module of this package has a table `FAULTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from mock_server.faults import GROUPS
from mock_server.faults.named_fault import NamedFault

_MODULES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]

CLASSED: list[tuple[NamedFault, str]] = [
    *((fault, group.title) for group in GROUPS for fault in group.faults),
    *((fault, module.__name__) for module in _MODULES for fault in module.FAULTS),
]
"""The faults of the mock with their group, and those of this package with their module."""

FAULTS: Mapping[str, NamedFault] = {fault.name: fault for fault, _ in CLASSED}
"""All faults by name."""

MODULES: Mapping[str, str] = {fault.name: place for fault, place in CLASSED}
"""The group or the module of each fault by name."""
