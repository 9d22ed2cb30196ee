"""Named deviations from the contract. Each wraps a handle.

    broken = FAULTS["text-trimmed"](build())

They model typical defects of servers in stores, mappers, sanitisers, caches and concurrency. Each names the
requirements of spec/requirements.yaml that it violates. docs/faults.md shows how to write others, with `fault` and the
modules `call`, `building_blocks` and `value_changes`. The names here are imported at their first use, because most
mocks have no fault.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.faults.groups import FAULTS as FAULTS
    from mock_server.faults.groups import GROUPS as GROUPS
    from mock_server.faults.named_fault import NamedFault as NamedFault
    from mock_server.faults.named_fault import fault as fault

_MODULES = {"groups": ("FAULTS", "GROUPS"), "named_fault": ("NamedFault", "fault")}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
