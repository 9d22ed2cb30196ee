"""Named deviations from the contract, each a wrapper around a handle from outside.

    broken = FAULTS["text-trimmed"](build())

They model how servers go wrong in stores, mappers, sanitisers, caches and races. Nothing that they are wrapped around
knows of them; spec/requirements.yaml says what each breaks.
"""

from collections.abc import Mapping

from mock_server.faults import (
    authentication,
    concurrency,
    creation,
    moves,
    patching,
    protocol,
    reading,
    refused_moves,
    replacing,
    robustness,
    shapes,
    texts,
    tokens,
    updates,
)
from mock_server.faults.fault import FaultRow

_MODULES = (
    creation,
    reading,
    replacing,
    patching,
    updates,
    moves,
    refused_moves,
    authentication,
    tokens,
    robustness,
    protocol,
    texts,
    shapes,
    concurrency,
)

FAULTS: Mapping[str, FaultRow] = {row.name: row for module in _MODULES for row in module.ROWS}
"""All faults by name, in the order of the catalogue's sections."""
