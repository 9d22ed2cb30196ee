"""conformance.html in a browser: the filter works by mouse and keyboard, and data is never executed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import report_samples as samples

from contract_tests.report.html.page import render
from contract_tests.report.screenshot import FLAGS

BROWSER, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")

pytestmark = pytest.mark.skipif(
    not (BROWSER.exists() and DRIVER.exists()), reason="needs Debian's chromium and chromium-driver"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    folder = tmp_path_factory.mktemp("browser")
    page = folder / "conformance.html"
    page.write_text(render(samples.document()), encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for flag in (*FLAGS, f"--user-data-dir={folder}/profile", "--window-size=1280,900"):
        options.add_argument(flag)
    os.environ.setdefault("SE_AVOID_STATS", "true")
    service = webdriver.ChromeService(executable_path=str(DRIVER))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.get(page.as_uri())
        yield driver
    finally:
        driver.quit()


def shown(browser: Any) -> list[str]:
    """Return the visible requirements."""
    visible = "return [...document.querySelectorAll('li.requirement')].filter(e => e.checkVisibility()).map(e => e.id)"
    return list(browser.execute_script(visible))


def button(browser: Any, verdict: str) -> Any:
    return browser.find_element("css selector", f"button[data-verdict='{verdict}']")


def test_script_in_data_is_not_executed(browser: Any) -> None:
    assert browser.title.startswith("Not conformant")
    assert samples.HOSTILE in browser.find_element("css selector", "#PATCH-PARTIAL .actual dd").text


def test_page_loads_without_errors_and_fits(browser: Any) -> None:
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_button_filters_by_verdict(browser: Any) -> None:
    everything = shown(browser)
    assert samples.UNVERIFIED not in everything
    button(browser, "failed").click()
    assert shown(browser) == ["PATCH-PARTIAL"]
    assert button(browser, "failed").get_attribute("aria-pressed") == "true"
    assert f"1 of {len(everything) + 1}" in browser.find_element("css selector", ".showing").text
    button(browser, "all").click()
    assert shown(browser) == everything


def test_filter_works_by_keyboard(browser: Any) -> None:
    button(browser, "error").send_keys("\ue007")  # Enter
    assert shown(browser) == ["SCHEMA"]
    button(browser, "all").send_keys(" ")
    assert len(shown(browser)) > 1


def test_link_shows_a_requirement_that_the_filter_hides(browser: Any) -> None:
    button(browser, "failed").click()
    browser.find_element("css selector", "a.tile[href='#HEAD-SAME']").click()
    assert "HEAD-SAME" in shown(browser)
    assert browser.find_element("css selector", "#HEAD-SAME > details").get_attribute("open") is not None


def test_reproduction_opens(browser: Any) -> None:
    button(browser, "all").click()
    reproduction = browser.find_element("css selector", "#PATCH-PARTIAL .reproduction")
    reproduction.find_element("css selector", "summary").click()
    assert "Authorization: ***" in reproduction.text


def test_printing_opens_all_reproductions(browser: Any) -> None:
    count = "return document.querySelectorAll('details.reproduction:not([open])').length"
    closed = browser.execute_script(count)
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(count) == 0
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(count) == closed


def test_link_to_a_folded_requirement_opens_it(browser: Any) -> None:
    button(browser, "all").click()
    browser.execute_script(f"location.hash = '#{samples.UNVERIFIED}'")
    deadline = time.monotonic() + 5
    while samples.UNVERIFIED not in shown(browser) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert samples.UNVERIFIED in shown(browser)


def test_button_copies_the_curl_line(browser: Any) -> None:
    browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    browser.execute_script(
        "for (const one of document.querySelectorAll('#PATCH-PARTIAL details')) one.open = true"
    )
    command = browser.find_element("css selector", "#PATCH-PARTIAL .curl")
    copy = command.find_element("css selector", "button.copy")
    copy.send_keys("\ue007")  # Enter
    deadline = time.monotonic() + 5
    while copy.text != "Copied" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert copy.text == "Copied"
    pasted = browser.execute_async_script("navigator.clipboard.readText().then(arguments[0], arguments[0])")
    assert pasted == command.find_element("css selector", "pre").text
    assert pasted.startswith('curl -X POST "$BASE_URL/case"')
