"""The pages of the documentation, and their blocks of code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_BLOCK = re.compile(
    r"^(?:<!-- (not run|parsed only): (\S[^\n]*) -->\n)?```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")


class Block(NamedTuple):
    """A block of code. `mark` is "not run", "parsed only" or empty."""

    line: int
    language: str
    text: str
    mark: str
    reason: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(text[: found.start(4)].count("\n") + 1, found[3], found[4], found[1] or "", found[2] or "")
        for found in _BLOCK.finditer(text)
    ]


def inline_code(page: Path) -> list[str]:
    """Return the code within sentences and tables."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(match[1].split()) for match in _INLINE.finditer(text)]


def deployment_example() -> str:
    """Return the worked example of a deployment file."""
    return next(
        block.text for block in blocks(ROOT / "docs" / "deployment-file.md") if block.language == "toml"
    )
