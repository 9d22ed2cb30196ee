"""The parts of the documentation that come from the contract, the programs and other files, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from generated_pages.control_api import operations
from generated_pages.deployment_file import keys
from generated_pages.faults import table
from generated_pages.files import architecture, changelog, contributing, example
from generated_pages.options import fidelity, gate, mock, suite
from generated_pages.requirements import catalogue_by_section

MARKER = re.compile(r"<!-- generated: ([^\n]+) -->")
PARTS: Mapping[str, Callable[[], str]] = {
    "architecture": architecture,
    "changelog": changelog,
    "contributing": contributing,
    "control operations": operations,
    "deployment keys": keys,
    "example with aiohttp": lambda: example("test_with_aiohttp.py"),
    "example with httpx": lambda: example("test_with_httpx.py"),
    "example with unittest": lambda: example("test_with_unittest.py"),
    "faults": table,
    "fidelity options": fidelity,
    "gate options": gate,
    "mock options": mock,
    "requirements": catalogue_by_section,
    "suite options": suite,
}
"""The text for each marker `<!-- generated: NAME -->`."""


def expand(page: str) -> str:
    """Return a page with its markers replaced. Raises KeyError for an unknown name."""
    return MARKER.sub(lambda match: PARTS[match[1]](), page)
