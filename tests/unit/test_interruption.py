"""SIGTERM and --max-time end a run, but not the report that is being written."""

from __future__ import annotations

import gc
import os
import signal
import sys
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


def interrupt_in_collection(sent: signal.Signals) -> None:
    """Send a signal in a callback of the garbage collector, and wait."""

    def callback(phase: str, _: object) -> None:
        if phase == "start":
            gc.callbacks.remove(callback)
            os.kill(os.getpid(), sent)

    gc.callbacks.append(callback)
    gc.collect()
    time.sleep(5)


@pytest.mark.parametrize(("sent", "reason"), [(signal.SIGTERM, TERMINATED), (signal.SIGINT, "")])
def test_interrupt_in_a_collection_is_not_lost(
    interruption: Interruption, sent: signal.Signals, reason: str
) -> None:
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupt_in_collection(sent)
    assert time.monotonic() - started < 4
    assert interruption.reason == reason


def test_other_dropped_exceptions_go_to_the_former_hook(
    interruption: Interruption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ValueError("in a finalizer")

    monkeypatch.setattr(interruption, "_former_hook", lambda dropped: print(dropped.exc_value))
    del_me = Broken()
    del del_me
    gc.collect()
    assert "in a finalizer" in capsys.readouterr().out


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
    before = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    interruption = Interruption()
    interruption.start()
    interruption.stop()
    assert (signal.getsignal(signal.SIGTERM), sys.unraisablehook) == before
