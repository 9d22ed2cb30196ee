"""In which order the project's own tests run, and which of them share a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

IN_A_BROWSER = ("tests/console/", "tests/report/test_report_browser.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take long come first: at the end several processes would wait for one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Tests one by one to whoever is free, but those in a browser to one process: to start one takes long."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - without pytest-xdist nobody asks

    class OneByOne(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if nodeid.startswith(IN_A_BROWSER) else nodeid

    return OneByOne(config, log)
