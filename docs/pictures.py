"""Makes the pictures of the README in `docs/`. Needs Chromium and its driver.

Usage: python docs/pictures.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import element_to_be_clickable
from selenium.webdriver.support.ui import WebDriverWait

DOCS: Final = Path(__file__).resolve().parent
CONTRACT: Final = DOCS.parent / "spec" / "caseiq-openapi.yaml"
FAULTS: Final = ("put-merges", "text-trimmed", "markup-tags-stripped")
BEFORE: Final = "required: [caseStatus, workflowId]"
AFTER: Final = "required: [caseStatus, workflowId, reason]"
CASE: Final = "Prices agreed with a competitor at a fair"
PATIENCE: Final = 10  # seconds


@contextmanager
def mock(*options: str) -> Iterator[str]:
    """Run the mock with options. Yield its base URL."""
    command = [sys.executable, "-m", "mock_server", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split(" at ")[1].split()[0]
    finally:
        process.terminate()
        process.wait()


@contextmanager
def browser(width: int, height: int) -> Iterator[Chrome]:
    options = ChromeOptions()
    for argument in ("headless", "no-sandbox", "hide-scrollbars", f"window-size={width},{height}"):
        options.add_argument(f"--{argument}")
    # Selenium would look for another driver on the network.
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def picture_of_a_run(folder: Path) -> None:
    """Draw the table and the HTML report of a run against a mock with three faults."""
    faults = [part for name in FAULTS for part in ("--fault", name)]
    with mock(*faults) as url:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--pyargs", "contract_tests", "--base-url", url,
             "--hypothesis-profile=quick", "--report-dir=report"],
            cwd=folder, env={**os.environ, "CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"},
            stdout=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    pictures = ["--svg", str(DOCS / "verdict.svg"), "--screenshot", str(DOCS / "report.png")]
    command = [sys.executable, "-m", "contract_tests.report", "report/conformance.json", *pictures]
    subprocess.run(command, cwd=folder, check=True)


def picture_of_the_gate(folder: Path) -> None:
    """Photograph the gate's page about a field that becomes required."""
    shutil.copy(CONTRACT, folder / "base.yaml")
    (folder / "head.yaml").write_text(CONTRACT.read_text(encoding="utf-8").replace(BEFORE, AFTER))
    command = [sys.executable, "-m", "change_gate", "base.yaml", "head.yaml", "--output", "html=gate.html"]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    with browser(920, 570) as driver:
        driver.get((folder / "gate.html").as_uri())
        driver.save_screenshot(str(DOCS / "gate.png"))


def picture_of_the_console() -> None:
    """Photograph the console with one of the example cases."""
    with mock("--seed-data", "demo", "--control-token", "local") as url, browser(1280, 940) as driver:
        driver.get(f"{url}/_mock/#token=local")
        row = (By.XPATH, f"//*[text()='{CASE}']")
        WebDriverWait(driver, PATIENCE).until(element_to_be_clickable(row)).click()
        WebDriverWait(driver, PATIENCE).until(element_to_be_clickable((By.XPATH, f"//h1[text()='{CASE}']")))
        driver.save_screenshot(str(DOCS / "console.png"))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        picture_of_a_run(Path(name))
        picture_of_the_gate(Path(name))
    picture_of_the_console()


if __name__ == "__main__":
    main()
