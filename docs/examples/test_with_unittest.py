# ruff: noqa: PT009, PT027 - this example is for unittest
"""Tests with unittest: one mock for all tests of a class, reset before each."""

import json
import unittest
from contextlib import ExitStack
from urllib.request import Request, urlopen

from mock_server import Mock, serving


def report(base_url: str, token: str, summary: str) -> str:
    """Create a case, and return its id. This stands for the code under test."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(f"{base_url}/case", json.dumps({"summary": summary}).encode(), headers)
    with urlopen(request, timeout=5) as response:
        return json.load(response)["id"]


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.mock = Mock(seed_data="demo")
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        cls.url = stack.enter_context(serving(cls.mock.handle))

    def setUp(self) -> None:
        self.mock.reset()

    def test_case_is_created(self) -> None:
        case_id = report(self.url, self.mock.token, "Badge printed twice")
        self.assertIsNotNone(self.mock.store.get(case_id))

    def test_outage_is_an_error(self) -> None:
        self.mock.behave(outage=True)
        with self.assertRaisesRegex(OSError, "503"):
            report(self.url, self.mock.token, "Badge printed twice")


if __name__ == "__main__":
    unittest.main()
