"""Named snapshots of the state, in memory or as files in a folder.

Names are valid file names on all systems; control.yaml has their pattern.
"""

import os
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


class FolderSnapshots:
    """Texts as files NAME.json in a folder. The first snapshot creates the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        return sorted(self._found())

    def get(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def save(self, name: str, text: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Written to a temporary file first, so that a name always has a complete text.
        written = self._folder / f".{os.urandom(8).hex()}.tmp"
        try:
            written.write_bytes(text)
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
            yield from (path.stem for path in self._folder.glob("*.json") if not path.name.startswith("."))
