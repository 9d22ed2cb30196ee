"""Joins what must not know each other: where no other target is given, the judge judges the embedded mock."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from contract_tests.credentials import CLIENT_ID, CLIENT_SECRET
from contract_tests.plugin import NAME
from contract_tests.target import Target

EMBEDDED_CLIENT = {CLIENT_ID: "embedded-suite", CLIENT_SECRET: "embedded-secret"}
MOCK = pytest.StashKey["subprocess.Popen[str]"]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where the mock will be judged, it starts while the checks are collected."""
    config = session.config
    others = ("base_url", "deployment", "collectonly", "help")
    judges = config.pluginmanager.has_plugin(NAME) and not hasattr(config, "workerinput")
    if judges and not any(config.getoption(name, None) for name in others):
        _start(config)


def pytest_caseiq_target(config: pytest.Config) -> Target:
    """The mock, in a process of its own on a free port."""
    process = config.stash.get(MOCK, None) or _start(config)
    assert process.stdout is not None
    address = re.search(r"https?://\S+", process.stdout.readline())
    if address is None:
        raise pytest.UsageError("the embedded mock did not start; `python -m mock_server` says why")
    return Target(address.group(), EMBEDDED_CLIENT, embedded=True)


def _start(config: pytest.Config) -> subprocess.Popen[str]:
    options = ["--client-id", EMBEDDED_CLIENT[CLIENT_ID], "--client-secret", EMBEDDED_CLIENT[CLIENT_SECRET]]
    process = config.stash[MOCK] = subprocess.Popen(
        [sys.executable, "-m", "mock_server", "--port", "0", *options], stdout=subprocess.PIPE, text=True
    )

    def stop() -> None:
        process.terminate()
        process.communicate(timeout=10)

    config.add_cleanup(stop)
    return process
