"""SIGTERM and --max-time end a run, but not the report that is being written."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from contract_tests.runner.interruption import TERMINATED, Interruption

pytestmark = pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals need the main thread"
)


def terminate_and_wait() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    interruption = Interruption()
    interruption.start()
    yield interruption
    interruption.stop()


def test_sigterm_interrupts_the_main_thread(interruption: Interruption) -> None:
    with pytest.raises(KeyboardInterrupt):
        terminate_and_wait()
    assert interruption.reason == TERMINATED


def test_time_limit_interrupts_a_blocking_call() -> None:
    interruption = Interruption(0.2)
    started = time.monotonic()
    try:
        interruption.start()
        with pytest.raises(KeyboardInterrupt):
            time.sleep(5)
    finally:
        interruption.stop()
    assert time.monotonic() - started < 4
    assert interruption.reason == "--max-time 0.2 s is over"


def test_report_is_not_interrupted(interruption: Interruption) -> None:
    interruption.finish()
    os.kill(os.getpid(), signal.SIGTERM)
    assert interruption.reason == TERMINATED


def test_former_handler_is_restored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    interruption = Interruption()
    interruption.start()
    interruption.stop()
    assert signal.getsignal(signal.SIGTERM) is before
