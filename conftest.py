"""Joins what must not know each other: where no other target is given, the judge judges the embedded mock."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from contract_tests.credentials import CLIENT_ID, CLIENT_SECRET
from contract_tests.target import Target

EMBEDDED_CLIENT = {CLIENT_ID: "embedded-suite", CLIENT_SECRET: "embedded-secret"}


def pytest_caseiq_target(config: pytest.Config) -> Target:
    """The mock, in a process of its own on a free port."""
    options = ["--client-id", EMBEDDED_CLIENT[CLIENT_ID], "--client-secret", EMBEDDED_CLIENT[CLIENT_SECRET]]
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_server", "--port", "0", *options], stdout=subprocess.PIPE, text=True
    )

    def stop() -> None:
        process.terminate()
        process.communicate(timeout=10)

    config.add_cleanup(stop)
    assert process.stdout is not None
    address = re.search(r"https?://\S+", process.stdout.readline())
    if address is None:
        raise pytest.UsageError("the embedded mock did not start; `python -m mock_server` says why")
    return Target(address.group(), EMBEDDED_CLIENT, embedded=True)
