"""Runs the examples of a page in order, in a folder of its own, as a reader who follows the page does.

The folder contains a deployment file and, for a page about the gate, a git repository with the contract. The addresses
in the examples are replaced by those of mocks, and placeholders by their credentials. Only mocks that the page uses start.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml

from change_gate import accepted
from contract_tests.contract.deployment import load as load_for_suite
from mock_server import Settings
from mock_server.core.deployment import load as load_for_mock
from support.documentation import ROOT, Block, deployment_example
from support.processes import mock

TENANT = "https://tenant.example"
PREFIX = "/api-public/1.0"
LOCAL = ("http://127.0.0.1:8000", "http://127.0.0.1:8700")
CASE_ID = "01977c4a-62f1-7000-8000-3f2b8a6d9e10"
CONTROL_TOKEN = "local"
SECRETS = {"CASEIQ_TOKEN": "dev-token", "CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
PLACEHOLDER = re.compile(r"(CASEIQ_\w+)=…")
FILE_NAME = re.compile(r"# ([\w.-]+\.py)\n")
NO_TESTS = 5
TIMEOUT = 120

# The commands start and end at once: the mock ends when it listens, and the suite checks one requirement.
MOCK = """#!{python}
import subprocess, sys
if "--list-faults" in sys.argv:
    sys.exit(subprocess.call([sys.executable, "-m", "mock_server", *sys.argv[1:]]))
