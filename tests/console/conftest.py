"""One browser and one mock for all tests of the console. Each test starts with demo data and an empty page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from support.consoles import DESKTOP, Console, Mock, running

from contract_tests.report.screenshot import FLAGS

BROWSER, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
PREFIX = "/api-public/1.0"

REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d|503)")
"""Message of Chromium for each refused request, which cannot be suppressed."""


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (BROWSER.exists() and DRIVER.exists()):
        pytest.skip("needs Debian's chromium and chromium-driver")
    folder = tmp_path_factory.mktemp("browser")
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for flag in (*FLAGS, f"--user-data-dir={folder}/profile"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    os.environ.setdefault("SE_AVOID_STATS", "true")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=str(DRIVER)))
    driver.downloads = folder
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": permissions})
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def shared_mock(driver: Any) -> Iterator[Mock]:
    with running("--seed-data", "demo", "--prefix", PREFIX, prefix=PREFIX) as mock:
        yield mock


@pytest.fixture
def mock(shared_mock: Mock) -> Mock:
    shared_mock.control("POST", "reset")
    return shared_mock


@pytest.fixture
def console(driver: Any, mock: Mock) -> Iterator[Console]:
    """Open the console at the list of cases. Afterwards, check the browser's log and that no other host was contacted."""
    console = Console(driver, mock)
    console.resize(*DESKTOP)
    console.prefer("light")
    driver.get_log("browser")
    yield console.open()
    problems = [one["message"] for one in driver.get_log("browser") if not REFUSED.search(one["message"])]
    asked = console.script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert problems == []
    assert [one for one in asked if not one.startswith(f"{mock.root}/")] == []
