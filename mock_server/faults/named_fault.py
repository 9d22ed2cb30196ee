"""A named fault: its requirements, its description, and the wrapper that applies it."""

import re
from dataclasses import dataclass

from mock_server.core.messages import Fault, Handle

LONGEST_NAME = 60


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

    def __post_init__(self) -> None:
        # The name travels in a header of the response.
        if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", self.name) or len(self.name) > LONGEST_NAME:
            raise ValueError(f"the name of a fault is in kebab case, such as text-trimmed, not {self.name!r}")
        if not callable(self.fault):
            kind = type(self.fault).__name__
            raise ValueError(
                f"the wrapper of the fault {self.name} is of type {kind}; give a function from a handle to a handle"
            )

    @property
    def sentence(self) -> str:
        """The summary with a capital letter and a full stop."""
        return f"{self.summary[:1].upper()}{self.summary[1:]}."

    def __call__(self, handle: Handle) -> Handle:
        """Return the handle with this fault. Raises ValueError if the wrapper returns no handle."""
        wrapped = self.fault(handle)
        if not callable(wrapped):
            raise ValueError(
                f"the wrapper of the fault {self.name} returned {wrapped!r:.60}; it must return a function from a "
                "request to a response"
            )
        return wrapped


def fault(name: str, requirements: str, summary: str, wrap: Fault) -> NamedFault:
    """Create a fault; `requirements` are ids separated by spaces, or empty."""
    return NamedFault(name, tuple(requirements.split()), summary, wrap)
