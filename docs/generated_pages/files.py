"""Documents of the root and examples, as parts of pages."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
"""Documents of the root that are pages as well."""


def architecture() -> str:
    """Return the description of the packages."""
    return _document("ARCHITECTURE.md")


def changelog() -> str:
    """Return the changes of each version."""
    return _document("CHANGELOG.md")


def contributing() -> str:
    """Return the recipes for contributors."""
    return _document("CONTRIBUTING.md")


def example(name: str) -> str:
    """Return an example as a block of code, without the directives for tools."""
    lines = (ROOT / "docs" / "examples" / name).read_text(encoding="utf-8").splitlines()
    code = "\n".join(line for line in lines if not line.startswith("# ruff:"))
    return f"```python\n{code}\n```"


def _document(name: str) -> str:
    """Return a document of the root without its title. Its links lead to the pages of the site."""
    text = (ROOT / name).read_text(encoding="utf-8").partition("\n")[2]
    for other, page in PAGES.items():
        text = text.replace(f"]({other}", f"]({page}")
    return re.sub(r"\]\(docs/", "](", text).strip()
