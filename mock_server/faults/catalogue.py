"""The faults that one mock knows by name: those of this package, and the user's own."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mock_server.core.spelling import did_you_mean
from mock_server.faults.named_fault import NamedFault

if TYPE_CHECKING:
    from mock_server.faults.groups import FaultGroup

OWN = "Your own faults"


class Catalogue:
    """Finds faults by name. The user's own faults can be added at any time."""

    def __init__(self, own: Iterable[NamedFault] = ()) -> None:
        self._own: dict[str, NamedFault] = {}
        for fault in own:
            self.add(fault)

    def add(self, fault: NamedFault) -> None:
        """Add a fault. It replaces the user's fault of the same name. Raises ValueError for a name of this package."""
        from mock_server.faults.groups import FAULTS  # noqa: PLC0415 - most mocks have no fault

        if FAULTS.get(fault.name, fault) is not fault:
            raise ValueError(f"the mock already has a fault {fault.name!r}; use another name")
        if fault.name not in FAULTS:
            self._own[fault.name] = fault

    def find(self, fault: object) -> NamedFault:
        """Return the fault with this name; add it if it is a fault itself. Raises ValueError."""
        if isinstance(fault, NamedFault):
            self.add(fault)
            return fault
        if not isinstance(fault, str):
            raise ValueError(
                f"faults are names or the results of mock_server.faults.fault(), not {type(fault).__name__}"
            )
        known = {one.name: one for group in self.groups() for one in group.faults}
        if fault not in known:
            raise ValueError(
                f"unknown fault {fault!r}; caseiq-mock --list-faults lists all{did_you_mean(fault, known)}"
            )
        return known[fault]

    def groups(self) -> "Sequence[FaultGroup]":
        """Return all faults in groups, the user's own last."""
        from mock_server.faults.groups import GROUPS, FaultGroup  # noqa: PLC0415 - most mocks have no fault

        own = list(self._own.values())
        return [*GROUPS, *([FaultGroup(OWN, own)] if own else [])]
