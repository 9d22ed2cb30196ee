"""Unit tests of the console's modules that need no browser, with the test runner of Node.js."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted((Path(__file__).parent / "unit").glob("*.test.mjs"))
OLDEST = (20, 19)  # the first version that recognizes modules by their syntax


def node() -> str:
    """Return the path of Node.js, or skip the test if it is missing or too old."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("needs Node.js 20.19 or newer")
    version = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if tuple(map(int, version.removeprefix("v").split(".")[:2])) < OLDEST:
        pytest.skip(f"needs Node.js 20.19 or newer, found {version}")
    return program


@pytest.mark.parametrize("file", TESTS, ids=[path.name.partition(".")[0] for path in TESTS])
def test_console_module_passes_its_unit_tests(file: Path) -> None:
    command = [node(), "--no-warnings", "--test-reporter=tap", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE), done.stdout
