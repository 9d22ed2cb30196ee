"""Joins what must not know each other: where no other target is given, the judge judges the embedded mock."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from contract_tests.plugin import judges

if TYPE_CHECKING:
    from contract_tests.client.target import Target

CLIENT: Final = ("embedded-suite", "embedded-secret")
OPTIONS: Final = ("--port", "0", "--end-with-stdin")  # so that it ends with pytest, however that ends
MOCK: Final = pytest.StashKey["subprocess.Popen[str]"]()


# Options by which a session judges another target, or none.
ELSEWHERE: Final = (
    "base_url", "deployment", "collectonly", "help", "version", "markers", "showfixtures", "show_fixtures_per_test",
    "cacheshow",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Where the mock will be judged, it starts while the judge is imported and the checks are collected."""
    elsewhere = any(config.getoption(name, None) for name in ELSEWHERE) or config.getini("base_url")
    if judges(config) and not elsewhere and not hasattr(config, "workerinput"):
        _start(config)


def pytest_caseiq_target(config: pytest.Config) -> Target:
    """The mock, in a process of its own on a free port."""
    from contract_tests.client.credentials import CLIENT_ID, CLIENT_SECRET  # noqa: PLC0415 - after the mock has started
    from contract_tests.client.target import Target  # noqa: PLC0415

    process = config.stash.get(MOCK, None) or _start(config)
    assert process.stdout is not None
    address = re.search(r"https?://\S+", process.stdout.readline())
    if address is None:
        raise pytest.UsageError("the embedded mock did not start; `python -m mock_server` says why")
    name, secret = CLIENT
    return Target(address.group(), {CLIENT_ID: name, CLIENT_SECRET: secret}, embedded=True)


def _start(config: pytest.Config) -> subprocess.Popen[str]:
    name, secret = CLIENT
    process = config.stash[MOCK] = subprocess.Popen(
        [sys.executable, "-m", "mock_server", *OPTIONS, "--client-id", name, "--client-secret", secret],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a Ctrl-C is for pytest, which has the end of the run to tell
    )

    def stop() -> None:
        process.kill()  # it keeps nothing that would have to be put away
        process.communicate(timeout=10)

    config.add_cleanup(stop)
    return process