process = subprocess.Popen(
    [sys.executable, "-m", "mock_server", *sys.argv[1:], "--port", "0"], stdout=subprocess.PIPE, text=True
)
line = process.stdout.readline()
process.terminate()
sys.exit(0 if " at http" in line else f"the mock did not start: {{line}}")
"""
SUITE = """#!{python}
import os, sys
checks = [] if "contract_tests" in sys.argv else ["--pyargs", "contract_tests"]
options = ["-q", "-p", "no:cacheprovider", "--assert=plain", "--requirement", "JSON-ONLY"]
os.execv(sys.executable, [sys.executable, "-m", "pytest", *checks, *options, *sys.argv[1:]])
"""
CURL = """#!/bin/sh
case " $* " in *" -i "*) exec {curl} --no-progress-meter "$@" ;; esac
exec {curl} --fail-with-body --no-progress-meter "$@"
"""
MODULE = '#!/bin/sh\nexec {python} -m {module} "$@"\n'


class PageRunner:
    """Runs blocks in a folder."""

    def __init__(self, folder: Path, addresses: Mapping[str, str], config: pytest.Config) -> None:
        self._folder = folder
        self._addresses = addresses
        self._config = config
        self._blocks = 0

    def run(self, block: Block) -> None:
        """Run or parse a block. Fails the test with the output."""
        self._blocks += 1
        runners: Mapping[str, Callable[[Block], None]] = {
            "sh": self._run_shell,
            "python": self._run_python,
            "js": self._run_javascript,
            "toml": self._read_toml,
            "yaml": lambda block: yaml.safe_load(block.text),
            "json": lambda block: json.loads(block.text),
        }
        if block.language not in runners:
            pytest.fail(f"line {block.line}: blocks in {block.language} are not run")
        runners[block.language](block)

    def _text(self, block: Block) -> str:
        """Return the text with this run's addresses and credentials."""
        text = PLACEHOLDER.sub(lambda found: f"{found[1]}={SECRETS[found[1]]}", block.text)
        for address, replacement in self._addresses.items():
            text = text.replace(address, replacement)
        return text

    def _run_shell(self, block: Block) -> None:
        self._call(block, ["bash", "-ec", self._text(block).replace(".venv/bin/", "")])

    def _run_python(self, block: Block) -> None:
        own = self._folder / f"block{self._blocks}"
        own.mkdir()
        named = FILE_NAME.match(block.text)
        if named and named[1] != "conftest.py" and not named[1].startswith("test_"):
            (self._folder / named[1]).write_text(block.text, encoding="utf-8")
        (own / (named[1] if named else "test_block.py")).write_text(block.text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
        self._call(block, [*command, "--rootdir", "."], own, 0 if "def test_" in block.text else NO_TESTS)

    def _run_javascript(self, block: Block) -> None:
        node = shutil.which("node")
        if node is None:
            pytest.skip("needs node")
        path = self._folder / f"block{self._blocks}.mjs"
        path.write_text(self._text(block), encoding="utf-8")
        self._call(block, [node, "--check", str(path)] if block.mark else [node, str(path)])

    def _read_toml(self, block: Block) -> None:
        content = tomllib.loads(block.text)
        path = self._folder / f"block{self._blocks}.toml"
        path.write_text(block.text, encoding="utf-8")
        if "tool" in content:
            for name in content["tool"]["pytest"]["ini_options"]:
                self._config.getini(name)
        elif "accepted" in content:
            accepted.load(path)
        else:
            load_for_suite(path)
            load_for_mock(path, Settings())

    def _call(self, block: Block, command: list[str], folder: Path | None = None, status: int = 0) -> None:
        path = (
            f"{self._folder / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        )
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("CASEIQ_", "PYTEST_"))
        }
        done = subprocess.run(
            command,
            cwd=folder or self._folder,
            env={**inherited, **SECRETS, "PATH": path, "PYTHONPATH": str(self._folder)},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode != status:
            pytest.fail(
                f"line {block.line}: exit status {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False
            )


@contextmanager
def page_runner(folder: Path, run: Sequence[Block], config: pytest.Config) -> Iterator[PageRunner]:
    """Prepare a folder for the blocks that will run, and start the mocks that they use.

    There is a mock of a tenant with a deployment file, one of a tenant without, and the mock of this machine.
    """
    used = "".join(block.text for block in run if block.language in ("sh", "js") and not block.mark)
    tenant_file = folder / "tenant.toml"
    tenant_file.write_text(deployment_example(), encoding="utf-8")
    _write_commands(folder / "bin")
    if "caseiq-gate" in used:
        _write_repository(folder)
    addresses: dict[str, str] = {}
    with ExitStack() as mocks:
        if LOCAL[0] in used:
            local = ("--seed-data", "demo", "--control-token", CONTROL_TOKEN)
            addresses[LOCAL[0]] = mocks.enter_context(mock(*local))
        if LOCAL[1] in used or "pytest --deployment" in used:
            described = mocks.enter_context(mock("--deployment", str(tenant_file))).removesuffix(PREFIX)
            tenant_file.write_text(deployment_example().replace(TENANT, described), encoding="utf-8")
            addresses[LOCAL[1]] = described
        if TENANT in used:
            plain = mocks.enter_context(mock("--prefix", PREFIX)).removesuffix(PREFIX)
            addresses |= {TENANT: plain, CASE_ID: _create_case(plain + PREFIX)}
        yield PageRunner(folder, addresses, config)


def _create_case(base_url: str) -> str:
    headers = {"Authorization": "Bearer dev-token", "Content-Type": "application/json"}
    with urlopen(Request(f"{base_url}/case", b"{}", headers), timeout=TIMEOUT) as response:
        return str(json.load(response)["id"])


def _write_commands(folder: Path) -> None:
    """Write the commands that the examples call."""
    folder.mkdir()
    texts = {
        "caseiq-mock": MOCK,
        "pytest": SUITE,
        "curl": CURL,
        "caseiq-gate": MODULE.replace("{module}", "change_gate"),
    }
    for name, text in texts.items():
        (folder / name).write_text(
            text.format(python=sys.executable, curl=shutil.which("curl")), encoding="utf-8"
        )
        (folder / name).chmod(0o700)


def _write_repository(folder: Path) -> None:
    """Make a git repository with the contract, whose branch origin/main is the current commit."""
    shutil.copytree(ROOT / "spec", folder / "spec")
    person = ("-c", "user.name=Reader", "-c", "user.email=reader@example.com")
    for arguments in (
        ("init", "-q"),
        ("add", "spec"),
        (*person, "commit", "-q", "-m", "Start"),
        ("update-ref", "refs/remotes/origin/main", "HEAD"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True, timeout=TIMEOUT)
