"""Examples in the README.

pytest runs the Python blocks in their own folders, node the JavaScript blocks that import no packages, and bash the
curl lines. TOML blocks are parsed, and every option must exist. A Python block that starts with a comment with a file
name is written to that file.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.processes import mock

from contract_tests.contract.deployment import load as load_for_suite
from mock_server import Settings
from mock_server.core.deployment import load as load_for_mock

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FILE_NAME = re.compile(r"# ([\w.-]+\.py)\n")
IMPORTS_PACKAGE = re.compile(r"""^import .*["'](?!node:)[^"'.]""", re.MULTILINE)
CALLS = re.compile(r"export MOCK=.*\n(curl .*\n)+")
OPTION = re.compile(r"--[a-z][a-z-]*")
LOCAL = "http://127.0.0.1:8000"
CONTROL = "local"
NO_TESTS = 5

COMMANDS: Mapping[str, list[str]] = {
    "caseiq-mock": [sys.executable, "-m", "mock_server"],
    "caseiq-gate": [sys.executable, "-m", "change_gate"],
    "pytest": [sys.executable, "-m", "pytest"],
}
# `caseiq-gate fidelity` passes the options of the suite on.
PASSED_ON = {"caseiq-gate": ("caseiq-gate fidelity", "pytest")}


class Block(NamedTuple):
    """A fenced block and its first line in the README."""

    line: int
    language: str
    text: str


def blocks(*languages: str) -> list[Any]:
    """Return the README's blocks in these languages as parameters named by their line."""
    found = [
        Block(README[: match.start()].count("\n") + 1, match.group(1), match.group(2))
        for match in FENCED.finditer(README)
    ]
    return [pytest.param(block, id=f"line {block.line}") for block in found if block.language in languages]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("CASEIQ_", "PYTEST_"))}


@pytest.mark.parametrize("block", blocks("python"))
def test_python_runs(block: Block, tmp_path: Path) -> None:
    named = FILE_NAME.match(block.text)
    (tmp_path / (named.group(1) if named else "test_block.py")).write_text(block.text, encoding="utf-8")
    command = [*COMMANDS["pytest"], "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == (0 if "def test_" in block.text else NO_TESTS), done.stdout + done.stderr


@pytest.mark.parametrize("block", blocks("js"))
def test_javascript_runs(block: Block, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    with mock("--control-token", CONTROL) as address:
        path = tmp_path / "block.mjs"
        path.write_text(block.text.replace(LOCAL, address), encoding="utf-8")
        # A block that imports packages is only parsed, since they are not installed.
        command = [node, "--check", str(path)] if IMPORTS_PACKAGE.search(block.text) else [node, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("block", [one for one in blocks("sh") if CALLS.fullmatch(one.values[0].text)])
def test_curl_lines_succeed(block: Block, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    with mock("--control-token", CONTROL) as address:
        script = block.text.replace(LOCAL, address).replace(
            "\ncurl", "\ncurl --fail-with-body --no-progress-meter"
        )
        done = subprocess.run(
            ["bash", "-ec", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("block", blocks("toml"))
def test_toml_is_valid(block: Block, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    if "tool" in (content := tomllib.loads(block.text)):
        for name in content["tool"]["pytest"]["ini_options"]:
            pytestconfig.getini(name)
        return
    path = tmp_path / "tenant.toml"
    path.write_text(block.text, encoding="utf-8")
    load_for_suite(path)
    load_for_mock(path, Settings())


def commands() -> Iterator[tuple[str | None, str]]:
    """Yield each command in the README with its arguments; the command is None for a bare option."""
    for match in FENCED.finditer(README):
        if match.group(1) == "sh":
            for line in match.group(2).replace("\\\n", " ").splitlines():
                yield from _commands(line)
    for match in INLINE.finditer(FENCED.sub("", README)):
        if match.group(1).startswith("--"):
            yield None, match.group(1)
        else:
            yield from _commands(match.group(1))


def _commands(line: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"&&|\||;", line):
        words = shlex.split(part, comments=True)
        for index, word in enumerate(words):
            if Path(word).name in COMMANDS:
                yield Path(word).name, " ".join(words[index + 1 :])
                break


@cache
def options(command: str) -> frozenset[str]:
    name, *arguments = command.split()
    done = subprocess.run(
        [*COMMANDS[name], *arguments, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return frozenset(OPTION.findall(done.stdout))


def test_options_exist() -> None:
    shown = list(commands())
    assert shown
    for command, words in shown:
        names = (command, *PASSED_ON.get(command, ())) if command else COMMANDS
        known = frozenset[str]().union(*map(options, names))
        unknown = set(OPTION.findall(words)) - known
        assert not unknown, f"{command or 'no command'} has no {', '.join(sorted(unknown))}"
