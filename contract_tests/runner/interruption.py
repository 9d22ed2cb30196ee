"""The early end of a run: SIGTERM and --max-time end it as Ctrl-C does, with table and report."""

from __future__ import annotations

import _thread
import signal
import threading
from types import FrameType
from typing import Any, Final

TERMINATED: Final = "the process received SIGTERM"


class Interruption:
    """Raises KeyboardInterrupt in the main thread on SIGTERM, and when `max_time` seconds are over.

    `reason` describes the first of these events; it is empty before, and after Ctrl-C.
    """

    def __init__(self, max_time: float | None = None) -> None:
        self.reason = ""
        self._max_time = max_time
        self._timer: threading.Timer | None = None
        self._former_handler: Any = None
        self._is_started = False
        self._is_finishing = False

    def start(self) -> None:
        """Handle SIGTERM, and start the clock. Only the main thread can handle signals."""
        if self._is_started or threading.current_thread() is not threading.main_thread():
            return
        self._is_started = True
        self._former_handler = signal.signal(signal.SIGTERM, self._handle)
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
            self._is_started = False

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        self.reason = self.reason or TERMINATED
        if not self._is_finishing:
            raise KeyboardInterrupt

    def _expire(self) -> None:
        self.reason = self.reason or f"--max-time {self._max_time:g} s is over"
        if self._is_finishing:
            return
        main = threading.main_thread().ident
        if hasattr(signal, "pthread_kill") and main is not None:
            signal.pthread_kill(main, signal.SIGTERM)  # A signal ends a blocking call of the main thread.
        else:
            _thread.interrupt_main(signal.SIGTERM)
