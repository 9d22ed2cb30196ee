"""A named fault: its requirements, its description, and the wrapper that applies it."""

from dataclasses import dataclass

from mock_server.core.messages import Fault, Handle


@dataclass(frozen=True, slots=True)
class NamedFault:
    """An entry of the table of faults. Calling it wraps a handle."""

    name: str
    """In kebab case, unique."""
    requirements: tuple[str, ...]
    """The ids of the violated requirements, the most important one first."""
    summary: str
    """The server's wrong behaviour as one sentence without a subject."""
    fault: Fault

    @property
    def sentence(self) -> str:
        """The summary with a capital letter and a full stop."""
        return f"{self.summary[:1].upper()}{self.summary[1:]}."

    def __call__(self, handle: Handle) -> Handle:
        """Return the handle with this fault."""
        return self.fault(handle)


def fault(name: str, requirements: str, summary: str, wrap: Fault) -> NamedFault:
    """Create a fault; `requirements` are ids separated by spaces."""
    return NamedFault(name, tuple(requirements.split()), summary, wrap)
