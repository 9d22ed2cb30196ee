"""Runs the suite and the mock as a user does: as commands, in processes of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "dev-token"


@dataclass(frozen=True)
class Ended:
    """A command that ended: its exit status, and all that it printed."""

    status: int
    text: str


def suite(
    *arguments: str,
    cwd: Path,
    token: str | None = TOKEN,
    credentials: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Ended:
    """`pytest --pyargs contract_tests …` in a folder of its own, with the token, or with `credentials` in its place."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("CASEIQ_", "PYTEST_"))
    }
    if credentials is not None:
        environment |= credentials
    elif token is not None:
        environment["CASEIQ_TOKEN"] = token
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--assert=plain",
        "--pyargs",
        "contract_tests",
        *arguments,
    ]
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def _address(said: Iterable[str]) -> str:
    """The base URL in the first line that has one; others may come before it."""
    lines = []
    for line in said:
        lines.append(line)
        found = re.search(r"Case IQ mock at (https?://\S+)", line)
        if found:
            return found.group(1)
    raise AssertionError("".join(lines))


@contextmanager
def mock(*options: str) -> Iterator[str]:
    """`caseiq-mock` on a free port; yields its base URL."""
    with mock_process(*options) as (_, base_url):
        yield base_url


@contextmanager
def mock_process(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`caseiq-mock` on a free port; yields its process and its base URL."""
    command: Sequence[str] = [sys.executable, "-m", "mock_server", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        yield process, _address(process.stdout)
    finally:
        process.terminate()
        process.communicate(timeout=10)
