"""The cases that a run created and may still create, on disk before each create: the API has no delete.

A file of JSON lines: run, time, test, id and URL of each case, and no payload. The line of a create is written before
its request is sent, with an id that stands for a missing response, and completed in place. So neither a killed process
nor a full disk leaves a case without a line.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from contract_tests.exceptions import BudgetSpent, TargetError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

UNANSWERED: Final = "unknown: the create got no response"
READ_TRIES: Final = 3
READ_PAUSE: Final = 0.05  # seconds
SPARE: Final = 160  # characters by which the completed line may be longer


class _Slot(NamedTuple):
    """The place of a line in the file."""

    start: int
    size: int


class Create:
    """A create that is under way: `complete` or `refuse` it; otherwise its line says that it got no response."""

    def __init__(self, url: str) -> None:
        self.id: str | None = UNANSWERED
        self.url = url
        self.is_sent = False

    def complete(self, case_id: str, url: str, *, is_sent: bool = False) -> None:
        """Enter the case that was, or may have been, created. `is_sent`: the request contained its id."""
        self.id, self.url, self.is_sent = case_id, url, is_sent

    def refuse(self) -> None:
        """Enter nothing: no case was created."""
        self.id = None


class Ledger:
    """Counts created cases against `budget` (None: no bound) and enters them in the file at `path`, if there is one.

    The file is opened before the first create, so that a run that cannot start leaves none. Several processes may
    write to one file. The last one to close it removes the lines of refused creates. `durable`: each line is forced
    to the disk.
    """

    def __init__(
        self, run: str, path: Path | None = None, budget: int | None = None, *, durable: bool = False
    ) -> None:
        self.run = run
        self.entries: list[dict[str, str]] = []
        self.budget = budget
        self.reserved = 0
        """Cases of the budget that the present check may not create."""
        self.ids: Counter[str] = Counter()
        self._sent_ids: set[str] = set()
        self.test = ""
        self._under_way = 0
        self._lock = threading.Lock()
        self._file = None if path is None else _File(path, durable=durable)

    def open(self) -> None:
        """Prepare the file. Raises OSError if it cannot be written."""
        if self._file is not None:
            with self._lock:
                self._file.open()

    def discard(self) -> None:
        """Close, and remove what `open` created unless something was written to it."""
        if self._file is not None:
            self._file.discard()

    @contextmanager
    def create(self, url: str) -> Iterator[Create]:
        """Enter a create before its request is sent, and its result afterwards.

        Raises BudgetSpent if no case is left, and TargetError if the file cannot be written.
        """
        create, test = Create(url), self.test
        with self._lock:
            if self.budget is not None and self.ids.total() + self._under_way >= self.budget - self.reserved:
                raise BudgetSpent(f"the budget of cases ({self.budget}) is spent")
            slot = self._write(self._line(UNANSWERED, url, test))
            self._under_way += 1
        try:
            yield create
        finally:
            with self._lock:
                self._under_way -= 1
                self._finish(create, slot, test)

    def _line(self, case_id: str, url: str, test: str) -> dict[str, str]:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return {"run": self.run, "time": now, "test": test, "id": case_id, "url": url}

    def _write(self, line: dict[str, str]) -> _Slot | None:
        if self._file is None:
            return None
        try:
            self._file.open()
            return self._file.add(json.dumps(line))
        except OSError as error:
            raise TargetError(
                f"{self._file.path}: {error.strerror}; no case is created that cannot be entered in the ledger"
            ) from None

    def _finish(self, create: Create, slot: _Slot | None, test: str) -> None:
        line = None if create.id is None else self._line(create.id, create.url, test)
        if line is not None:
            self.ids[line["id"]] += 1
            if create.is_sent:
                self._sent_ids.add(line["id"])
            self.entries.append(line)
        if self._file is None or slot is None:
            return
        try:
            self._file.change(slot, "" if line is None else json.dumps(line))
        except OSError as error:
            raise TargetError(
                f"{self._file.path}: {error.strerror}; the id of a case is not entered"
            ) from None

    @property
    def created(self) -> int:
        """The number of cases that were, or may have been, created."""
        return self.ids.total()

    @property
    def left(self) -> int | None:
        """The number of cases that may be created now; None for no bound."""
        return None if self.budget is None else max(0, self.budget - self.reserved - self.created)

    def repeated(self) -> list[str]:
        """Return the ids that the target gave to more than one case, and that no create contained."""
        several = (case_id for case_id, count in self.ids.items() if count > 1 and " " not in case_id)
        return [case_id for case_id in several if case_id not in self._sent_ids]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class _File:
    """Lines with room to be changed in place. Readable by its owner alone."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        self.path = path
        self._durable = durable
        self._end: int | None = None  # appends, whatever other processes have appended
        self._anywhere = -1
        self._free: list[_Slot] = []
        self._made: list[Path] = []

    def open(self) -> None:
        if self._end is not None:
            return
        self._made = [one for one in (self.path, *self.path.parents) if not one.exists()]
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        end = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        if self.path.is_file():  # and not a device or a pipe
            with suppress(OSError):  # a file of another user stays as it is
                self.path.chmod(0o600)
        if fcntl is not None:
            fcntl.flock(end, fcntl.LOCK_SH)
        self._anywhere = os.open(self.path, os.O_RDWR)
        size = os.fstat(end).st_size
        if size and os.pread(end, 1, size - 1) != b"\n":  # the end of a process that was killed
            os.write(end, b"\n")
        self._end = end

    def add(self, line: str) -> _Slot:
        """Write a line with room for a longer one."""
        room = line.ljust(len(line) + SPARE)
        reusable = next((slot for slot in self._free if slot.size > len(line)), None)
        if reusable is not None:
            self._free.remove(reusable)
            self._put(reusable, line)
            return reusable
        return self._append(room)

    def change(self, slot: _Slot, line: str) -> None:
        """Replace a line; nothing in its place leaves it blank, for another line."""
        if len(line) < slot.size:
            self._put(slot, line)
        else:
            self._append(line)
            self._put(slot, "")
            line = ""
        if not line:
            self._free.append(slot)

    def _append(self, line: str) -> _Slot:
        assert self._end is not None
        data = line.encode() + b"\n"
        written = os.write(self._end, data)
        slot = _Slot(os.lseek(self._end, 0, os.SEEK_CUR) - written, written)
        if written < len(data):
            self._put(slot, "")
            raise OSError(None, "the disk is full")
        self._sync(self._end)
        return slot

    def _put(self, slot: _Slot, line: str) -> None:
        os.lseek(self._anywhere, slot.start, os.SEEK_SET)
        os.write(self._anywhere, line.ljust(slot.size - 1).encode() + b"\n")
        self._sync(self._anywhere)

    def _sync(self, file: int) -> None:
        if self._durable:
            os.fsync(file)

    def close(self) -> None:
        if self._end is None:
            return
        if fcntl is not None:
            with suppress(OSError):  # another process has it open, or the disk is full
                fcntl.flock(self._end, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._compact()
        os.close(self._end)
        os.close(self._anywhere)
        self._end = None
        self._free.clear()

    def _compact(self) -> None:
        """Remove blank lines and padding. The content only becomes shorter, so an interruption loses no line."""
        content = self.path.read_bytes()
        kept = b"".join(line.rstrip() + b"\n" for line in content.splitlines() if line.strip())
        if kept != content:
            os.lseek(self._anywhere, 0, os.SEEK_SET)
            os.write(self._anywhere, kept)
            os.ftruncate(self._anywhere, len(kept))
            self._sync(self._anywhere)

    def discard(self) -> None:
        self.close()
        for path in self._made:
            with suppress(OSError):
                if path.is_dir():
                    path.rmdir()
                elif not path.stat().st_size:
                    path.unlink()


def written(path: Path, run: str) -> list[dict[str, str]]:
    """Return the lines that all processes of a run have written, including those that were killed."""
    for _ in range(READ_TRIES):
        entries, whole = _entries(path)
        if whole:
            break
        time.sleep(READ_PAUSE)  # another process is changing a line
    return [entry for entry in entries if entry.get("run") == run]


def _entries(path: Path) -> tuple[list[dict[str, str]], bool]:
    """Return the lines of a file, and whether all of them could be read."""
    entries, whole = [], True
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.strip():
            try:
                entries.append(json.loads(line))
            except ValueError:
                whole = False
    return entries, whole
