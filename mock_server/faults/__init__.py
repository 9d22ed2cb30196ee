"""Named deviations from the contract. Each wraps a handle.

    broken = FAULTS["text-trimmed"](build())

They model typical defects of servers in stores, mappers, sanitisers, caches and concurrency. Each names the
requirements of spec/requirements.yaml that it violates.
"""

from collections.abc import Mapping

from mock_server.faults import (
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
from mock_server.faults.fault import NamedFault

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

FAULTS: Mapping[str, NamedFault] = {fault.name: fault for module in _MODULES for fault in module.FAULTS}
"""All faults by name, in the order of the sections of the catalogue."""
