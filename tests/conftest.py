"""Order of the project's own tests, and their distribution to processes."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

BROWSER_TESTS = ("console/", "report/test_report_browser.py")


def pytest_configure() -> None:
    """Restore SIGINT, which a shell ignores in a background job, for the tests that interrupt a program by it."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort tests with a whole run of the suite first, since the last tests leave processes idle."""
    items.sort(key=lambda item: not (item.get_closest_marker("slow") or "correct_server" in item.name))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Schedule tests one by one, but all browser tests in one process, since a browser starts slowly."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - pytest-xdist is optional

    class OneByOne(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            is_browser_test = nodeid.removeprefix("tests/").startswith(BROWSER_TESTS)
            return "browser" if is_browser_test else nodeid

    return OneByOne(config, log)
