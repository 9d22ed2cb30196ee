"""The pytest plugin: its options, and the decision whether to load the rest of the suite.

The package may be installed beside the tests of any project. It therefore imports nothing expensive until a check of
the contract is collected; `runner/hooks.py` takes over then.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from contract_tests.client.target import Target
    from contract_tests.contract.deployment import Deployment

PROFILES: Final = ("brief", "quick", "thorough")
NAME: Final = "caseiq-conformance"
# The options that take a path, and so may be mistaken for a path to tests (see `_assert_own_configuration`).
PATH_OPTIONS: Final = ("--deployment", "--ca-bundle", "--report-dir", "--compare", "--write-deployment")
# A file, and the text in it that makes it a configuration of pytest.
CONFIGURATIONS: Final = (
    ("pytest.toml", ""), (".pytest.toml", ""), ("pytest.ini", ""), (".pytest.ini", ""),
    ("pyproject.toml", "[tool.pytest"), ("tox.ini", "[pytest]"), ("setup.cfg", "[tool:pytest]"),
)  # fmt: skip


class Hooks:
    """Hooks that a project which embeds the suite can implement."""

    @pytest.hookspec(firstresult=True)
    def pytest_caseiq_target(self, config: pytest.Config) -> Target | None:
        """Return the target to check if no --base-url is given."""

    @pytest.hookspec(firstresult=True)
    def pytest_caseiq_deployment(self, config: pytest.Config) -> Deployment | None:
        """Return how the target differs from the document if no --deployment is given."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    add = parser.getgroup("caseiq", "Case APIs conformance").addoption
    _add_target_options(add)
    _add_limit_options(add)
    _add_report_options(add)


def _add_target_options(add: Callable[..., None]) -> None:
    add(
        "--requirement",
        action="append",
        default=[],
        metavar="ID",
        help="check only this requirement; may be repeated",
    )
    add(
        "--conformance-level",
        choices=("must", "should"),
        default="must",
        help="fail the run on broken MUST requirements only (default), or on SHOULD too",
    )
    add(
        "--deployment",
        type=Path,
        metavar="FILE",
        help="TOML file that describes how the target differs from the document",
    )
    add("--ca-bundle", type=Path, metavar="FILE", help="PEM file with certificates to trust")
    add("--allow-writes", action="store_true", help="create cases on a target that is not loopback")
    add("--read-only", metavar="CASE_ID", help="create no case; check what reading this one shows")


def _add_limit_options(add: Callable[..., None]) -> None:
    # Numbers stay texts here; runner/options.py checks them, with a better message than argparse.
    add(
        "--max-cases",
        metavar="N",
        help="create at most N cases (default beyond loopback: 60 or, with other profiles than brief, 200)",
    )
    add(
        "--max-requests",
        metavar="N",
        help="leave out the checks that reveal least, to send at most N requests",
    )
    add("--max-time", metavar="SECONDS", help="end the run after this time, with table and report")
    add("--rate-limit", metavar="N", help="send at most N requests per second")
    add("--response-time", metavar="S", help="wait at most S seconds for a complete response (default: 30)")
    add("--response-size", metavar="MB", help="read at most MB megabytes of a response (default: 16)")


def _add_report_options(add: Callable[..., None]) -> None:
    add(
        "--report-dir",
        type=Path,
        metavar="DIR",
        help="write HTML, JSON, JUnit, HAR, reproduction scripts and the ledger to this folder",
    )
    add(
        "--verify-scripts",
        action="store_true",
        help="replay reproduction scripts also on a target that is not loopback; they create cases",
    )
    add("--compare", type=Path, metavar="OLD.json", help="show what changed since this earlier report")
    add(
        "--fail-on",
        choices=("any", "new"),
        default="any",
        help="with --compare: fail on any failure (default), or only on new ones",
    )
    add(
        "--write-deployment",
        type=Path,
        metavar="FILE",
        help="write a deployment file with the observed behaviour of the target; the mock can start with it",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    _assert_own_configuration(config)
    config.addinivalue_line("markers", "requirement(*ids): the requirements that a check verifies")
    config.addinivalue_line("markers", "needs(*ids): the requirements without which a check decides nothing")
    config.addinivalue_line(
        "markers", "stage(name): the part of the run in which a check runs, see runner/ordering.py"
    )
    config.addinivalue_line("markers", "read_only: a check of one existing case, for --read-only")
    config.addinivalue_line(
        "markers", "combined: a check of many requirements with few requests, see runner/detailed_checks.py"
    )
    if config.getoption("--hypothesis-profile", None) in PROFILES:
        from hypothesis import settings  # noqa: PLC0415 - takes half a second

        for profile in PROFILES:
            settings.register_profile(profile, settings.get_profile("default"))
    if runs_checks(config):
        _load_hooks(config)


def _assert_own_configuration(config: pytest.Config) -> None:
    """Raise UsageError if an option's path made pytest miss the configuration of the current project.

    pytest looks for its configuration before it knows the options of plugins. It takes the second word of
    `--report-dir /tmp/report` for a path to tests if that folder exists, and looks for the configuration around it.
    """
    here = config.invocation_params.dir
    folders = (here, *here.parents)
    if config.inipath is not None and config.inipath.parent in folders:
        return
    words = [str(argument) for argument in config.invocation_params.args]
    for option, value in pairwise(words):
        if option in PATH_OPTIONS and Path(value).exists() and any(map(_has_configuration, folders)):
            raise pytest.UsageError(
                f"{option} {value}: pytest takes this path for a path to tests, and does not read the configuration "
                f"of this project; write {option}={value}"
            )


def _has_configuration(folder: Path) -> bool:
    return any(
        (folder / name).is_file() and text in (folder / name).read_text(encoding="utf-8", errors="replace")
        for name, text in CONFIGURATIONS
    )


def runs_checks(config: pytest.Config) -> bool:
    """Return True if the arguments name this package. The controller of pytest-xdist collects no checks itself."""
    return any("contract_tests" in argument for argument in config.args)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any(item.get_closest_marker("requirement") for item in items):
        _load_hooks(config)


def _load_hooks(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(NAME):
        from contract_tests.runner.distribution import Controller  # noqa: PLC0415 - not needed without checks
        from contract_tests.runner.hooks import Conformance  # noqa: PLC0415

        conformance = Conformance(config)
        config.pluginmanager.register(conformance, NAME)
        config.pluginmanager.register(Controller(conformance))
