"""A mock in its own process, and its console in a browser."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

CONTROL_TOKEN = "console-tests"
DESKTOP = (1366, 860)
PATIENCE = 20  # seconds
SHOWN = """return [...document.querySelectorAll(arguments[0])].filter((element) =>
  element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
  (element.innerText ?? element.textContent).includes(arguments[1]))"""


class Mock:
    """A running mock with clients of both its APIs."""

    def __init__(self, port: int, prefix: str) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = self.root + prefix

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API and return the parsed body, or None without one."""
        headers = {"Authorization": f"Bearer {CONTROL_TOKEN}"}
        response = requests.request(
            method, f"{self.root}/_mock/{path}", json=body, headers=headers, timeout=10
        )
        assert response.ok, response.text
        return response.json() if response.content else None

    def call(self, method: str, path: str, body: Any = None, token: str = "dev-token") -> requests.Response:
        """Call the Case APIs and return the response."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=10)

    def create(self, **fields: Any) -> dict[str, Any]:
        """Create a case and return it."""
        response = self.call("POST", "/case", fields)
        assert response.status_code == 201, response.text
        return dict(response.json())

    def total(self) -> int:
        """Return the number of cases."""
        return int(self.control("GET", "cases?limit=1")["total"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*options: str, port: int = 0, prefix: str = "") -> Iterator[Mock]:
    """Run the command `caseiq-mock` with options."""
    command = [sys.executable, "-m", "mock_server", "--port", str(port), "--control-token", CONTROL_TOKEN]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        address = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert address
        yield Mock(int(address[1]), prefix)
    finally:
        process.terminate()
        process.communicate(timeout=10)


class Console:
    """The console of a mock in a browser, used as a person would."""

    def __init__(self, driver: WebDriver, mock: Mock) -> None:
        self.driver = driver
        self.mock = mock

    def open(self, view: str = "#/cases", *, token: str | None = CONTROL_TOKEN) -> Console:
        """Load the page at a view with the control token in the URL."""
        if self.driver.current_url.startswith(self.mock.root):
            self.script("sessionStorage.clear()")
        self.driver.get("about:blank")
        self.driver.get(f"{self.mock.root}/_mock/" + (f"#token={token}" if token else ""))
        if view != "#/cases":
            self.go(view)
        return self

    def go(self, view: str) -> None:
        """Switch to another view of the page."""
        self.script("location.hash = arguments[0]", view)

    def script(self, text: str, *values: Any) -> Any:
        return self.driver.execute_script(text, *values)

    def run_async(self, text: str, *values: Any) -> Any:
        """Run the body of an async function and return its value."""
        wrapped = f"const done = arguments[arguments.length - 1]; (async () => {{ {text} }})().then(done)"
        return self.driver.execute_async_script(wrapped, *values)

    def until(self, holds: Callable[[], Any], what: str) -> Any:
        """Wait for a true value of `holds` and return it."""
        ignored = (StaleElementReferenceException,)
        wait = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.03, ignored_exceptions=ignored)
        return wait.until(lambda _: holds(), f"{what}\n{self.text()}")

    def all(self, selector: str, text: str = "") -> list[WebElement]:
        """Return the visible elements that match the selector and contain the text."""
        return list(self.script(SHOWN, selector, text))

    def find(self, selector: str, text: str = "") -> WebElement:
        """Wait for the first visible match and return it."""
        found = self.until(lambda: self.all(selector, text), f"{selector} {text!r} is shown")
        return found[0]  # type: ignore[no-any-return]

    def press(self, selector: str, text: str = "") -> None:
        """Click the first match whose whole text is `text`."""
        fitting = lambda: [one for one in self.all(selector, text) if text in ("", one.text)]  # noqa: E731
        self.until(fitting, f"{selector} {text!r} is shown")[0].click()

    def write(self, selector: str, text: str) -> None:
        """Replace the text of a field."""
        self.find(selector).send_keys(Keys.CONTROL, "a")
        self.find(selector).send_keys(text or Keys.DELETE)

    def keys(self, *keys: str) -> None:
        """Press keys in the focused element."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def text(self, selector: str = "body") -> str:
        return str(self.script(f"{SHOWN}.map((e) => e.innerText ?? e.textContent).join('\\n')", selector, ""))

    def wait_for_message(self, text: str) -> None:
        """Wait for a toast with the text."""
        self.find("#toast", text)

    def titles(self) -> list[str]:
        """Return the titles in the list of cases, in order."""
        return list(
            self.script("return [...document.querySelectorAll('.cases .title')].map((e) => e.textContent)")
        )

    def clipboard(self) -> str:
        return str(self.run_async("return navigator.clipboard.readText()"))

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, scheme: str) -> None:
        """Set the preferred colour scheme, `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


@contextmanager
def other_console(console: Console, *options: str) -> Iterator[Console]:
    """Open the console of another mock in the same browser, and return to the first one afterwards."""
    with running(*options) as mock:
        yield Console(console.driver, mock).open()
        console.driver.get(f"{console.mock.root}/_mock/")
