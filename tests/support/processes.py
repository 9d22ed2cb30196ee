"""The suite and the mock as commands in their own processes."""

from __future__ import annotations

import json
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
    """Exit status and output of a command."""

    status: int
    text: str


def suite(
    *arguments: str,
    cwd: Path,
    token: str | None = TOKEN,
    credentials: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Ended:
    """Run `pytest --pyargs contract_tests …` in a folder with the token, or with `credentials` instead."""
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


def _address(output: Iterable[str]) -> str:
    """Return the base URL in the first line that contains one."""
    lines = []
    for line in output:
        lines.append(line)
        found = re.search(r"Case IQ mock at (https?://\S+)", line)
        if found:
            return found.group(1)
    raise AssertionError("".join(lines))


@contextmanager
def mock(*options: str) -> Iterator[str]:
    """Run `caseiq-mock` on a free port and yield its base URL."""
    with mock_process(*options) as (_, base_url):
        yield base_url


@contextmanager
def mock_process(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `caseiq-mock` on a free port and yield its process and base URL."""
    command: Sequence[str] = [sys.executable, "-m", "mock_server", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        yield process, _address(process.stdout)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def ledger(folder: Path) -> list[dict[str, str]]:
    """Return the lines of the ledger that a run wrote in a folder."""
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
