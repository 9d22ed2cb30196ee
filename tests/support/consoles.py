"""A mock in a process of its own, and its console in a browser: what the tests of the console do to both."""

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
PATIENCE = 20  # seconds for what takes a tenth of one
SHOWN = """return [...document.querySelectorAll(arguments[0])].filter((element) =>
  element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
  (element.innerText ?? element.textContent).includes(arguments[1]))"""


class Mock:
    """A running mock, seen through its two APIs."""

    def __init__(self, port: int, prefix: str) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = self.root + prefix

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """The control API's answer, parsed; None where there is none."""
        headers = {"Authorization": f"Bearer {CONTROL_TOKEN}"}
        answer = requests.request(method, f"{self.root}/_mock/{path}", json=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def call(self, method: str, path: str, body: Any = None, token: str = "dev-token") -> requests.Response:
        """An answer of the Case APIs."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=10)

    def create(self, **fields: Any) -> dict[str, Any]:
        """A new case."""
        answer = self.call("POST", "/case", fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def total(self) -> int:
        """How many cases there are."""
        return int(self.control("GET", "cases?limit=1")["total"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*options: str, port: int = 0, prefix: str = "") -> Iterator[Mock]:
    """The command `caseiq-mock`, with these options."""
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
    """The console of a mock in a browser: a person who sees texts and presses what is to be pressed."""

    def __init__(self, driver: WebDriver, mock: Mock) -> None:
        self.driver = driver
        self.mock = mock

    def open(self, view: str = "#/cases", *, token: str | None = CONTROL_TOKEN) -> Console:
        """A fresh page at a view, with the control token as the mock's greeting hands it over."""
        if self.driver.current_url.startswith(self.mock.root):
            self.script("sessionStorage.clear()")
        self.driver.get("about:blank")
        self.driver.get(f"{self.mock.root}/_mock/" + (f"#token={token}" if token else ""))
        if view != "#/cases":
            self.go(view)
        return self

    def go(self, view: str) -> None:
        """Another view of the same page."""
        self.script("location.hash = arguments[0]", view)

    def script(self, text: str, *values: Any) -> Any:
        return self.driver.execute_script(text, *values)

    def awaited(self, text: str, *values: Any) -> Any:
        """The value of an async function's body."""
        wrapped = f"const done = arguments[arguments.length - 1]; (async () => {{ {text} }})().then(done)"
        return self.driver.execute_async_script(wrapped, *values)

    def until(self, holds: Callable[[], Any], what: str) -> Any:
        """The first true value of `holds`."""
        ignored = (StaleElementReferenceException,)
        wait = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.03, ignored_exceptions=ignored)
        return wait.until(lambda _: holds(), f"{what}\n{self.text()}")

    def all(self, selector: str, text: str = "") -> list[WebElement]:
        """What is shown of this kind and has the text."""
        return list(self.script(SHOWN, selector, text))

    def find(self, selector: str, text: str = "") -> WebElement:
        """The first of its kind, as soon as it is shown."""
        found = self.until(lambda: self.all(selector, text), f"{selector} {text!r} is shown")
        return found[0]  # type: ignore[no-any-return]

    def press(self, selector: str, text: str = "") -> None:
        """Clicks on the first of its kind whose whole text this is."""
        fitting = lambda: [one for one in self.all(selector, text) if text in ("", one.text)]  # noqa: E731
        self.until(fitting, f"{selector} {text!r} is shown")[0].click()

    def write(self, selector: str, text: str) -> None:
        """Replaces the text of a field, as a person does."""
        self.find(selector).send_keys(Keys.CONTROL, "a")
        self.find(selector).send_keys(text or Keys.DELETE)

    def keys(self, *keys: str) -> None:
        """Presses keys, wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def text(self, selector: str = "body") -> str:
        return str(self.script(f"{SHOWN}.map((e) => e.innerText ?? e.textContent).join('\\n')", selector, ""))

    def says(self, text: str) -> None:
        """Waits for a short message."""
        self.find("#toast", text)

    def titles(self) -> list[str]:
        """The cases in the list, in order."""
        return list(
            self.script("return [...document.querySelectorAll('.cases .title')].map((e) => e.textContent)")
        )

    def clipboard(self) -> str:
        return str(self.awaited("return navigator.clipboard.readText()"))

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, scheme: str) -> None:
        """`light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


@contextmanager
def visiting(console: Console, *options: str) -> Iterator[Console]:
    """The console of another mock, in the same browser, which then comes back."""
    with running(*options) as mock:
        yield Console(console.driver, mock).open()
        console.driver.get(f"{console.mock.root}/_mock/")
