"""The built wheel in an environment of its own: its commands and the suite start without the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The entries that the project's editable installation makes. The wheel must contain everything that it needs itself.
OWN = re.compile(r"_?_?(caseiq|editable_impl_caseiq|mock_server|contract_tests|change_gate)")
COMMANDS = ("caseiq-mock", "caseiq-gate", "caseiq-gate-hook")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and the dependencies of this environment, and an empty working folder."""

    programs: Path
    library: Path
    folder: Path

    def command(self, name: str, *arguments: str) -> list[str]:
        return [str(self.programs / name), *arguments]

    def environment(self) -> dict[str, str]:
        ignored = ("PYTHONPATH", "PYTHONHOME", "CASEIQ_", "PYTEST_", "COV_", "COVERAGE_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ignored)}
        return kept | {"CASEIQ_TOKEN": "dev-token"}

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(name, *arguments), cwd=self.folder, env=self.environment(),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


def build_wheel(folder: Path) -> Path:
    """Build the wheel without network: the build backend is a dependency for development."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    [wheel] = folder.glob("*.whl")
    return wheel


def link_dependencies(library: Path) -> None:
    """Link the installed distributions, except this project, into another environment."""
    for path in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(path).iterdir():
            if entry.suffix != ".pth" and not OWN.match(entry.name) and entry.name != "__pycache__":
                (library / entry.name).symlink_to(entry)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("wheel")
    wheel = build_wheel(home)
    venv.create(home / "env", symlinks=True, with_pip=False)
    names = {"base": str(home / "env"), "platbase": str(home / "env")}
    library = Path(sysconfig.get_path("purelib", "venv", names))
    programs = Path(sysconfig.get_path("scripts", "venv", names))
    link_dependencies(library)
    install = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], capture_output=True, text=True, timeout=60, check=True)
    (home / "empty").mkdir()
    return Installed(programs, library, home / "empty")


def test_wheel_brings_its_own_packages_and_commands(installed: Installed) -> None:
    code = "import mock_server, contract_tests, change_gate as gate; print(*mock_server.__path__, *contract_tests.__path__, *gate.__path__, sep='\\n')"
    done = installed.run("python", "-c", code)
    folders = [Path(line) for line in done.stdout.splitlines()]
    assert [folder.parent for folder in folders] == [installed.library] * 3, done.stderr
    for command in COMMANDS:
        assert (installed.programs / command).exists()


@pytest.fixture
def mock_url(installed: Installed) -> Iterator[str]:
    process = subprocess.Popen(
        installed.command("caseiq-mock", "--port", "0", "--seed-data", "demo"),
        cwd=installed.folder, env=installed.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    try:
        first = process.stdout.readline()
        address = re.search(r"Case IQ mock at (https?://\S+)", first)
        assert address, first + process.communicate(timeout=10)[0]
        yield address.group(1)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_suite_of_the_wheel_passes_its_mock(installed: Installed, mock_url: str) -> None:
    options = ("--base-url", mock_url, "--requirement", "CREATE-STATUS", "--hypothesis-profile=quick")
    done = installed.run("python", "-m", "pytest", "-q", "--pyargs", "contract_tests", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b[1-9]\d* passed", done.stdout), done.stdout


def test_gate_of_the_wheel_compares_two_documents(installed: Installed) -> None:
    old = ROOT / "spec/released/caseiq-openapi-1.0.yaml"
    done = installed.run("caseiq-gate", str(old), str(ROOT / "spec/caseiq-openapi.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
