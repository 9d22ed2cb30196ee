"""Where cases live. A store keeps a text and a state under an id, and knows nothing of what they mean.

Rules: a read sees a whole record or none; an update is atomic, from the read through the caller's
function to the write; a function that raises leaves the store as it was. Any store that keeps them
behind these five methods will do.
"""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import NamedTuple, Protocol


class Stored(NamedTuple):
    """A case at rest: the workflow's state, and the record as the JSON text that a read answers with."""

    state: str
    text: bytes


class Store(Protocol):
    """Five methods, each safe to call from several threads."""

    def add(self, case_id: str, case: Stored) -> None:
        """Keep a new case. The id is new: the caller made it."""

    def get(self, case_id: str) -> Stored | None:
        """The case with this id, or None."""

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        """Replace a case by `change` of it, atomically, and return the new one; None if there is none."""

    def items(self) -> Iterator[tuple[str, Stored]]:
        """All cases, oldest first, as they were at some moment of the call."""

    def clear(self) -> None:
        """Forget all cases."""


class MemoryStore:
    """Cases in two dictionaries, one of states and one of texts, and gone with the process.

    Strings and bytes are invisible to the garbage collector, so a million cases do not slow it down.
    """

    def __init__(self) -> None:
        self._texts: dict[str, bytes] = {}
        self._states: dict[str, str] = {}
        self._lock = Lock()

    def add(self, case_id: str, case: Stored) -> None:
        with self._lock:
            self._states[case_id], self._texts[case_id] = case

    def get(self, case_id: str) -> Stored | None:
        with self._lock:
            return self._read(case_id)

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        with self._lock:
            case = self._read(case_id)
            if case is None:
                return None
            changed = change(case)
            self._states[case_id], self._texts[case_id] = changed
            return changed

    def items(self) -> Iterator[tuple[str, Stored]]:
        with self._lock:
            cases = [(case_id, Stored(self._states[case_id], text)) for case_id, text in self._texts.items()]
        return iter(cases)

    def clear(self) -> None:
        with self._lock:
            self._texts.clear()
            self._states.clear()

    def _read(self, case_id: str) -> Stored | None:
        text = self._texts.get(case_id)
        return None if text is None else Stored(self._states[case_id], text)
