"""The errors that end a comparison. Each message fits on one line and names the input and the remedy."""

from __future__ import annotations


class GateError(Exception):
    """A comparison that cannot be decided; the command prints the message and exits with 2."""


class DocumentError(GateError):
    """A document that cannot be read. `file` names the input, `line` counts from 1 and is None where unknown."""

    def __init__(self, message: str, *, file: str, line: int | None = None) -> None:
        self.message = message
        self.file = file
        self.line = line
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")
