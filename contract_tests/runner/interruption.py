"""The early end of a run: SIGTERM and --max-time end it as Ctrl-C does, with table and report."""

from __future__ import annotations

import _thread
import math
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any, Final

TERMINATED: Final = "the process received SIGTERM"
AGAIN: Final = 0.02  # seconds until an interrupt is repeated
SAME: Final = 0.2  # seconds between two signals that are the same interrupt


class Interruption:
    """Raises KeyboardInterrupt in the main thread on SIGTERM, and when `max_time` seconds are over.

    `reason` describes the first of these events; it is empty before, and after Ctrl-C. Python drops a
    KeyboardInterrupt in a finalizer or in a callback of the garbage collector, such as Hypothesis has one. It is raised
    again then.
    """

    def __init__(self, max_time: float | None = None) -> None:
        self.reason = ""
        self._max_time = max_time
        self._timer: threading.Timer | None = None
        self._former_handler: Any = None
        self._former_hook: Any = None
        self._is_started = False
        self._is_finishing = False
        self._is_sending = False
        self._handled = -math.inf

    def start(self) -> None:
        """Handle SIGTERM, and start the clock. Only the main thread can handle signals."""
        if self._is_started or threading.current_thread() is not threading.main_thread():
            return
        self._is_started = True
        self._former_handler = signal.signal(signal.SIGTERM, self._handle)
        self._former_hook, sys.unraisablehook = sys.unraisablehook, self._note_dropped
        if self._max_time is not None:
            self._timer = threading.Timer(self._max_time, self._expire)
            self._timer.daemon = True
            self._timer.start()

    def finish(self) -> None:
        """From now on, set only the reason: the report of the run is being written."""
        self._is_finishing = True

    def stop(self) -> None:
        """Restore the former handling of SIGTERM."""
        if self._timer is not None:
            self._timer.cancel()
        if self._is_started:
            signal.signal(signal.SIGTERM, self._former_handler)
            sys.unraisablehook = self._former_hook
            self._is_started = False

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._is_sending:
            self.reason = self.reason or TERMINATED
        self._is_sending = False
        last, self._handled = self._handled, time.monotonic()
        # The sending thread may send a signal once more while this one is handled.
        if not self._is_finishing and self._handled - last > SAME:
            raise KeyboardInterrupt

    def _expire(self) -> None:
        self.reason = self.reason or f"--max-time {self._max_time:g} s is over"
        self._send()

    def _note_dropped(self, dropped: sys.UnraisableHookArgs) -> None:
        """Repeat an interrupt that Python has dropped, after its callback has ended."""
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            self._handled = -math.inf
            threading.Thread(target=self._send, daemon=True).start()
        else:
            self._former_hook(dropped)

    def _send(self) -> None:
        """Interrupt the main thread, and repeat that until it has handled the signal.

        A signal ends a blocking call, but not one that is just about to block.
        """
        self._is_sending = True
        time.sleep(AGAIN)
        while self._is_sending and self._is_started and not self._is_finishing:
            _interrupt()
            time.sleep(AGAIN)


def _interrupt() -> None:
    """Send SIGTERM to the main thread."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGTERM)
    else:
        _thread.interrupt_main(signal.SIGTERM)
