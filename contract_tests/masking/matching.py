"""Many strings looked for in a text at once, whole, or in part where the text was cut.

Strings and texts are plain (see disguises). Knows nothing of what they mean.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from contract_tests.text import CUT

SHORTEST_HALF: Final = 4  # characters of a cut string that count
FEW: Final = 64  # strings that are looked for one by one
START: Final = 8  # characters by which one of many strings is looked up
LONGEST_ESCAPE: Final = 7  # characters, of which a cut may leave some


class Needles:
    """The strings, and an index by their beginnings; a server can issue a new one with every answer."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._by_start: defaultdict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._known))

    def add(self, needles: Iterable[str]) -> None:
        """Look for these, too."""
        with self._lock:
            for needle in needles:
                if needle and needle not in self._known:
                    self._known[needle] = None
                    self._by_start[needle[:START]].append(needle)

    def find(self, plain: str) -> list[tuple[int, int]]:
        """From where to where a text holds one of the strings, or beside a cut a part of one; may overlap."""
        if not self._known:
            return []
        found = [(at, at + len(needle)) for needle in self._held(plain) for at in _all(needle, plain)]
        for cut in CUT.finditer(plain):
            for needle in self:
                found += _before(plain, needle, cut.start())
                found += _after(plain, needle, cut.end())
        return found

    def _held(self, plain: str) -> Iterable[str]:
        """Those that stand in a text as a whole."""
        with self._lock:
            if len(self._known) <= FEW:
                return [needle for needle in self._known if needle in plain]
            starts = {plain[at : at + START] for at in range(len(plain))} & self._by_start.keys()
            starts |= {start for start in self._by_start if len(start) < START}
            return [needle for start in starts for needle in self._by_start[start] if needle in plain]


def _before(plain: str, needle: str, cut: int) -> Iterator[tuple[int, int]]:
    """The beginning of a needle that ends at a cut, or before an escape that the cut left unfinished."""
    for end in range(cut, max(cut - LONGEST_ESCAPE, SHORTEST_HALF - 1), -1):
        for at in _all(plain[end - SHORTEST_HALF : end], needle):
            size = at + SHORTEST_HALF
            if plain.endswith(needle[:size], 0, end):
                yield end - size, cut


def _after(plain: str, needle: str, cut: int) -> Iterator[tuple[int, int]]:
    """The end of a needle that begins at a cut, or after what the cut left of an escape."""
    for start in range(cut, min(cut + LONGEST_ESCAPE, len(plain) - SHORTEST_HALF + 1)):
        for at in _all(plain[start : start + SHORTEST_HALF], needle):
            if plain.startswith(needle[at:], start):
                yield cut, start + len(needle) - at


def _all(part: str, text: str) -> Iterator[int]:
    """Wherever `part` stands in `text`."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
