"""The interface of a parsed text: its data and the line of each member."""

from __future__ import annotations

import abc
from typing import Any


class Text(abc.ABC):
    """A parsed text. `data` is JSON data."""

    def __init__(self, data: Any) -> None:
        self.data = data

    @abc.abstractmethod
    def line(self, tokens: list[str]) -> int | None:
        """Return the line of the member that the tokens lead to, or of its closest ancestor."""
