"""The HAR archive gets the exchanges of failed tests, within a limit."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import report_samples as samples

from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner import exchange_log
from contract_tests.runner.exchange_log import ExchangeLog

EXCHANGES = [samples.exchange("GET", f"/case/{number}", at=number) for number in range(3)]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ExchangeLog]:
    log = ExchangeLog(tmp_path / "report", "main")
    yield log
    log.close()


def logged(log: ExchangeLog, folder: Path) -> list[str]:
    log.close()
    return [one["url"].rpartition("/")[2] for one in ExchangeLog.read_all(folder / "report")]


def test_passed_test_adds_nothing(log: ExchangeLog, tmp_path: Path) -> None:
    log.add([Finding("SCHEMA", Verdict.PASSED, "t")], EXCHANGES)
    assert logged(log, tmp_path) == []


def test_failed_test_adds_each_exchange_once(log: ExchangeLog, tmp_path: Path) -> None:
    finding = samples.failed("SCHEMA", exchanges=(EXCHANGES[1].evidence,))
    log.add([finding], EXCHANGES)
    assert logged(log, tmp_path) == ["0", "1", "2"]


def test_requirement_adds_only_its_first_tests(log: ExchangeLog, tmp_path: Path) -> None:
    for _ in range(5):
        log.add([samples.failed("SCHEMA", exchanges=())], EXCHANGES[:1])
    assert logged(log, tmp_path) == ["0"] * exchange_log.MOST_TESTS


def test_size_is_limited(log: ExchangeLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_left", 2000)
    log.add([samples.failed("SCHEMA", exchanges=())], EXCHANGES)
    assert 0 < len(logged(log, tmp_path)) < len(EXCHANGES)


def test_only_the_owner_can_read_the_file(log: ExchangeLog, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_full_disk_costs_only_what_does_not_fit(
    log: ExchangeLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        """A file on a disk that holds one line and a half."""

        def __init__(self, file: Any) -> None:
            self.file = file
            self.lines = 0

        def write(self, line: str) -> None:
            self.lines += 1
            self.file.write(line if self.lines < 2 else line[: len(line) // 2])
            if self.lines > 1:
                raise OSError(errno.ENOSPC, "No space left on device")

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    monkeypatch.setattr(log, "_part", Full(log._part))
    for _ in range(2):
        log.add([samples.failed("SCHEMA", exchanges=())], EXCHANGES)
    assert "No space left" in str(log.failure)
    assert logged(log, tmp_path) == ["0"]
