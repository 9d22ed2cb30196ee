"""The start of a run: a session that does not start leaves nothing on the target."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.processes import Ended, mock, suite

ROOT = Path(__file__).parents[2]
QUICK = "--hypothesis-profile=quick"
INTERRUPTED = 2
BROKEN = "import no_such_module\n"
INTERRUPTING = "def pytest_collection_modifyitems():\n    raise KeyboardInterrupt\n"


def run_without_cases(folder: Path, *arguments: str) -> Ended:
    """Run the suite against the mock; it must not create a case."""
    with mock() as base_url:
        ended = suite("--base-url", base_url, QUICK, *arguments, cwd=folder)
    assert not (folder / "ledger.jsonl").exists(), ended.text
    assert "Traceback" not in ended.text, ended.text
    return ended


@pytest.mark.parametrize(
    ("processes", "status"), [([], INTERRUPTED), (["-n", "2"], 1)], ids=["one process", "two"]
)
def test_collection_error_is_reported_and_stops_the_run(
    tmp_path: Path, processes: list[str], status: int
) -> None:
    (tmp_path / "test_own.py").write_text(BROKEN)
    with mock() as base_url:
        ended = suite("--base-url", base_url, QUICK, "test_own.py", *processes, cwd=tmp_path)
    assert ended.status == status, ended.text
    assert "No module named 'no_such_module'" in ended.text
    assert "AttributeError" not in ended.text
    if not processes:
        assert not (tmp_path / "ledger.jsonl").exists()


def test_interrupted_collection_creates_no_case(tmp_path: Path) -> None:
    (tmp_path / "interrupting.py").write_text(INTERRUPTING)
    ended = run_without_cases(tmp_path, "-p", "interrupting")
    assert ended.status == INTERRUPTED, ended.text


def test_budget_too_small_for_the_processes_stops_the_run(tmp_path: Path) -> None:
    ended = run_without_cases(tmp_path, "-n", "2", "--max-cases", "2")
    assert ended.status == pytest.ExitCode.USAGE_ERROR, ended.text
    assert "--max-cases 2 is too few for 2 processes" in ended.text
    assert "allow 3, or use a smaller -n" in ended.text


def test_budget_named_in_the_message_is_sufficient(tmp_path: Path) -> None:
    with mock() as base_url:
        ended = suite(
            *("--base-url", base_url, QUICK, "-n", "2", "--max-cases", "3", "--requirement", "CREATE-STATUS"),
            cwd=tmp_path,
        )
    assert ended.status == 0, ended.text


def test_pytest_without_the_plugin_names_the_remedy() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR, ended.stdout
    assert "pip install -e ." in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
