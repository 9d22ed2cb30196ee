"""What this run created, written down as it happens: nothing on the target can be deleted.

One JSON line a created case: run, time, test, id, URL; never a payload. The line is on disk before the next
request goes out. Knows no HTTP.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import IO


class Ledger:
    """Counts created cases; with a path, also appends each to that file, durably."""

    def __init__(self, run: str, path: Path | None = None) -> None:
        self.run = run
        self.ids: Counter[str] = Counter()
        self.test = ""
        self._lock = threading.Lock()
        self._file: IO[str] | None = path.open("a", encoding="utf-8") if path else None

    def enter(self, case_id: str, url: str) -> None:
        """Record one created case."""
        with self._lock:
            self.ids[case_id] += 1
            if self._file is None:
                return
            line = {
                "run": self.run,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "test": self.test,
                "id": case_id,
                "url": url,
            }
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    @property
    def created(self) -> int:
        """How many creates were answered with an id."""
        return self.ids.total()

    def repeated(self) -> list[str]:
        """Ids that the target gave to more than one create."""
        return [case_id for case_id, count in self.ids.items() if count > 1]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
