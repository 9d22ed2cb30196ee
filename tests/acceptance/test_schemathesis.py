"""`schemathesis run` with the suite's checks, as the README shows it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.processes import TOKEN, Ended, mock

PROJECT = Path(__file__).parents[2]


def run(base_url: str) -> Ended:
    """A short run over one operation."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", "spec/caseiq-openapi.yaml"),
            *("--url", base_url, "-H", f"Authorization: Bearer {TOKEN}", "--max-examples", "3"),
            *("--include-operation-id", "getCase", "--phases", "fuzzing", "--seed", "1"),
        ],
        cwd=PROJECT,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "contract_tests.checks"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def test_it_finds_nothing_at_the_mock() -> None:
    with mock() as base_url:
        ended = run(base_url)
    assert ended.status == 0, ended.text


def test_it_tells_what_only_the_suites_checks_see() -> None:
    with mock("--fault", "trace-of-python") as base_url:
        ended = run(base_url)
    assert ended.status == 1, ended.text
    assert "ERRORS-QUIET: expected an error body without a stack trace" in ended.text
