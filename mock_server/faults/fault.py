"""One named fault: what it breaks, in words and in requirements, and how."""

from dataclasses import dataclass

from mock_server.core.messages import Fault, Handle


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A row of the table of faults; calling it wraps a handle."""

    name: str
    """In kebab case, unique."""
    requirements: tuple[str, ...]
    """Ids of the catalogue, the one that the fault is aimed at first."""
    summary: str
    """What the server does wrong, in one line."""
    fault: Fault

    def __call__(self, handle: Handle) -> Handle:
        """The handle, gone wrong in this way."""
        return self.fault(handle)


def row(name: str, requirements: str, summary: str, fault: Fault) -> FaultRow:
    """A row; `requirements` are ids with spaces between them."""
    return FaultRow(name, tuple(requirements.split()), summary, fault)
