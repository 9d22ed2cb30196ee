"""Findings and counts of a session, added up over its processes, for the summary and the reports."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contract_tests.client.session import RecordingSession
from contract_tests.results.collector import Run
from contract_tests.results.observations import merged
from contract_tests.results.verdicts import Finding


@dataclass
class Counted:
    """Counts of one process. `ledger`: its created cases; `reduced`: requirements that got fewer examples."""

    requests: int = 0
    created: int = 0
    observations: dict[str, dict[str, str]] = field(default_factory=dict)
    ledger: list[dict[str, str]] = field(default_factory=list)
    reduced: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def counted(run: Run) -> Counted:
    """Return the counts of a run so far."""
    rate = run.api.session.pace.learned_rate
    if rate is not None:
        run.observer.note("rate-limit", f"the run slowed down to {rate:.2g} requests a second (--rate-limit)")
    return replace(
        of_session(run.api.session),
        observations=_masked(run.observer.observations(), run.mask),
        reduced=sorted(run.reduced),
    )


def of_session(session: RecordingSession) -> Counted:
    """Return the numbers of requests and cases of a client."""
    return Counted(session.requests_sent, session.ledger.created, ledger=list(session.ledger.entries))


@dataclass
class Outcome:
    """A session's findings, with what its processes counted, and what became of the reports.

    - `asked`: the requirements that the run selected; all if it is empty
    - `spread`: the checks ran in several processes
    - `left_out`: what the profile leaves out, in words
    - `repeat`: the command that repeats the run
    - `changes`: the lines of the comparison with an earlier report; `worse` if that fails the run
    - `scripts`: why a failed requirement has no script; empty if it has one
    - `replays`: the result of each replay that did not return the responses of the run
    - `interrupted`: the run ended before the last check
    - `problems`: parts of the report that could not be written
    - `advice`: remedies for failures that may be a property of the tenant
    """

    findings: list[Finding] = field(default_factory=list)
    asked: Collection[str] = ()
    total: Counted = field(default_factory=Counted)
    target: str = ""
    is_embedded: bool = False
    run_id: str = ""
    budget: int | None = None
    left_out: str = ""
    repeat: str = ""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    written: list[Path] = field(default_factory=list)
    deployment_file: Path | None = None
    changes: list[str] = field(default_factory=list)
    worse: bool = False
    scripts: dict[str, str] = field(default_factory=dict)
    replays: dict[str, str] = field(default_factory=dict)
    confirmed: int = 0
    spread: bool = False
    interrupted: bool = False
    stop_reason: str = ""
    problems: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)

    def mask(self, mask: Callable[[str], str]) -> None:
        """Mask all texts again: a secret may have been learnt after a text was recorded, or by another process."""
        self.findings[:] = [finding.masked(mask) for finding in self.findings]
        self.total.observations = _masked(self.total.observations, mask)
        self.repeat = mask(self.repeat)

    def add(self, part: Counted) -> None:
        """Add what one process counted."""
        total = self.total
        total.requests += part.requests
        total.created += part.created
        for id_, one in part.observations.items():
            known = total.observations.get(id_)
            total.observations[id_] = one if known is None else merged(id_, known, one)
        total.ledger += part.ledger
        total.reduced = sorted({*total.reduced, *part.reduced})


def _masked(observations: dict[str, dict[str, str]], mask: Callable[[str], str]) -> dict[str, dict[str, str]]:
    return {id_: {**one, "text": mask(one["text"])} for id_, one in observations.items()}
