"""Paths that are the value of an option."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CANNOT_START = 4


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with tests of its own, beside an empty folder `report`."""
    folder = tmp_path / "project"
    (folder / "checks").mkdir(parents=True)
    (tmp_path / "report").mkdir()
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["checks"]\n')
    (folder / "checks" / "test_one.py").write_text("def test_one(): ...\n")
    (folder / "test_other.py").write_text("def test_other(): ...\n")
    return folder


def run_pytest(folder: Path, *options: str) -> tuple[int, str]:
    """Run pytest without arguments but options, and return its exit code and output."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_path_of_an_option_keeps_the_configuration(project: Path) -> None:
    status, text = run_pytest(project, f"--report-dir={project.parent / 'report'}")
    assert status == 0, text
    assert "configfile: pyproject.toml" in text
    assert "1 passed" in text


def test_path_taken_for_a_path_to_tests_is_refused(project: Path) -> None:
    report = project.parent / "report"
    status, text = run_pytest(project, "--report-dir", str(report))
    assert status == CANNOT_START, text
    assert f"write --report-dir={report}" in text
