"""The only module that uses private names of pytest. tests/unit/test_pytest_internals.py checks each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from _pytest.runner import runtestprotocol


def run_phases(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """Run setup, call and teardown of a check with new fixtures, and return the reports unlogged."""
    return runtestprotocol(item, log=False, nextitem=nextitem)


def leave_out(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the fixtures that `item` would have shared with the check before it, and that `nextitem` does not need."""
    item.session._setupstate.teardown_exact(nextitem)


def hide_progress(reporter: Any) -> None:
    """Keep pytest from printing file names and letters while the checks run."""
    reporter.showfspath = False


def replace_listed_reports(reporter: Any, listed: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Set the reports that pytest lists at the end, by category, and return the former ones."""
    before = {category: reporter.stats.get(category, []) for category in listed}
    reporter.stats |= listed
    return before
