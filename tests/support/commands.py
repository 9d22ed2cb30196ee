"""Runs of the command `caseiq-mock` with its printed lines."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

COMMAND = [sys.executable, "-m", "mock_server"]


@contextmanager
def running_command(*options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the command on a free port, and return its first lines."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        lines = [process.stdout.readline().rstrip()]
        lines += [process.stdout.readline().rstrip() for _ in range(2 if "--no-auth" in options else 3)]
        yield process, lines
    finally:
        process.kill()
        process.communicate()


def base_url(lines: list[str]) -> str:
    found = re.search(r"https?://\S+", lines[0])
    assert found, lines
    return found.group()


def control_url(lines: list[str], path: str) -> str:
    return lines[-1].removeprefix("Console: ").partition("/#")[0] + path


def control_token(lines: list[str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {lines[-1].partition('#token=')[2]}"}


def run_command(*options: str) -> tuple[int, str, str]:
    """Return exit status, stdout and stderr of a command that ends by itself."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr
