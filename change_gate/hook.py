"""The command `caseiq-gate-hook [OPTION…] FILE…` for pre-commit: compares each file with its version in HEAD."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from change_gate.cli import run
from change_gate.decision import PASSED

SUFFIXES: Final = (".yaml", ".yml", ".json")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the gate for each file and exit with the highest exit code. pre-commit passes the files last."""
    options = list(sys.argv[1:] if arguments is None else arguments)
    files = []
    while options and options[-1].endswith(SUFFIXES):
        files.append(options.pop())
    codes = [run([f"HEAD:{file}", file, *options]) for file in reversed(files) if _exists_in_head(file)]
    sys.exit(max(codes, default=PASSED))


def _exists_in_head(file: str) -> bool:
    """Return False for a new file, which breaks no client."""
    command = ("git", "cat-file", "-e", f"HEAD:{file}")
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
