"""The faults of the mock in groups, by what a user wants to try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mock_server.faults import (
    changed_text,
    changed_values,
    credentials,
    new_cases,
    outdated_reads,
    parallel_requests,
    unusual_responses,
    wrong_transitions,
    wrong_updates,
)
from mock_server.faults.named_fault import NamedFault


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """Faults that belong together in a list."""

    title: str
    faults: Sequence[NamedFault]


GROUPS = (
    FaultGroup("Text comes back changed", changed_text.FAULTS),
    FaultGroup("Numbers, arrays and fields come back changed", changed_values.FAULTS),
    FaultGroup("New cases look different", new_cases.FAULTS),
    FaultGroup("Reads are late or outdated", outdated_reads.FAULTS),
    FaultGroup("Updates have another effect", wrong_updates.FAULTS),
    FaultGroup("Transitions have another effect", wrong_transitions.FAULTS),
    FaultGroup("Credentials and tokens are checked wrongly", credentials.FAULTS),
    FaultGroup("Responses and errors look unusual", unusual_responses.FAULTS),
    FaultGroup("Parallel requests disturb each other", parallel_requests.FAULTS),
)

FAULTS: Mapping[str, NamedFault] = {fault.name: fault for group in GROUPS for fault in group.faults}
"""All faults of the mock by name."""
