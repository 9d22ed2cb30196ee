"""Make the links and pictures of README.md absolute, for the page on PyPI.

Usage: python .github/absolute_links.py https://github.com/OWNER/NAME TAG
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)]+)")
PICTURE = re.compile(r'(<img src=")(?![a-z]+:)([^"]+)')


def absolute(text: str, repository: str, tag: str) -> str:
    """Return a text whose relative links lead to a tag of the repository."""
    text = LINK.sub(rf"\g<1>{repository}/blob/{tag}/\g<2>", text)
    return PICTURE.sub(rf"\g<1>{repository}/raw/{tag}/\g<2>", text)


if __name__ == "__main__":
    README = Path(__file__).parents[1] / "README.md"
    README.write_text(absolute(README.read_text(encoding="utf-8"), *sys.argv[1:]), encoding="utf-8")
