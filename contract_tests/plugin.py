"""The pytest plugin's door: its options, and the decision whether this session judges at all.

This package may be installed beside any other project's tests, so nothing costly is imported before a check of
the contract is collected; what happens then is in conformance.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from contract_tests.client.target import Target

PROFILES: Final = ("quick", "thorough")
NAME: Final = "caseiq-conformance"

# option, its keyword arguments for pytest; numbers stay texts, which options.py refuses in a line of its own
OPTIONS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        "--conformance-level",
        {
            "choices": ("must", "should"),
            "default": "must",
            "help": "fail the run on broken MUST requirements alone (default), or on SHOULD too",
        },
    ),
    (
        "--requirement",
        {"action": "append", "default": [], "metavar": "ID", "help": "judge this alone; may be repeated"},
    ),
    ("--deployment", {"type": Path, "metavar": "FILE", "help": "TOML file that says how the target differs"}),
    ("--allow-writes", {"action": "store_true", "help": "create cases on a target that is not loopback"}),
    ("--max-cases", {"metavar": "N", "help": "create at most N cases (200 beyond loopback)"}),
    ("--read-only", {"metavar": "CASE_ID", "help": "judge what reading this existing case can show"}),
    ("--rate-limit", {"metavar": "N", "help": "send at most N requests a second"}),
    ("--ca-bundle", {"type": Path, "metavar": "FILE", "help": "certificates to trust, PEM"}),
    (
        "--report-dir",
        {
            "type": Path,
            "metavar": "DIR",
            "help": "write HTML, JSON, JUnit, HAR, stories and the ledger here",
        },
    ),
    ("--compare", {"type": Path, "metavar": "OLD.json", "help": "show what changed since this report"}),
    (
        "--fail-on",
        {
            "choices": ("any", "new"),
            "default": "any",
            "help": "with --compare: fail on newly broken ones alone",
        },
    ),
)


class Hooks:
    """What a project that embeds the suite can answer."""

    @pytest.hookspec(firstresult=True)
    def pytest_caseiq_target(self, config: pytest.Config) -> Target | None:
        """The target to judge where no --base-url was given."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("caseiq", "Case APIs conformance")
    for name, arguments in OPTIONS:
        group.addoption(name, **arguments)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Begin again where pytest took an option's path for a place of tests.

    It looks for its ini file before it knows this plugin's options: in `--report-dir /tmp/report` it sees the folder
    alone, and takes that one's surroundings for the project.
    """
    given = [str(argument) for argument in config.invocation_params.args]
    joined = _joined(given)
    found, here = config.inipath, config.invocation_params.dir
    if joined == given or (found is not None and found.parent in (here, *here.parents)):
        return None
    return int(pytest.main(joined, plugins=config.invocation_params.plugins))


def _joined(arguments: Sequence[str]) -> list[str]:
    """The arguments, each option of this plugin in one word with its value."""
    valued = {name for name, how in OPTIONS if "action" not in how or how["action"] == "append"}
    joined: list[str] = []
    words = iter(arguments)
    for word in words:
        value = next(words, None) if word in valued else None
        joined.append(word if value is None else f"{word}={value}")
    return joined


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "requirement(*ids): the requirements that a check verifies")
    config.addinivalue_line(
        "markers", "stage(name): the part of the run in which a check runs, see runner/ordering.py"
    )
    config.addinivalue_line("markers", "read_only: a check of one existing case, for --read-only")
    if config.getoption("--hypothesis-profile", None) in PROFILES:
        from hypothesis import settings  # noqa: PLC0415 - costs half a second

        for profile in PROFILES:
            settings.register_profile(profile, settings.get_profile("default"))
    if judges(config):
        _judge(config)


def judges(config: pytest.Config) -> bool:
    """Whether the arguments tell that this session judges; one that spreads its tests over processes collects none."""
    return any("contract_tests" in argument for argument in config.args)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any(item.get_closest_marker("requirement") for item in items):
        _judge(config)


def _judge(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(NAME):
        from contract_tests.runner.hooks import Conformance  # noqa: PLC0415 - not in a session that judges nothing

        config.pluginmanager.register(Conformance(config), NAME)
