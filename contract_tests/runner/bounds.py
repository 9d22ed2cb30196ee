"""The permission to write and the budget of cases, resolved once into RunSettings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from contract_tests.client.connections import SECONDS, SIZE, Bounds
from contract_tests.client.target import RunSettings, Target, is_loopback
from contract_tests.contract.deployment import Deployment
from contract_tests.profiles import BRIEF, BRIEF_CASES
from contract_tests.runner.options import Options

BUDGET_BEYOND_LOOPBACK: Final = 200
LEDGER: Final = "ledger.jsonl"


def resolve(options: Options, target: Target, deployment: Deployment, invocation: Path) -> RunSettings:
    """Return the settings of a run that was started in the folder `invocation`."""
    return RunSettings(
        deployment=deployment,
        rate=options.rate or deployment.limits.rate,
        ca_bundle=options.ca_bundle,
        read_only=options.read_only is not None,
        budget=budget_of(options, target, deployment),
        max_requests=options.max_requests,
        ledger=ledger_path(options, target, invocation),
        durable=not is_loopback(target),
        bounds=_response_bounds(options, deployment),
    )


def _response_bounds(options: Options, deployment: Deployment) -> Bounds:
    """Return the bounds of a response. By default its time is at least the deployment's time-out of a request."""
    seconds = options.response_time or max(SECONDS, deployment.limits.timeout)
    return Bounds(
        seconds, SIZE if options.response_size is None else int(options.response_size * 1024 * 1024)
    )


def budget_of(options: Options, target: Target, deployment: Deployment) -> int | None:
    """Return how many cases the run may create; None if there is no limit."""
    limit = options.max_cases or deployment.limits.max_cases
    if limit is None and options.profile == BRIEF:
        return BRIEF_CASES
    return BUDGET_BEYOND_LOOPBACK if limit is None and not is_loopback(target) else limit


def share(budget: int | None, processes: int, process: int) -> int | None:
    """Return one process's part of a budget."""
    return None if budget is None else budget // processes + (process < budget % processes)


def assert_sufficient(budget: int | None, processes: int, spent: int = 0) -> None:
    """Raise UsageError if the budget leaves a process without its first case."""
    if budget is not None and budget - max(1, spent) < processes:
        raise pytest.UsageError(
            f"--max-cases {budget} is too few for {processes} processes: the run creates one case, and then one in "
            f"each process; allow {processes + max(1, spent)}, or use a smaller -n"
        )


def assert_writes_allowed(options: Options, target: Target, settings: RunSettings) -> None:
    """Raise UsageError before the first write to a target that is not loopback, unless --allow-writes is given."""
    if options.allow_writes or settings.read_only or is_loopback(target):
        return
    tag = settings.deployment.case.tag_field
    marked = f", each marked by the field {tag}" if tag else ""
    raise pytest.UsageError(
        f"{target.base_url} is not loopback: the run would create up to {settings.budget} cases there"
        f"{marked}, and change them. The API cannot delete cases. "
        "Use --allow-writes to do so (--max-cases N sets the limit), or --read-only CASE_ID to create none."
    )


def ledger_path(options: Options, target: Target, invocation: Path) -> Path | None:
    """Return the path of the ledger: in the report's folder, else in the folder where the run was started.

    An embedded or read-only target gets a ledger only with --report-dir.
    """
    if options.report_dir is not None:
        return options.report_dir / LEDGER
    return None if target.embedded or options.read_only else invocation / LEDGER
