"""Incorrect servers, each with one fault known from real servers. The import of a module registers its faults."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from reference_server.catalogue import FAULTS

__all__ = ["FAULTS"]

for _found in iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")
