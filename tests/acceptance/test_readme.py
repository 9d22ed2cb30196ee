"""Examples and options in the README and in the pages of the documentation.

The examples of a page run in order, see `support/page_runner.py`. The comment `<!-- not run: REASON -->` before a block
excludes it, and `<!-- parsed only: REASON -->` allows a block that cannot run here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from support.documentation import PAGES, ROOT, blocks, inline_code
from support.page_runner import page_runner

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
COMMANDS: Mapping[str, list[str]] = {
    "caseiq-mock": [sys.executable, "-m", "mock_server"],
    "caseiq-gate": [sys.executable, "-m", "change_gate"],
    "contract_tests.report": [sys.executable, "-m", "contract_tests.report"],
    "pytest": [sys.executable, "-m", "pytest"],
}
# `caseiq-gate fidelity` passes the options of the suite on.
PASSED_ON = {"caseiq-gate": ("caseiq-gate fidelity", "pytest")}
ONE_LINERS = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/pytest",
    "python3 -m venv .venv && .venv/bin/pip install -q tox && .venv/bin/tox",
)


def names(page: Path) -> str:
    return page.name


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[] if page.name == "README.md" else [pytest.mark.slow]) for page in PAGES],
    ids=names,
)
def test_examples_run(page: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    found = [
        block for block in blocks(page) if block.mark != "not run" and not block.language.startswith("{")
    ]
    if not found:
        return
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    with page_runner(tmp_path, found, pytestconfig) as runner:
        for block in found:
            runner.run(block)


def test_first_commands_are_one_line_each() -> None:
    first = [block.text for block in blocks(ROOT / "README.md")[:2]]
    assert first == [f"{line}\n" for line in ONE_LINERS]


def commands() -> Iterator[tuple[Path, str | None, str]]:
    """Yield each command with its page and its arguments; the command is None for a bare option."""
    for page in PAGES:
        for block in blocks(page):
            if block.language == "sh":
                for line in block.text.replace("\\\n", " ").splitlines():
                    yield from ((page, *one) for one in _commands(line))
        for code in inline_code(page):
            if code.startswith("--"):
                yield page, None, code
            else:
                yield from ((page, *one) for one in _commands(code))


def _commands(line: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"&&|\||;", line):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:  # code that is not a command
            continue
        for index, word in enumerate(words):
            if Path(word).name in COMMANDS:
                yield Path(word).name, " ".join(words[index + 1 :])
                break


@cache
def options(command: str) -> frozenset[str]:
    name, *arguments = command.split()
    return frozenset(OPTION.findall(_help(COMMANDS[name], *arguments)))


def _help(command: list[str], *arguments: str) -> str:
    """Return the help of a command, without breaks within the names of options."""
    done = subprocess.run(
        [*command, *arguments, "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_options_exist() -> None:
    shown = list(commands())
    assert shown
    for page, command, words in shown:
        allowed = (command, *PASSED_ON.get(command, ())) if command else COMMANDS
        known = frozenset[str]().union(*map(options, allowed))
        unknown = set(OPTION.findall(words)) - known
        assert not unknown, f"{page.name}: {command or 'no command'} has no {', '.join(sorted(unknown))}"


@pytest.mark.parametrize(
    "command", ["caseiq-mock", "caseiq-gate", "caseiq-gate fidelity", "contract_tests.report"]
)
def test_every_option_is_explained(command: str) -> None:
    _assert_explained(options(command) - {"--help"})


def test_every_option_of_the_suite_is_explained() -> None:
    text = _help(COMMANDS["pytest"])
    group = text.partition("Case APIs conformance:\n")[2].partition("\n\n")[0]
    declared = set(re.findall(r"^  (--[a-z-]+)", group, re.MULTILINE))
    assert "--allow-writes" in declared
    _assert_explained(declared)


def _assert_explained(wanted: set[str] | frozenset[str]) -> None:
    """Fail if an option is named only in a generated table."""
    written = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = wanted - set(OPTION.findall(written))
    assert not missing, f"no page explains {', '.join(sorted(missing))}"
