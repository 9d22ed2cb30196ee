"""Start the mock as the default target. Besides tests/, only this file imports both packages."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from contract_tests import plugin
from contract_tests.plugin import runs_checks

if TYPE_CHECKING:
    from contract_tests.client.target import Target

CLIENT: Final = ("embedded-suite", "embedded-secret")
OPTIONS: Final = ("--port", "0", "--end-with-stdin")  # It ends when pytest ends, in whatever way.
MOCK: Final = pytest.StashKey["subprocess.Popen[str]"]()


# Options with which a session needs no embedded mock.
OTHER_TARGETS: Final = (
    "base_url", "deployment", "collectonly", "help", "version", "markers", "showfixtures", "show_fixtures_per_test",
    "cacheshow",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the mock early: it is ready by the time the checks are collected."""
    if not config.pluginmanager.is_registered(plugin):
        raise pytest.UsageError(
            "this pytest has not loaded the suite's plugin: run the pytest of the environment into which the project "
            "is installed (`pip install -e .`), with plugins enabled"
        )
    needs_no_mock = any(config.getoption(name, None) for name in OTHER_TARGETS) or config.getini("base_url")
    if runs_checks(config) and not needs_no_mock and not hasattr(config, "workerinput"):
        _start(config)


def pytest_caseiq_target(config: pytest.Config) -> Target:
    """Return the mock, in a process of its own on a free port."""
    from contract_tests.client.credentials import CLIENT_ID, CLIENT_SECRET  # noqa: PLC0415 - after the mock has started
    from contract_tests.client.target import Target  # noqa: PLC0415

    process = config.stash.get(MOCK, None) or _start(config)
    assert process.stdout is not None
    address = re.search(r"https?://\S+", process.stdout.readline())
    if address is None:
        raise pytest.UsageError("the embedded mock did not start; run `python -m mock_server` to see why")
    name, secret = CLIENT
    return Target(address.group(), {CLIENT_ID: name, CLIENT_SECRET: secret}, embedded=True)


def _start(config: pytest.Config) -> subprocess.Popen[str]:
    name, secret = CLIENT
    process = config.stash[MOCK] = subprocess.Popen(
        [sys.executable, "-m", "mock_server", *OPTIONS, "--client-id", name, "--client-secret", secret],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C must reach only pytest, which then ends the run.
    )

    def stop() -> None:
        process.kill()  # It has nothing to save.
        process.communicate(timeout=10)

    config.add_cleanup(stop)
    return process
