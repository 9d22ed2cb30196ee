"""A bar on the terminal while a run is under way: requirements done, requests, cases, and what it waits for.

Shows nothing where standard error is no terminal. Where the run is spread over processes, it adds up what they
tell. Decides nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Collection, Iterable
from typing import IO, Final, NamedTuple

import pytest

from contract_tests.client.session import RecordingSession
from contract_tests.results.verdicts import Finding

EVERY: Final = 0.2  # seconds
CLEAR: Final = "\r\x1b[K"
WIDTH: Final = 20


class Counts(NamedTuple):
    """What a process has done so far."""

    requests: int
    cases: int
    waits_for: str = ""


def counts_of(session: RecordingSession) -> Counts:
    return Counts(session.requests_sent, session.ledger.created, session.waits_for)


class Progress:
    """Redraws one line on standard error, by the clock, from a thread of its own."""

    def __init__(self, config: pytest.Config) -> None:
        in_worker = hasattr(config, "workerinput")
        told = config.getoption("verbose", 0) <= 0 and os.environ.get("TERM") != "dumb"
        self.shown = sys.stderr.isatty() and not in_worker and told
        # pytest captures what goes to standard error while a check runs; this door stays open.
        self._stream: IO[str] | None = os.fdopen(os.dup(sys.stderr.fileno()), "w") if self.shown else None
        self.counts: Callable[[], Counts] = self._added_up
        self._heard: dict[str, Counts] = {}
        self._budget: int | None = None
        self._wanted: Collection[str] = ()
        self._done: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._redraw, daemon=True)

    def start(
        self, wanted: Collection[str], budget: int | None, session: RecordingSession | None = None
    ) -> None:
        """The run begins; `wanted`: the requirements to be judged; without a `session` other processes judge."""
        self._wanted, self._budget = wanted, budget
        if session is not None:
            self.counts = lambda: counts_of(session)
        if self.shown:
            self._thread.start()

    def heard(self, process: str, counts: Counts) -> None:
        """What another process has done so far."""
        self._heard[process] = counts

    def _added_up(self) -> Counts:
        heard = list(self._heard.values())
        return Counts(sum(one.requests for one in heard), sum(one.cases for one in heard))

    def concluded(self, findings: Iterable[Finding]) -> None:
        """What has been found so far."""
        self._done = {finding.requirement for finding in findings}

    def stop(self) -> None:
        """The run is over: the line goes."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)
            self._write(CLEAR)

    def _redraw(self) -> None:
        while not self._stopped.wait(EVERY):
            self._write(CLEAR + self.line()[: shutil.get_terminal_size().columns - 1])

    def line(self) -> str:
        """The line as it reads now."""
        counts, done, wanted = self.counts(), len(self._done), max(1, len(self._wanted))
        full = WIDTH * min(done, wanted) // wanted
        budget = "" if self._budget is None else f" of at most {self._budget}"
        waits = f", waiting {counts.waits_for}" if counts.waits_for else ""
        return (
            f"[{'#' * full}{'.' * (WIDTH - full)}] {done}/{len(self._wanted)} requirements, "
            f"{counts.requests} requests, {counts.cases} cases{budget}{waits}"
        )

    def _write(self, text: str) -> None:
        assert self._stream is not None
        self._stream.write(text)
        self._stream.flush()
