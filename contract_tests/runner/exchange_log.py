"""The exchanges that explain the failures of a run, in a file for each process until the HAR archive is written."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from contract_tests.client.exchange import Exchange
from contract_tests.results.verdicts import Finding, Verdict

PART: Final = ".exchanges-{}.ndjson"
MOST_BYTES: Final = 4_000_000  # for each process
MOST_TESTS: Final = 3  # for each requirement; more tests would show the same failure


class ExchangeLog:
    """A file with the exchanges of the tests that failed in one process, without secrets."""

    def __init__(self, folder: Path, process: str) -> None:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        self._part: IO[str] = open(  # noqa: SIM115 - closed by `close`
            folder / PART.format(process),
            "w",
            encoding="utf-8",
            opener=lambda name, flags: os.open(name, flags, 0o600),
        )
        self._left = MOST_BYTES
        self.failure: OSError | None = None  # why the file lacks exchanges
        self._tests: Counter[str] = Counter()

    def add(self, findings: Sequence[Finding], trace: Iterable[Exchange]) -> None:
        """Add the exchanges of a test if it failed or ended in an error."""
        broken = [one for one in findings if one.verdict in (Verdict.FAILED, Verdict.ERROR)]
        wanted = [one for one in broken if self._tests[one.requirement] < MOST_TESTS]
        if not wanted:
            return
        self._tests.update(one.requirement for one in wanted)
        entries = [entry for one in wanted for entry in one.exchanges]
        entries += [exchange.evidence for exchange in trace]
        # The evidence of an exchange is made once, so that the same exchange is the same object.
        for entry in sorted({id(one): one for one in entries}.values(), key=lambda one: one["started"]):
            line = json.dumps(entry) + "\n"
            if len(line) <= self._left:
                self._left -= len(line)
                self._write(line)

    def close(self) -> None:
        with self._noting_failure():
            self._part.close()

    def _write(self, line: str) -> None:
        with self._noting_failure():
            self._part.write(line)
            self._part.flush()

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        """Write no more if the disk is full: this costs the archive, not the run."""
        try:
            yield
        except OSError as error:
            self.failure = self.failure or error
            self._left = 0

    @staticmethod
    def read_all(folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the exchanges of all processes."""
        for part in sorted(folder.glob(PART.format("*"))):
            with part.open(encoding="utf-8") as lines:
                yield from map(json.loads, (line for line in lines if line.endswith("\n")))

    @staticmethod
    def remove_all(folder: Path) -> None:
        """Remove the files of all processes, also of a run that was killed."""
        for part in folder.glob(PART.format("*")):
            part.unlink()
