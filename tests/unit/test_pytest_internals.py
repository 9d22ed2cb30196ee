"""The private names of pytest that the suite uses still do what the suite needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.runner import pytest_internals

FILE = """
import pytest

@pytest.fixture
def number(made=[]):
    made.append(len(made))
    return made[-1]

def test_number(number, record_property):
    record_property("number", number)
"""


class Repeating:
    """Runs the phases of each test twice, and keeps the reports."""

    def __init__(self) -> None:
        self.reports: list[pytest.TestReport] = []
        self.listed: dict[str, list[Any]] = {}
        self.showed_files = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        for _ in range(2):
            self.reports += pytest_internals.run_phases(item, nextitem)
        return True

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        pytest_internals.hide_progress(terminalreporter)
        self.showed_files = terminalreporter.showfspath
        before = pytest_internals.replace_listed_reports(terminalreporter, {"failed": ["a report"]})
        self.listed = pytest_internals.replace_listed_reports(terminalreporter, before)


@pytest.fixture
def repeating(tmp_path: Path) -> Repeating:
    plugin = Repeating()
    (tmp_path / "test_file.py").write_text(FILE)
    options = (
        "-p",
        "no:cacheprovider",
        "-p",
        "no:unraisableexception",
        "--assert=plain",
        f"--rootdir={tmp_path}",
    )
    pytest.main([str(tmp_path / "test_file.py"), "-q", *options], plugins=[plugin])
    return plugin


def test_repeated_phases_use_new_fixtures(repeating: Repeating) -> None:
    assert [one.when for one in repeating.reports] == ["setup", "call", "teardown"] * 2
    properties = [one.user_properties for one in repeating.reports if one.when == "call"]
    assert properties[1][-1] == ("number", 1)


def test_listed_reports_can_be_replaced(repeating: Repeating) -> None:
    assert repeating.listed == {"failed": ["a report"]}


def test_progress_can_be_hidden(repeating: Repeating) -> None:
    assert repeating.showed_files is False


def test_terminal_reporter_prints_file_names_by_attribute(pytestconfig: pytest.Config) -> None:
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        pytest.skip("this session has no terminal reporter")
    assert isinstance(type(reporter).showfspath, property)


MODULES = """
import pytest

@pytest.fixture(scope="module", autouse=True)
def module():
    yield
    print("\\nended %s")

def test_first(): pass
def test_second(): pass
"""


class LeavingOut:
    """Leaves out the second test of each module."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if item.name != "test_second":
            return None
        pytest_internals.leave_out(item, nextitem)
        return True


def test_fixtures_end_with_a_test_that_is_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text(MODULES % name)
    options = ("-s", "-p", "no:cacheprovider", "-p", "no:unraisableexception", f"--rootdir={tmp_path}")
    assert pytest.main([str(tmp_path), *options], plugins=[LeavingOut()]) == pytest.ExitCode.OK
    assert [line for line in capfd.readouterr().out.splitlines() if line.startswith("ended")] == [
        "ended a",
        "ended b",
    ]
