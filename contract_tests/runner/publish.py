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

from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import Deployment
from contract_tests.report import compare, document
from contract_tests.report.files import STORIES, write
from contract_tests.report.replay import run, script
from contract_tests.results.collector import verdicts
from contract_tests.results.summary import Counted, Outcome
from contract_tests.results.verdicts import each_text
from contract_tests.runner.options import Options
from contract_tests.text import render

SHOWN_VERSIONS: Final = ("caseiq-contract-suite", "schemathesis", "hypothesis", "pytest", "requests")
PART: Final = ".exchanges-{}.ndjson"


class ExchangeLog:
    """Keeps each exchange of one process on disk, without secrets, until the report is made."""

    def __init__(self, folder: Path, process: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._part: IO[str] = (folder / PART.format(process)).open("w", encoding="utf-8")

    def __call__(self, exchange: Exchange) -> None:
        self._part.write(json.dumps(exchange.evidence) + "\n")

    def close(self) -> None:
        self._part.close()

    @staticmethod
    def remove_all(folder: Path) -> None:
        """Remove the files of a run that was killed."""
        for part in folder.glob(PART.format("*")):
            part.unlink()


def publish(outcome: Outcome, options: Options, deployment: Deployment, api: CaseApi) -> None:
    """Compare with an earlier report and write this one, as the options ask.

    Raises OSError where the folder cannot be written.
    """
    made = _document(outcome, options, deployment, api.session.secrets.mask)
    if options.compare is not None:
        comparison = compare.compare(options.compare, made)
        outcome.changes = list(compare.lines(comparison))
        outcome.worse = comparison.worse
    if options.report_dir is not None:
        written = _stories(made, outcome, api) if not outcome.interrupted else {}
        again = api.session.secrets.mask if outcome.spread else render
        exchanges = _exchanges(options.report_dir, again)
        outcome.written = write(made, options.report_dir, exchanges, written)


def _stories(made: document.Document, outcome: Outcome, api: CaseApi) -> Mapping[str, str]:
    """The scripts that tell again what failed; the document says of each whether there is one, and what it cost."""
    session = api.session
    requests, created = session.requests_sent, session.ledger.created
    entries = len(session.ledger.entries)
    told = run.replays(script.scripts(made), api)
    outcome.add(
        Counted(
            requests=session.requests_sent - requests,
            created=session.ledger.created - created,
            ledger=session.ledger.entries[entries:],
        )
    )
    outcome.stories = {id_: one.reason for id_, one in told.items()}
    for requirement in made["requirements"]:
        one = told.get(requirement["id"], run.Replay())
        requirement["script"] = f"{STORIES}/{requirement['id']}.sh" if one.text else ""
        requirement["no_script"] = one.reason
    made["counts"] = _counts(outcome)
    made["ledger"] = _ledger(outcome)
    return {id_: one.text for id_, one in told.items() if one.text}


def _counts(outcome: Outcome) -> document.Counts:
    return {"requests": outcome.total.requests, "cases": outcome.total.created}


def _ledger(outcome: Outcome) -> list[document.LedgerLine]:
    return [
        {"run": one["run"], "time": one["time"], "test": one["test"], "id": one["id"], "url": one["url"]}
        for one in outcome.total.ledger
    ]


def _document(
    outcome: Outcome, options: Options, deployment: Deployment, mask: Callable[[str], str]
) -> document.Document:
    finished = datetime.now(UTC)
    file = options.deployment_file.read_text(encoding="utf-8") if options.deployment_file else None
    return document.build(
        verdicts(outcome.findings, deployment.disabled),
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
            "deployment": {"file": str(options.deployment_file), "content": mask(file)} if file else None,
            "read_only": options.read_only is not None,
            "interrupted": outcome.interrupted,
        },
        counts=_counts(outcome),
        observations=[
            {"id": id_, "title": one["title"], "text": one["text"]}
            for id_, one in sorted(outcome.total.observations.items())
        ],
        ledger=_ledger(outcome),
    )


def _exchanges(folder: Path, mask: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    """All exchanges that the run's processes kept, masked once more; their parts are gone afterwards."""
    for part in sorted(folder.glob(PART.format("*"))):
        with part.open(encoding="utf-8") as lines:
            yield from (each_text(json.loads(line), mask) for line in lines)
        part.unlink()
