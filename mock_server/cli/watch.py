"""Reloads a changed deployment file while the mock runs."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mock_server.core.settings import Settings
from mock_server.mock import Mock

INTERVAL = 0.5
"""Seconds between two checks of the file."""


class Watcher:
    """Applies a file's settings to a mock whenever the file has changed.

    An invalid file is reported, and the mock keeps its settings.
    """

    def __init__(self, path: Path, load: Callable[[], Settings], mock: Mock, program: str) -> None:
        self._path = path
        self._load = load
        self._mock = mock
        self._program = program
        self._version = self._read_version()

    def start(self) -> None:
        """Check the file periodically in a thread, which ends with the process."""
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def check(self) -> None:
        """Reload the file if it has changed since the last check."""
        version = self._read_version()
        if version == self._version:
            return
        self._version = version
        try:
            self._mock.change_settings(self._load())
        except (ValueError, RuntimeError) as error:
            self._report(f"{error}; the mock keeps its settings")
        else:
            self._report(f"{self._path} was reloaded")

    def _watch(self) -> None:
        while True:
            time.sleep(INTERVAL)
            self.check()

    def _read_version(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _report(self, message: str) -> None:
        print(f"{self._program}: {message}", file=sys.stderr, flush=True)
