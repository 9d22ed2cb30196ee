"""`schemathesis run` with the suite's checks, as in the README."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.processes import TOKEN, Ended, mock

from mock_server import Mock
from mock_server.adapters.thread import serving

PROJECT = Path(__file__).parents[2]
READ_ONLY = ("--include-operation-id", "getCase")


def run(base_url: str, phase: str, *selection: str) -> Ended:
    """Run Schemathesis' command with few examples."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", "spec/caseiq-openapi.yaml"),
            *("--url", base_url, "-H", f"Authorization: Bearer {TOKEN}", "--max-examples", "20"),
            *("--phases", phase, "--seed", "1", *selection),
        ],
        cwd=PROJECT,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "contract_tests.checks"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def test_mock_passes() -> None:
    with mock() as base_url:
        ended = run(base_url, "fuzzing", *READ_ONLY)
    assert ended.status == 0, ended.text


def test_failure_of_a_suite_check_is_reported() -> None:
    with mock("--fault", "trace-of-python") as base_url:
        ended = run(base_url, "fuzzing", *READ_ONLY)
    assert ended.status == 1, ended.text
    assert "ERRORS-QUIET: expected an error body without a stack trace" in ended.text


def test_stateful_run_follows_links_to_a_transition() -> None:
    served = Mock()
    with serving(served.handle) as base_url:
        ended = run(base_url, "stateful", "--include-path-regex", "^/case")
    assert ended.status == 0, ended.text
    succeeded = {
        entry["request"]["path"] for entry in served.journal.read() if entry["response"]["status"] == 200
    }
    assert any(path.endswith("/transition") for path in succeeded)
