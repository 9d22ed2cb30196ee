"""The order of the project's own tests."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take long come first: at the end several processes would wait for one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
