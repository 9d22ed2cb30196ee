"""Requests that are sent at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def together(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Run the actions at the same moment in one thread each, and return their results in order."""
    barrier = threading.Barrier(len(actions))

    def start(action: Callable[[], T]) -> T:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        try:
            return list(pool.map(start, actions))
        except BaseException:
            # such as a Ctrl-C before all threads have started: the others must not wait for them
            barrier.abort()
            raise
