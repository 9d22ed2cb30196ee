"""Where cases live. A store keeps a text and a state under an id, and knows nothing of what they mean.

Rules: a read sees a whole record or none; an update is atomic, from the read through the caller's
function to the write; a function that raises leaves the store as it was. Any store that keeps them
behind these five methods will do.
"""

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import NamedTuple, Protocol


class Stored(NamedTuple):
    """A case at rest: the workflow's state, and the record as the JSON text that a read answers with."""

    state: str
    text: bytes


class Store(Protocol):
    """Five methods about cases, each safe to call from several threads."""

    @property
    def waits(self) -> bool:
        """Whether a call may wait for a disk or a network, so that it had better be made in a thread."""

    def add(self, *cases: tuple[str, Stored]) -> None:
        """Keep new cases, all or none. The ids are new: the caller made them."""

    def get(self, case_id: str) -> Stored | None:
        """The case with this id, or None."""

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        """Replace a case by `change` of it, atomically, and return the new one; None if there is none."""

    def items(self) -> Iterator[tuple[str, Stored]]:
        """All cases, oldest first, as they were at some moment of the call."""

    def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
        """Put these in place of all cases, in this order, atomically; `if_empty`, only where there are none.

        Returns whether they are in place now.
        """

    def close(self) -> None:
        """Let go of files and connections; the store is not used after."""


class MemoryStore:
    """Cases in a dictionary, gone with the process.

    Its values are plain tuples of text, which the garbage collector soon stops looking at: a million cases do not
    slow it down. A read needs no lock, since one look into a dictionary is atomic.
    """

    waits = False

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

    def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
        restored = {case_id: (case.state, case.text) for case_id, case in cases}
        with self._lock:
            if if_empty and self._cases:
                return False
            self._cases = restored
        return True

    def close(self) -> None:
        """There is nothing to let go of."""
