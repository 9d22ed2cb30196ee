"""The reports of a run, and the comparison with an earlier one, as the options ask for them."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from contract_tests.client.api import CaseApi
from contract_tests.contract.deployment import Deployment
from contract_tests.report import compare, deployment_file, document
from contract_tests.report.files import SCRIPTS, script_path, write
from contract_tests.report.isolation import isolated
from contract_tests.report.replay.run import Replay, replay
from contract_tests.report.replay.script import scripts
from contract_tests.results.decisions import verdicts
from contract_tests.results.summary import Counted, Outcome
from contract_tests.results.verdicts import Verdict, each_text
from contract_tests.runner.exchange_log import ExchangeLog
from contract_tests.runner.options import Options

SHOWN_VERSIONS: Final = ("caseiq-contract-suite", "schemathesis", "hypothesis", "pytest", "requests")


def publish(
    outcome: Outcome,
    options: Options,
    deployment: Deployment,
    api: CaseApi,
    replay_obstacle: Callable[[], str],
) -> None:
    """Compare with an earlier report and write this one, as the options ask.

    Whatever goes wrong is added to the problems of the outcome. `replay_obstacle` returns the reason why
    scripts are not replayed.
    """
    if options.write_deployment is not None:
        with isolated(str(options.write_deployment), outcome.problems):
            outcome.deployment_file = _write_deployment(options.write_deployment, outcome, deployment, api)
    if options.compare is None and options.report_dir is None:
        return
    replays: Mapping[str, Replay] = {}
    if options.report_dir is not None:
        with isolated("reproduction scripts", outcome.problems):
            replays = _replays(outcome, deployment, api, replay_obstacle)
    report = _document(outcome, options, deployment, replays, api.session.secrets.mask)
    if options.compare is not None:
        comparison = compare.compare(options.compare, report)
        outcome.changes = compare.lines(comparison)
        outcome.worse = comparison.is_worse
    if options.report_dir is not None:
        texts = {id_: one.text for id_, one in replays.items() if one.text}
        exchanges = (
            each_text(one, api.session.secrets.mask) for one in ExchangeLog.read_all(options.report_dir)
        )
        outcome.written = write(report, options.report_dir, exchanges, texts, outcome.problems)
        ExchangeLog.remove_all(options.report_dir)


def _write_deployment(path: Path, outcome: Outcome, deployment: Deployment, api: CaseApi) -> Path:
    found = verdicts(outcome.findings, deployment.disabled)
    facts = deployment_file.Facts(
        base_url=None if outcome.is_embedded else outcome.target,
        scheme=api.credentials.scheme,
        observations=outcome.total.observations,
        failed={
            id_: next(one.actual for one in findings if one.verdict is Verdict.FAILED)
            for id_, (verdict, findings) in found.items()
            if verdict is Verdict.FAILED
        },
        run_id=outcome.run_id,
    )
    return deployment_file.write(path, deployment, facts, api.session.secrets.mask)


def _replays(
    outcome: Outcome, deployment: Deployment, api: CaseApi, replay_obstacle: Callable[[], str]
) -> Mapping[str, Replay]:
    """Replay the reproduction scripts, and add their requests and cases to the outcome."""
    session = api.session
    requests, created = session.requests_sent, session.ledger.created
    entries = len(session.ledger.entries)
    found = scripts(
        verdicts(outcome.findings, deployment.disabled),
        outcome.target,
        (line["id"] for line in outcome.total.ledger),
    )
    replays = replay(found, api, SCRIPTS, replay_obstacle)
    outcome.add(
        Counted(
            requests=session.requests_sent - requests,
            created=session.ledger.created - created,
            ledger=session.ledger.entries[entries:],
        )
    )
    outcome.scripts = {id_: one.reason for id_, one in replays.items()}
    outcome.replays = {id_: "" if one.is_confirmed else one.result for id_, one in replays.items()}
    outcome.confirmed = sum(one.is_confirmed for one in replays.values())
    return replays


def _document(
    outcome: Outcome,
    options: Options,
    deployment: Deployment,
    replays: Mapping[str, Replay],
    mask: Callable[[str], str],
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
        counts={"requests": outcome.total.requests, "cases": outcome.total.created},
        observations=[
            {"id": id_, "title": one["title"], "text": one["text"]}
            for id_, one in sorted(outcome.total.observations.items())
        ],
        ledger=[
            {"run": one["run"], "time": one["time"], "test": one["test"], "id": one["id"], "url": one["url"]}
            for one in outcome.total.ledger
        ],
        scripts={
            id_: {
                "script": script_path(id_) if one.text else "",
                "no_script": one.reason,
                "script_variables": list(one.variables),
                "replay": one.result,
            }
            for id_, one in replays.items()
        },
    )
