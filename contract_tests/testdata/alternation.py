"""The order of examples of several kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final, TypeVar

T = TypeVar("T")
_ABSENT: Final = object()


def alternating(*kinds: Iterable[T]) -> Iterator[T]:
    """Yield one example of each kind, then a second one of each, and so on, so that a short run has some of each."""
    for row in zip_longest(*kinds, fillvalue=_ABSENT):
        yield from (one for one in row if one is not _ABSENT)  # type: ignore[misc]
