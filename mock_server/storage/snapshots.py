"""Named snapshots of the state, in memory or as files in a folder.

Names are valid file names on all systems; control.yaml has their pattern.
"""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class Snapshots(Protocol):
    """Texts by name. Each method except `names` may raise OSError."""

    def names(self) -> list[str]:
        """Return all names, sorted."""

    def get(self, name: str) -> bytes | None:
        """Return the text with this name, or None."""

    def save(self, name: str, text: bytes) -> None:
        """Store a text, and replace any text with the same name."""

    def delete(self, name: str) -> bool:
        """Delete a text. Return False if there is none."""


class MemorySnapshots:
    """Texts in memory, lost when the process ends."""

    def __init__(self) -> None:
        self._texts: dict[str, bytes] = {}

    def names(self) -> list[str]:
        return sorted(self._texts)

    def get(self, name: str) -> bytes | None:
        return self._texts.get(name)

    def save(self, name: str, text: bytes) -> None:
        self._texts[name] = text

    def delete(self, name: str) -> bool:
        return self._texts.pop(name, None) is not None


# Windows has neither flag, and no FIFOs.
_SAFE_READ = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class FolderSnapshots:
    """Texts as files NAME.json in a folder. The first snapshot creates the folder.

    Only the user can read the files and the folder. Symbolic links, FIFOs and other special files are not read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        return sorted(self._found())

    def get(self, name: str) -> bytes | None:
        path = self._path(name)
        try:
            descriptor = os.open(path, _SAFE_READ)
        except FileNotFoundError:
            return None
        if path.is_symlink() or not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def save(self, name: str, text: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written to a temporary file first, so that a name always has a complete text.
        written = self._folder / f".{os.urandom(8).hex()}.tmp"
        try:
            with os.fdopen(os.open(written, _NEW_FILE, 0o600), "wb") as file:
                file.write(text)
            os.replace(written, self._path(name))
        finally:
            written.unlink(missing_ok=True)

    def delete(self, name: str) -> bool:
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _found(self) -> Iterator[str]:
        if self._folder.is_dir():
            for path in self._folder.glob("*.json"):
                if not path.name.startswith(".") and stat.S_ISREG(path.lstat().st_mode):
                    yield path.stem
