"""What the command line asked of a run, checked; and the target and the bounds that follow from it.

Turns pytest's options into data. Sends no request.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from contract_tests.deployment import Deployment, DeploymentError, load
from contract_tests.requirements import catalogue
from contract_tests.target import Reach, Target
from contract_tests.verdicts import Level

BUDGET_BEYOND_LOOPBACK: Final = 200
SMALLEST_BUDGET: Final = 20
LEDGER: Final = "ledger.jsonl"


@dataclass(frozen=True)
class Options:
    """The run's options. `report_dir`, `compare`, `ca_bundle`: paths or None; `rate`: requests a second."""

    level: Level
    requirements: frozenset[str]
    deployment: Deployment
    deployment_file: Path | None
    allow_writes: bool
    max_cases: int | None
    read_only: str | None
    rate: float | None
    ca_bundle: Path | None
    report_dir: Path | None
    compare: Path | None
    only_new: bool
    profile: str


def options_of(config: pytest.Config) -> Options:
    """The options, each checked. Raises pytest.UsageError naming the option and the remedy."""
    get = config.getoption
    file = get("--deployment")
    try:
        deployment = load(file) if file else Deployment()
    except DeploymentError as error:
        raise pytest.UsageError(f"--deployment {error}") from None
    max_cases = get("--max-cases") or deployment.limits.max_cases
    if max_cases is not None and max_cases < SMALLEST_BUDGET:
        raise pytest.UsageError(
            f"--max-cases {max_cases}: a run needs at least {SMALLEST_BUDGET}; to create none, use --read-only CASE_ID"
        )
    rate = get("--rate-limit")
    if rate is not None and rate <= 0:
        raise pytest.UsageError(f"--rate-limit {rate:g}: a rate is more than 0 requests a second")
    bundle = get("--ca-bundle")
    if bundle is not None:
        _must_hold_certificates(bundle)
    if get("--fail-on") == "new" and get("--compare") is None:
        raise pytest.UsageError("--fail-on new: needs --compare OLD.json to know what is new")
    return Options(
        level=Level(get("--conformance-level").upper()),
        requirements=_known(get("--requirement")),
        deployment=deployment,
        deployment_file=file,
        allow_writes=get("--allow-writes"),
        max_cases=max_cases,
        read_only=get("--read-only"),
        rate=rate or deployment.limits.rate,
        ca_bundle=bundle,
        report_dir=get("--report-dir"),
        compare=get("--compare"),
        only_new=get("--fail-on") == "new",
        profile=get("--hypothesis-profile", None) or "default",
    )


def _must_hold_certificates(bundle: Path) -> None:
    try:
        ssl.create_default_context(cafile=bundle)
    except ssl.SSLError:
        raise pytest.UsageError(
            f"--ca-bundle {bundle}: no certificates to be read in it; give them in PEM form"
        ) from None
    except OSError as error:
        raise pytest.UsageError(f"--ca-bundle {bundle}: {error.strerror}; give a PEM file") from None


def _known(ids: list[str]) -> frozenset[str]:
    for id_ in ids:
        if id_ not in catalogue():
            raise pytest.UsageError(f"--requirement {id_}: no such requirement; see spec/requirements.yaml")
    return frozenset(ids)


def target_of(config: pytest.Config, options: Options) -> Target:
    """The target: --base-url, else the deployment file's, else the one that an embedding project offers."""
    base_url = config.getoption("base_url", None) or config.getini("base_url") or options.deployment.base_url
    if base_url:
        return Target(base_url, os.environ, options.deployment)
    target: Target | None = config.hook.pytest_caseiq_target(config=config)
    if target is None:
        raise pytest.UsageError(
            "no target: give its address with --base-url URL, or base_url in a --deployment file"
        )
    return target if options.deployment_file is None else replace(target, deployment=options.deployment)


def budget_of(options: Options, target: Target) -> int | None:
    """How many cases the run may create; None for no bound."""
    if options.max_cases is None and not is_loopback(target):
        return BUDGET_BEYOND_LOOPBACK
    return options.max_cases


def is_loopback(target: Target) -> bool:
    """Whether the target is this very machine, or no server at all but an adapter."""
    host = urlsplit(target.base_url).hostname or ""
    if target.adapter is not None or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def must_allow_writes(options: Options, target: Target) -> None:
    """Stops a run before its first write to a target that is not loopback, unless it is allowed."""
    if options.allow_writes or options.read_only or is_loopback(target):
        return
    tag = target.deployment.case.tag_field
    marked = f", each marked by the field {tag}" if tag else ""
    raise pytest.UsageError(
        f"{target.base_url} is not loopback: the run would create up to {budget_of(options, target)} cases there"
        f"{marked}, change and move them, and nothing can delete them. "
        "Say --allow-writes to do so (--max-cases N bounds it), or --read-only CASE_ID to create none."
    )


def ledger_path(options: Options, target: Target, invocation: Path) -> Path | None:
    """Where the ledger goes: into the report, else beside the caller; none for an embedded target without either."""
    if options.report_dir is not None:
        return options.report_dir / LEDGER
    return None if target.embedded or options.read_only else invocation / LEDGER


def reach_of(options: Options, target: Target, invocation: Path) -> Reach:
    """How the run may use the target."""
    return Reach(
        timeout=target.deployment.limits.timeout,
        rate=options.rate,
        ca_bundle=options.ca_bundle,
        read_only=options.read_only is not None,
        budget=budget_of(options, target),
        ledger=ledger_path(options, target, invocation),
        durable=not is_loopback(target),
    )
