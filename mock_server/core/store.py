"""Stores of cases. A store keeps a text and a state under an id.

Rules: a read sees a whole record or none. An update is atomic, from the read to the write. If the caller's function
raises, the store is unchanged.
"""

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import NamedTuple, Protocol


class Stored(NamedTuple):
    """A stored case: its workflow state, and its record as the JSON text of a GET response."""

    state: str
    text: bytes


BY_CREATION = ""
BY_DATE = "createdDate"
BY_STATE = "state"

Page = tuple[int, list[tuple[str, Stored]]]
"""The number of all cases, and some of them with their ids."""


class Store(Protocol):
    """The methods of a store. Each is safe to call from several threads.

    In a suspendable call, `get`, `update` and `add` of one case suspend the call instead of blocking its thread.
    """

    @property
    def may_block(self) -> bool:
        """True if a call may wait for a disk, a network or another process."""

    @property
    def may_block_reads(self) -> bool:
        """True if even `get` may wait."""

    def add(self, *cases: tuple[str, Stored]) -> None:
        """Add new cases, all or none. The caller guarantees that their ids are new."""

    def get(self, case_id: str) -> Stored | None:
        """Return the case with this id, or None."""

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        """Replace a case by the result of `change`, atomically, and return it; None if there is no such case.

        `change` may be called again if the first attempt to store its result was undone.
        """

    def items(self) -> Iterator[tuple[str, Stored]]:
        """Iterate over a snapshot of all cases, oldest first."""

    def page(self, sort: str, *, descending: bool, limit: int, offset: int) -> Page | None:
        """Return the number of cases, and `limit` of them from `offset`, without reading all.

        `sort` is BY_CREATION, BY_DATE or BY_STATE. Cases with equal values are in the order of creation, or in its
        reverse if `descending`. Return None if the store has no such order.
        """

    def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
        """Replace all cases by these, in this order, atomically. With `if_empty`, only in an empty store.

        Return True if the cases were replaced.
        """

    def close(self) -> None:
        """Release files and connections. The store cannot be used afterwards."""


class MemoryStore:
    """Cases in a dictionary, lost when the process ends.

    Its values are plain tuples of text: the garbage collector soon stops tracking them, so a million cases do not
    slow it down. A read needs no lock, because a dictionary lookup is atomic.
    """

    may_block = may_block_reads = False

    def __init__(self) -> None:
        self._cases: dict[str, tuple[str, bytes]] = {}
        self._lock = Lock()

    def add(self, *cases: tuple[str, Stored]) -> None:
        added = {case_id: (case.state, case.text) for case_id, case in cases}
        with self._lock:
            self._cases |= added

    def get(self, case_id: str) -> Stored | None:
        case = self._cases.get(case_id)
        return None if case is None else Stored(*case)

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        with self._lock:
            case = self._cases.get(case_id)
            if case is None:
                return None
            changed = change(Stored(*case))
            self._cases[case_id] = (changed.state, changed.text)
            return changed

    def items(self) -> Iterator[tuple[str, Stored]]:
        with self._lock:
            cases = list(self._cases.items())
        return ((case_id, Stored(*case)) for case_id, case in cases)

    def page(self, sort: str, *, descending: bool, limit: int, offset: int) -> Page | None:  # noqa: ARG002
        """Return None: a dictionary has no index."""
        return None

    def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
        restored = {case_id: (case.state, case.text) for case_id, case in cases}
        with self._lock:
            if if_empty and self._cases:
                return False
            self._cases = restored
        return True

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
