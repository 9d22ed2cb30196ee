"""The examples in docs/examples, each run as its reader would run it."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.parametrize("library", ["httpx", "aiohttp", "unittest"])
def test_example_passes(library: str, tmp_path: Path) -> None:
    if find_spec(library) is None:
        pytest.skip(f"needs {library}")
    example = tmp_path / f"test_with_{library}.py"
    example.write_text((EXAMPLES / example.name).read_text())
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", example.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_unittest_example_runs_without_pytest(tmp_path: Path) -> None:
    example = EXAMPLES / "test_with_unittest.py"
    done = subprocess.run(
        [sys.executable, str(example)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.rstrip().endswith("OK"), done.stderr


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("test_*.py")} == {
        f"test_with_{library}" for library in ("httpx", "aiohttp", "unittest")
    }
