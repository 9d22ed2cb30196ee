"""What the command line asked of a run, checked; and the target and the bounds that follow from it.

Turns pytest's options into data. Sends no request.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from hypothesis.errors import InvalidArgument

from contract_tests.client.target import NO_BASE_URL, Reach, Target, is_base_url
from contract_tests.contract.deployment import NO_PASSWORD, Deployment, DeploymentError, has_password, load
from contract_tests.contract.requirements import Level, catalogue, no_such
from contract_tests.profiles import PROFILES
from contract_tests.text import meant

if TYPE_CHECKING:
    from contract_tests.report.document import Document

BUDGET_BEYOND_LOOPBACK: Final = 200
LEDGER: Final = "ledger.jsonl"


@dataclass(frozen=True)
class Options:
    """The run's options. `report_dir`, `ca_bundle`: paths or None; `compare`: an earlier report, as it was read
    before this run could write in its place; `rate`: requests a second.
    """

    base_url: str | None
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
    compare: Document | None
    only_new: bool
    profile: str


def _holds_certificates(file: Path) -> bool:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        return False
    return True


def _cases(text: str) -> int | None:
    """The number in `--max-cases`; None where there is none."""
    return int(text) if re.fullmatch("[1-9][0-9]{0,8}", text) else None


def _rate(text: str) -> float | None:
    """The number in `--rate-limit`; None where there is none."""
    return float(text) or None if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else None


# option, whether its value is wrong, what is wrong and the remedy
_WRONG: Final[tuple[tuple[str, Callable[[Any], bool], str], ...]] = (
    (
        "--max-cases",
        lambda text: _cases(text) is None,
        "takes a whole number from 1 to 999999999; to create none, use --read-only CASE_ID",
    ),
    (
        "--rate-limit",
        lambda text: _rate(text) is None,
        "takes a number of requests a second greater than 0, such as 5 or 0.5",
    ),
    (
        "--ca-bundle",
        lambda file: not _holds_certificates(file),
        "no certificates can be read there; give a PEM file",
    ),
    ("--report-dir", lambda path: path.exists() and not path.is_dir(), "is no folder; name another"),
    ("--read-only", lambda case_id: not case_id.strip(), "names no case; give the id of one that exists"),
)


def options_of(config: pytest.Config) -> Options:
    """The options, each checked. Raises pytest.UsageError naming the option and the remedy."""
    get = config.getoption
    for option, wrong, remedy in _WRONG:
        if get(option) is not None and wrong(get(option)):
            raise pytest.UsageError(f"{option} {get(option)}: {remedy}")
    profile = _profile(get("--hypothesis-profile", None) or "default")
    if get("--fail-on") == "new":
        _must_know_what_is_new(get("--compare"), get("--report-dir"))
    deployment = _deployment(get("--deployment"))
    base_url = config.getoption("base_url", None) or config.getini("base_url") or deployment.base_url
    if base_url and has_password(base_url):
        raise pytest.UsageError(f"--base-url: {NO_PASSWORD}")
    if base_url and not is_base_url(base_url):
        raise pytest.UsageError(f"--base-url {base_url}: {NO_BASE_URL}")
    return Options(
        base_url=base_url or None,
        level=Level(get("--conformance-level").upper()),
        requirements=_known(get("--requirement")),
        deployment=deployment,
        deployment_file=get("--deployment"),
        allow_writes=get("--allow-writes"),
        max_cases=_cases(get("--max-cases") or "") or deployment.limits.max_cases,
        read_only=get("--read-only"),
        rate=_rate(get("--rate-limit") or "") or deployment.limits.rate,
        ca_bundle=get("--ca-bundle"),
        report_dir=get("--report-dir"),
        compare=_earlier(get("--compare")),
        only_new=get("--fail-on") == "new",
        profile=profile,
    )


def _must_know_what_is_new(earlier: Path | None, folder: Path | None) -> None:
    if earlier is None:
        raise pytest.UsageError("--fail-on new: needs --compare OLD.json to know what is new")
    from contract_tests.report.files import DOCUMENT  # noqa: PLC0415 - only where asked for

    if folder is not None and earlier.resolve() == (folder / DOCUMENT).resolve():
        raise pytest.UsageError(
            f"--fail-on new: --report-dir {folder} would write over {earlier}, so that what is new now is old in the "
            "next run; name another folder"
        )


def _profile(name: str) -> str:
    """A profile that Hypothesis knows by now. Its own plugin, which comes later, would end in a traceback."""
    try:
        settings.get_profile(name)
    except InvalidArgument:
        known = f"known are {', '.join(PROFILES)}, and what a conftest.py registers"
        raise pytest.UsageError(
            f"--hypothesis-profile {name}: no such profile; {known}{meant(name, PROFILES)}"
        ) from None
    return name


def _deployment(file: Path | None) -> Deployment:
    try:
        return load(file) if file else Deployment()
    except DeploymentError as error:
        raise pytest.UsageError(f"--deployment {error}") from None


def _earlier(file: Path | None) -> Document | None:
    """The report to compare with."""
    if file is None:
        return None
    from contract_tests.report import document  # noqa: PLC0415 - only where asked for

    try:
        return document.load(file)
    except document.UnreadableDocument as error:
        raise pytest.UsageError(f"--compare {error}") from None


def _known(ids: list[str]) -> frozenset[str]:
    for id_ in ids:
        if id_ not in catalogue():
            raise pytest.UsageError(f"--requirement {id_}: {no_such(id_)}")
    return frozenset(ids)


def target_of(config: pytest.Config, options: Options) -> Target:
    """The target: --base-url, else the deployment file's, else the one that an embedding project offers."""
    if options.base_url:
        return Target(options.base_url, os.environ, options.deployment)
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


def share(budget: int | None, processes: int, process: int) -> int | None:
    """One process' part of a budget."""
    return None if budget is None else budget // processes + (process < budget % processes)


def must_suffice(budget: int | None, processes: int, spent: int = 0) -> None:
    """Stops a run over several processes whose budget leaves one of them without a case to begin with."""
    if budget is not None and budget - max(1, spent) < processes:
        raise pytest.UsageError(
            f"--max-cases {budget}: too few for {processes} processes, since each creates a case to begin with, and "
            f"one more is created before; allow {processes + max(1, spent)}, or say less with -n"
        )


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
