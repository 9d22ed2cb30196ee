"""A progress bar on standard error: requirements done, requests, cases, the time left, and the current wait.

There is no bar if standard error is not a terminal. The controller of pytest-xdist adds up the counts of its workers.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import IO, Final, NamedTuple

import pytest

from contract_tests.client.session import RecordingSession
from contract_tests.results.verdicts import Finding
from contract_tests.runner import xdist_internals
from contract_tests.runner.plan import duration

REDRAW_INTERVAL: Final = 0.2  # seconds
CLEAR: Final = "\r\x1b[K"
WIDTH: Final = 20
ENOUGH_REQUESTS: Final = 20


class Counts(NamedTuple):
    """The progress of one process."""

    requests: int
    cases: int
    waits_for: str = ""


def counts_of(session: RecordingSession) -> Counts:
    """Return the progress of the process that uses this session."""
    return Counts(session.requests_sent, session.ledger.created, session.waits_for)


class Progress:
    """One line on standard error, redrawn by a thread at regular intervals."""

    def __init__(self, config: pytest.Config) -> None:
        in_worker = bool(xdist_internals.worker_input(config))
        wanted = config.getoption("verbose", 0) <= 0 and os.environ.get("TERM") != "dumb"
        self.shown = sys.stderr.isatty() and not in_worker and wanted
        # pytest captures standard error while a check runs; a duplicate of the descriptor is not captured.
        self._stream: IO[str] | None = os.fdopen(os.dup(sys.stderr.fileno()), "w") if self.shown else None
        self.counts: Callable[[], Counts] = self._sum_of_workers
        self._worker_counts: dict[str, Counts] = {}
        self._budget: int | None = None
        self._expected_requests: int | None = None
        self._started = 0.0
        self._expected: Collection[str] = ()
        self._done: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._redraw, daemon=True)

    def start(
        self,
        requirements: Collection[str],
        budget: int | None,
        requests: int | None = None,
        session: RecordingSession | None = None,
    ) -> None:
        """Start drawing. Without a session, other processes run the checks. `requests` is their expected number."""
        self._expected, self._budget, self._expected_requests = requirements, budget, requests
        self._started = time.monotonic()
        if session is not None:
            self.counts = lambda: counts_of(session)
        if self.shown:
            self._thread.start()

    def update_worker(self, process: str, counts: Counts) -> None:
        """Set the progress of another process."""
        self._worker_counts[process] = counts

    def _sum_of_workers(self) -> Counts:
        counts = list(self._worker_counts.values())
        return Counts(sum(one.requests for one in counts), sum(one.cases for one in counts))

    def update_findings(self, findings: Iterable[Finding]) -> None:
        """Set the findings so far; a requirement with a finding counts as done."""
        self._done = {finding.requirement for finding in findings}

    def stop(self) -> None:
        """Stop drawing, and remove the line."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)
            self._write(CLEAR)

    def _redraw(self) -> None:
        while not self._stopped.wait(REDRAW_INTERVAL):
            self._write(CLEAR + self.line()[: shutil.get_terminal_size().columns - 1])

    def line(self) -> str:
        """Return the current text of the line."""
        counts, done, expected = self.counts(), len(self._done), max(1, len(self._expected))
        full = WIDTH * min(done, expected) // expected
        budget = "" if self._budget is None else f" of at most {self._budget}"
        waits = f", waiting {counts.waits_for}" if counts.waits_for else ""
        return (
            f"[{'#' * full}{'.' * (WIDTH - full)}] {done}/{len(self._expected)} requirements, "
            f"{counts.requests} requests, {counts.cases} cases{budget}{self._time_left(counts)}{waits}"
        )

    def _time_left(self, counts: Counts) -> str:
        """Return the time left in words, once enough requests have shown how fast the target responds."""
        if self._expected_requests is None or counts.requests < ENOUGH_REQUESTS:
            return ""
        left = max(0, self._expected_requests - counts.requests)
        seconds = left * (time.monotonic() - self._started) / counts.requests
        return f", about {duration(seconds)} left" if left else ", almost done"

    def _write(self, text: str) -> None:
        assert self._stream is not None
        self._stream.write(text)
        self._stream.flush()
