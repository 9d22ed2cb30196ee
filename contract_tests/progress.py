"""A line on the terminal while a run is under way: requests, cases, requirements done, and what it waits for.

Shows nothing where standard error is no terminal. Decides nothing.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Iterable
from typing import Final

import pytest

from contract_tests.api import CaseApi
from contract_tests.verdicts import Finding

EVERY: Final = 0.2  # seconds
CLEAR: Final = "\r\x1b[K"


class Progress:
    """Redraws one line on standard error, by the clock, from a thread of its own."""

    def __init__(self, config: pytest.Config) -> None:
        in_worker = hasattr(config, "workerinput")
        self.shown = sys.stderr.isatty() and not in_worker and config.getoption("verbose", 0) <= 0
        self._api: CaseApi | None = None
        self._wanted: Collection[str] = ()
        self._done: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._redraw, daemon=True)
        self._stream = sys.__stderr__

    def start(self, api: CaseApi, wanted: Collection[str]) -> None:
        """The run begins; `wanted` are the requirements that its checks verify."""
        self._api, self._wanted = api, wanted
        if self.shown:
            self._thread.start()

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
            self._write(CLEAR + self.line())

    def line(self) -> str:
        """The line as it reads now."""
        assert self._api is not None
        session = self._api.session
        budget = "" if session.ledger.budget is None else f" of at most {session.ledger.budget}"
        waits = f", waiting {session.waits_for}" if session.waits_for else ""
        return (
            f"{session.requests_sent} requests, {session.ledger.created} cases{budget}, "
            f"{len(self._done)}/{len(self._wanted)} requirements{waits}"
        )

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()
