"""Publishes a session's outcome: the reports that were asked for, and what changed since an earlier one.

Joins the run's data to the report's forms. Knows no pytest.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Final

from contract_tests.api import CaseApi
from contract_tests.credentials import bearer
from contract_tests.exchange import Exchange, evidence
from contract_tests.options import Options
from contract_tests.outcome import Outcome
from contract_tests.report import compare, document, stories
from contract_tests.report.write import write
from contract_tests.run import verdicts
from contract_tests.verdicts import each_text

SHOWN_VERSIONS: Final = ("caseiq-contract-suite", "schemathesis", "hypothesis", "pytest", "requests")
PART: Final = ".exchanges-{}.ndjson"


class Keeper:
    """Keeps each exchange of one process on disk, without secrets, until the report is made."""

    def __init__(self, api: CaseApi, folder: Path, process: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._api = api
        self._part: IO[str] = (folder / PART.format(process)).open("w", encoding="utf-8")

    def __call__(self, exchange: Exchange) -> None:
        told = evidence(exchange, self._api.session.base_url, self._api.session.secrets)
        self._part.write(json.dumps(told) + "\n")

    def close(self) -> None:
        self._part.close()


def publish(outcome: Outcome, options: Options, api: CaseApi) -> None:
    """Compare with an earlier report and write this one, as the options ask.

    Raises document.UnreadableDocument for an earlier report that cannot be read, OSError where the folder cannot
    be written.
    """
    made = _document(outcome, options, api.session.secrets.mask)
    if options.compare is not None:
        comparison = compare.compare(document.load(options.compare), made)
        outcome.changes = list(compare.lines(comparison))
        outcome.newly_failing = bool(comparison.newly_failing)
    if options.report_dir is not None:
        scripts = _stories(made, options, api)
        exchanges = _exchanges(options.report_dir, api.session.secrets.mask)
        outcome.written = write(made, options.report_dir, exchanges, scripts)


def _stories(made: document.Document, options: Options, api: CaseApi) -> Mapping[str, str]:
    """The scripts that tell what failed again, each replayed before it is written.

    A replay creates cases that stand in no ledger, so beyond loopback, or under a budget, no story is replayed, and
    none is written. A story is told with a bearer token.
    """
    token = api.credentials.token()
    beyond = options.allow_writes or options.max_cases is not None or options.read_only is not None
    if beyond or not token or api.credentials.present(token) != bearer(token) or not api.session.has_sockets:
        return {}
    return stories.proven(
        made, api.session.base_url, token, str(options.ca_bundle) if options.ca_bundle else None
    )


def _document(outcome: Outcome, options: Options, mask: Callable[[str], str]) -> document.Document:
    finished = datetime.now(UTC)
    deployment = options.deployment_file.read_text(encoding="utf-8") if options.deployment_file else None
    return document.build(
        verdicts(outcome.findings, options.deployment.disabled),
        run={
            "id": outcome.run_id,
            "started": outcome.started.isoformat(timespec="seconds"),
            "finished": finished.isoformat(timespec="seconds"),
            "seconds": round((finished - outcome.started).total_seconds(), 1),
            "target": outcome.target,
            "level": options.level.value,
            "profile": options.profile,
            "repeat": outcome.repeat,
            "versions": {name: version(name) for name in SHOWN_VERSIONS},
            "environment": {"python": platform.python_version(), "platform": sys.platform},
            "deployment": {"file": str(options.deployment_file), "content": mask(deployment)}
            if deployment
            else None,
            "read_only": options.read_only is not None,
        },
        counts={"requests": outcome.total.requests, "cases": outcome.total.created},
        observations=[
            {"id": id_, "title": one["title"], "text": one["text"]}
            for id_, one in sorted(outcome.total.observations.items())
        ],
        ledger=[
            {"run": one["run"], "time": one["time"], "test": one["test"], "id": one["id"], "url": one["url"]}
            for one in outcome.total.ledger
        ],
    )


def _exchanges(folder: Path, mask: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    """All exchanges that the run's processes kept, masked once more; their parts are gone afterwards."""
    for part in sorted(folder.glob(PART.format("*"))):
        with part.open(encoding="utf-8") as lines:
            yield from (each_text(json.loads(line), mask) for line in lines)
        part.unlink()
