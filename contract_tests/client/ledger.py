"""What this run created and may still create, written down as it happens: nothing on the target can be deleted.

One JSON line a created case: run, time, test, id, URL; never a payload. The line is on disk before the next
request goes out. Knows no HTTP.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from contract_tests.exceptions import BudgetSpent


class Ledger:
    """Counts created cases against `budget` (None: no bound); with a path, also appends each to that file, durably.

    The file is opened before the first create is sent, and no sooner: a run that cannot start leaves none. Several
    processes may append to one file: a line is written whole.
    """

    def __init__(
        self, run: str, path: Path | None = None, budget: int | None = None, *, durable: bool = False
    ) -> None:
        self.run = run
        self.entries: list[dict[str, str]] = []
        self._durable = durable
        self.budget = budget
        self._under_way = 0
        self.ids: Counter[str] = Counter()
        self.test = ""
        self._lock = threading.Lock()
        self._path = path
        self._file: IO[str] | None = None
        self._made: list[Path] = []

    def open(self) -> None:
        """Be ready to write. Raises OSError where the file cannot be written."""
        with self._lock:
            if self._path is None or self._file is not None:
                return
            self._made = [one for one in (self._path, *self._path.parents) if not one.exists()]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")

    def discard(self) -> None:
        """Close, and take away what `open` made and nobody has written to."""
        self.close()
        for path in self._made:
            with suppress(OSError):
                if path.is_dir():
                    path.rmdir()
                elif not path.stat().st_size:
                    path.unlink()

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Room for one create while its request is under way. Raises BudgetSpent where there is none."""
        self.open()
        with self._lock:
            if self.budget is not None and self.ids.total() + self._under_way >= self.budget:
                raise BudgetSpent(f"the budget of cases ({self.budget}) is spent")
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def enter(self, case_id: str, url: str) -> None:
        """Record one created case."""
        with self._lock:
            self.ids[case_id] += 1
            line = {
                "run": self.run,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "test": self.test,
                "id": case_id,
                "url": url,
            }
            self.entries.append(line)
            if self._file is not None:
                # One write a line: what is handed to the system survives the end of this process.
                self._file.write(json.dumps(line) + "\n")
                self._file.flush()
                if self._durable:
                    os.fsync(self._file.fileno())

    @property
    def created(self) -> int:
        """How many creates were answered with an id."""
        return self.ids.total()

    @property
    def left(self) -> int | None:
        """How many more cases the run may create; None for no bound."""
        return None if self.budget is None else max(0, self.budget - self.created)

    def repeated(self) -> list[str]:
        """Ids that the target gave to more than one create."""
        return [case_id for case_id, count in self.ids.items() if count > 1 and " " not in case_id]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def written(path: Path, run: str) -> list[dict[str, str]]:
    """What all processes of a run have entered in a file, whatever became of them."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line["run"] == run]
