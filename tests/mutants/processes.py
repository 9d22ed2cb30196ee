"""Forked processes that each try one task, a few at a time."""

from __future__ import annotations

import math
import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")
MEMORY: Final = 4 << 30  # bytes of a process; a mutant may allocate without end
WAITING: Final = 300.0  # seconds that a process may exist
PAUSE: Final = 0.002  # seconds between two looks at the processes


def forked(
    tasks: Iterable[T], passes: Callable[[T], bool], seconds: Callable[[T], float], jobs: int
) -> Iterator[tuple[T, bool]]:
    """Carry out each task in a forked process, and yield it with True if it passed.

    A task that raises an exception, or needs more processor time than `seconds`, did not pass.
    """
    waiting = list(reversed(list(tasks)))
    running: dict[int, tuple[T, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            task = waiting.pop()
            limit = seconds(task)
            running[_fork(task, passes, limit)] = task, time.monotonic() + limit + WAITING
        for process, (task, deadline) in list(running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if not ended and time.monotonic() > deadline:
                os.killpg(process, signal.SIGKILL)
                ended, status = os.waitpid(process, 0)
            if ended:
                del running[process]
                yield task, status == 0
        time.sleep(PAUSE)


def _fork(task: T, passes: Callable[[T], bool], seconds: float) -> int:
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = math.ceil(used.ru_utime + used.ru_stime + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        status = 0 if passes(task) else 1
    finally:
        os._exit(status)
