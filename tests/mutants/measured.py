"""Measurement of the lines that each test executes, and of its processor time."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

import coverage
import pytest

from mutants.changes import ROOT, Mutant

TESTS: Final = ("unit", "gate")
OPTIONS: Final = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow")
LONGEST: Final = 20.0  # seconds of the tests of one mutant, as measured
AT_IMPORT: Final = ""  # coverage's context outside of all tests


@dataclass(frozen=True)
class Measured:
    """The processor time of each test, and the tests that execute each line of each file, as indices into `names`."""

    names: Sequence[str]
    seconds: Mapping[str, float]
    files: Mapping[str, Mapping[str, Sequence[int]]]

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the names of the tests to try on a mutant, the fastest first.

        They execute its line. If it runs at import, every test that executes a line of its file may detect it. The
        slowest of many tests are left out.
        """
        lines = self.files.get(mutant.path, {})
        chosen = lines.values() if mutant.at_import else [lines.get(str(mutant.line), ())]
        names = {self.names[number] for line in chosen for number in line} - {AT_IMPORT}
        ordered = sorted(names, key=lambda name: self.seconds.get(name, 0.0))
        total = accumulate(self.seconds.get(name, 0.0) for name in ordered)
        return [name for name, until in zip(ordered, total, strict=True) if until <= LONGEST]

    def runs_at_import(self, mutant: Mutant) -> bool:
        """Return True if the line of the mutant is executed before the first test starts."""
        numbers = self.files.get(mutant.path, {}).get(str(mutant.line), ())
        return mutant.at_import or any(self.names[number] == AT_IMPORT for number in numbers)

    def seconds_of(self, mutant: Mutant) -> float:
        """Return the processor time that the tests of a mutant take without it."""
        return sum(self.seconds.get(name, 0.0) for name in self.tests_of(mutant))


class _Recorder:
    """Plugin that names the running test to coverage, and records its processor time."""

    def __init__(self, measurement: coverage.Coverage) -> None:
        self._measurement = measurement
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._measurement.switch_context(item.nodeid)
        start = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.process_time() - start
            self._measurement.switch_context(AT_IMPORT)


def measure(file: Path) -> bool:
    """Run all tests, write the result to a file, and return True if all passed."""
    packages = ["contract_tests", "mock_server", "change_gate"]
    measurement = coverage.Coverage(data_file=None, config_file=False, source_pkgs=packages)
    recorder = _Recorder(measurement)
    measurement.start()
    status = pytest.main([*OPTIONS, *TESTS], plugins=[recorder])
    measurement.stop()
    data = measurement.get_data()
    numbers = {name: number for number, name in enumerate(sorted(data.measured_contexts()))}
    files = {
        str(Path(path).relative_to(ROOT)): {
            line: [numbers[name] for name in names] for line, names in data.contexts_by_lineno(path).items()
        }
        for path in data.measured_files()
    }
    file.write_text(json.dumps([list(numbers), recorder.seconds, files]), encoding="utf-8")
    return status == pytest.ExitCode.OK


def read(file: Path) -> Measured:
    """Return the result of `measure`."""
    return Measured(*json.loads(file.read_text(encoding="utf-8")))
