"""Forked processes that each try one task, a few at a time."""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final, TypeVar

T = TypeVar("T")
_WITH_FORK: Final = multiprocessing.get_context("fork")
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


def in_process(task: Callable[..., bool], *arguments: object) -> bool:
    """Carry out a task in a process of its own, without output, and return True if it returned True."""
    process = _WITH_FORK.Process(target=_exit_with_result, args=(task, *arguments))
    process.start()
    process.join()
    return process.exitcode == 0


def results(task: Callable[[Callable[[T], None]], None]) -> Iterator[T]:
    """Carry out a task in a process of its own, without output, and yield what it passes to its argument."""
    receiving, sending = _WITH_FORK.Pipe(duplex=False)
    process = _WITH_FORK.Process(target=_silent, args=(task, sending.send))
    process.start()
    sending.close()
    with suppress(EOFError):
        while True:
            yield receiving.recv()
    process.join()


def _exit_with_result(task: Callable[..., bool], *arguments: object) -> None:
    sys.exit(0 if _silent(task, *arguments) else 1)


def _silent(task: Callable[..., T], *arguments: object) -> T:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    return task(*arguments)


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
        status = 0 if _silent(passes, task) else 1
    finally:
        os._exit(status)
