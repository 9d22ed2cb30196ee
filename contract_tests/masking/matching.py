"""Search for many strings in one text, in time linear in the text."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

FEW: Final = 32  # strings that are faster to find one by one, in any text
MANY: Final = 1_000  # strings that are faster to find one by one in a text of as many characters
START: Final = 8  # characters that select the strings to compare with
WINDOW: Final = 1 << 16  # characters indexed at a time, which bounds memory


class Matcher:
    """A growing set of strings. A server can issue a new secret with each response, so they are indexed by start."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._short: list[str] = []
        self._by_start: defaultdict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._known))

    def add(self, strings: Iterable[str]) -> None:
        with self._lock:
            for string in strings:
                if not string or string in self._known:
                    continue
                self._known[string] = None
                if len(string) < START:
                    self._short.append(string)
                else:
                    self._by_start[string[:START]].append(string)

    def find(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of each occurrence; occurrences may overlap."""
        if not self._known:
            return []
        return [(at, at + len(string)) for string in self._contained(text) for at in _places(string, text)]

    def _contained(self, text: str) -> Iterator[str]:
        with self._lock:
            few = len(self._known) <= max(FEW, min(len(text), MANY))
            candidates = [*self._known] if few else [*self._short, *self._starting_in(text)]
        return (string for string in candidates if string in text)

    def _starting_in(self, text: str) -> Iterator[str]:
        starts: set[str] = set()
        for first in range(0, len(text), WINDOW):
            places = range(first, min(first + WINDOW, len(text)))
            starts |= self._by_start.keys() & {text[at : at + START] for at in places}
        for start in starts:
            yield from self._by_start[start]


def _places(part: str, text: str) -> Iterator[int]:
    """Yield each index of `part` in `text`."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
