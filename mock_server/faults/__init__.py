"""Named deviations from the contract. Each wraps a handle.

    broken = FAULTS["text-trimmed"](build())

They model typical defects of servers in stores, mappers, sanitisers, caches and concurrency. Each names the
requirements of spec/requirements.yaml that it violates. docs/faults.md shows how to write others.
"""

from collections.abc import Mapping

from mock_server.faults.fault import NamedFault
from mock_server.faults.groups import GROUPS as GROUPS

FAULTS: Mapping[str, NamedFault] = {fault.name: fault for group in GROUPS for fault in group.faults}
"""All faults of the mock by name."""
