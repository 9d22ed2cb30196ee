"""States of the mock kept under names: in memory, or as files in a folder. It does not look into them.

A name is one that a file may have anywhere; control.yaml says which.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class Snapshots(Protocol):
    """Texts by name. Each method but `names` may raise OSError, in the words of the system."""

    def names(self) -> list[str]:
        """All names, sorted."""

    def get(self, name: str) -> bytes | None:
        """The text under a name, or None."""

    def save(self, name: str, text: bytes) -> None:
        """Keep a text, in place of the one that has the name."""

    def delete(self, name: str) -> bool:
        """Forget a text; False if there is none."""


class MemorySnapshots:
    """Texts that are gone with the process."""

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
    """Texts as files NAME.json in a folder, which is made when the first is saved."""

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
        # Written beside it first: a name always has the whole text, the old one or the new.
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
