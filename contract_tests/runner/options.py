"""The run's options, checked and turned into data. This module sends no request."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import settings
from hypothesis.errors import InvalidArgument

from contract_tests.client.target import NO_BASE_URL, Target, is_base_url, is_loopback
from contract_tests.contract.deployment import NO_PASSWORD, Deployment, DeploymentError, has_password, load
from contract_tests.contract.requirements import Level, catalogue, no_such
from contract_tests.profiles import BRIEF, PROFILES
from contract_tests.text import did_you_mean

if TYPE_CHECKING:
    from contract_tests.report.document import Document


@dataclass(frozen=True)
class Options:
    """The options of a run.

    `deployment` is None without a --deployment file. `compare` is the earlier report, read before this run could
    overwrite it. `rate` is in requests per second, the times are in seconds, `response_size` is in megabytes.
    """

    base_url: str | None
    level: Level
    requirements: frozenset[str]
    deployment: Deployment | None
    deployment_file: Path | None
    allow_writes: bool
    max_cases: int | None
    max_requests: int | None
    read_only: str | None
    rate: float | None
    max_time: float | None
    response_time: float | None
    response_size: float | None
    ca_bundle: Path | None
    report_dir: Path | None
    write_deployment: Path | None
    verify_scripts: bool
    compare: Document | None
    only_new: bool
    profile: str

    @property
    def publishes(self) -> bool:
        """True if the run compares, or writes a file, at its end."""
        return any(one is not None for one in (self.compare, self.report_dir, self.write_deployment))


def options_of(config: pytest.Config) -> Options:
    """Return the checked options. Raise pytest.UsageError with the option and the remedy."""
    get = config.getoption
    for option, is_valid, problem in _CHECKS:
        if get(option) is not None and not is_valid(get(option)):
            raise pytest.UsageError(f"{option} {get(option)}: {problem}")
    chosen = get("--hypothesis-profile", None)
    if chosen:
        _assert_known_profile(chosen)
    if get("--fail-on") == "new":
        _assert_comparable(get("--compare"), get("--report-dir"))
    deployment = _deployment(get("--deployment"))
    base_url = _base_url(config, deployment)
    return Options(
        base_url=base_url,
        level=Level(get("--conformance-level").upper()),
        requirements=_known(get("--requirement")),
        deployment=deployment,
        deployment_file=get("--deployment"),
        allow_writes=get("--allow-writes"),
        max_cases=_whole(get("--max-cases") or ""),
        max_requests=_whole(get("--max-requests") or ""),
        read_only=get("--read-only"),
        rate=_positive(get("--rate-limit") or ""),
        max_time=_positive(get("--max-time") or ""),
        response_time=_positive(get("--response-time") or ""),
        response_size=_positive(get("--response-size") or ""),
        ca_bundle=get("--ca-bundle"),
        report_dir=get("--report-dir"),
        write_deployment=get("--write-deployment"),
        verify_scripts=get("--verify-scripts"),
        compare=_earlier(get("--compare")),
        only_new=get("--fail-on") == "new",
        profile=chosen or _usual_profile(base_url),
    )


def _whole(text: str) -> int | None:
    """Return a whole number greater than 0, or None if the text is not one."""
    return int(text) if re.fullmatch("[1-9][0-9]{0,8}", text) else None


def _positive(text: str) -> float | None:
    """Return a number greater than 0, or None if the text is not one."""
    return float(text) or None if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else None


def _is_whole(text: str) -> bool:
    return _whole(text) is not None


def _is_positive(text: str) -> bool:
    return _positive(text) is not None


def _has_certificates(file: Path) -> bool:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        return False
    return True


def _can_be_folder(path: Path) -> bool:
    return path.is_dir() or not path.exists()


def _can_be_created(path: Path) -> bool:
    return path.parent.is_dir() and not path.exists()


def _is_not_blank(text: str) -> bool:
    return bool(text.strip())


# Option, test of its value, and the message if the test fails.
_CHECKS: Final[tuple[tuple[str, Callable[[Any], bool], str], ...]] = (
    (
        "--max-cases",
        _is_whole,
        "takes a whole number from 1 to 999999999; to create no cases, use --read-only CASE_ID",
    ),
    ("--max-requests", _is_whole, "takes a whole number from 1 to 999999999"),
    ("--max-time", _is_positive, "takes a number of seconds greater than 0, such as 600"),
    ("--rate-limit", _is_positive, "takes a number of requests per second greater than 0, such as 5 or 0.5"),
    ("--response-time", _is_positive, "takes a number of seconds greater than 0, such as 30 or 0.5"),
    ("--response-size", _is_positive, "takes a number of megabytes greater than 0, such as 16 or 0.5"),
    ("--ca-bundle", _has_certificates, "no certificates can be read there; give a PEM file"),
    ("--report-dir", _can_be_folder, "is not a folder; name another"),
    ("--write-deployment", _can_be_created, "takes a file that does not exist yet, in a folder that exists"),
    ("--read-only", _is_not_blank, "names no case; give the id of a case that exists"),
)


def _base_url(config: pytest.Config, deployment: Deployment | None) -> str | None:
    in_file = deployment.base_url if deployment else None
    base_url: str | None = config.getoption("base_url", None) or config.getini("base_url") or in_file
    if base_url and has_password(base_url):
        raise pytest.UsageError(f"--base-url: {NO_PASSWORD}")
    if base_url and not is_base_url(base_url):
        raise pytest.UsageError(f"--base-url {base_url}: {NO_BASE_URL}")
    return base_url or None


def _assert_comparable(earlier: Path | None, folder: Path | None) -> None:
    """Raise UsageError if --fail-on new has no earlier report, or the new report would overwrite it."""
    if earlier is None:
        raise pytest.UsageError("--fail-on new: needs --compare OLD.json to know which failures are new")
    from contract_tests.report.files import DOCUMENT  # noqa: PLC0415 - only imported if asked for

    if folder is not None and earlier.resolve() == (folder / DOCUMENT).resolve():
        raise pytest.UsageError(
            f"--fail-on new: --report-dir {folder} would overwrite {earlier}, so the next run could not see which "
            "failures are new; name another folder"
        )


def _usual_profile(base_url: str | None) -> str:
    """Return the profile if none is given: a short one beyond loopback, where each request and case costs."""
    return "default" if base_url is None or is_loopback(Target(base_url, {})) else BRIEF


def _assert_known_profile(name: str) -> None:
    """Raise UsageError if Hypothesis does not know the profile. Its own plugin would end in a traceback."""
    try:
        settings.get_profile(name)
    except InvalidArgument:
        known = f"known are {', '.join(PROFILES)}, and the profiles that a conftest.py registers"
        raise pytest.UsageError(
            f"--hypothesis-profile {name}: no such profile; {known}{did_you_mean(name, PROFILES)}"
        ) from None


def _deployment(file: Path | None) -> Deployment | None:
    try:
        return load(file) if file else None
    except DeploymentError as error:
        raise pytest.UsageError(f"--deployment {error}") from None


def _earlier(file: Path | None) -> Document | None:
    """Return the report of --compare."""
    if file is None:
        return None
    from contract_tests.report import document  # noqa: PLC0415 - only imported if asked for

    try:
        return document.load(file)
    except document.UnreadableDocument as error:
        raise pytest.UsageError(f"--compare {error}") from None


def _known(ids: list[str]) -> frozenset[str]:
    for id_ in ids:
        if id_ not in catalogue():
            raise pytest.UsageError(f"--requirement {id_}: {no_such(id_)}")
    return frozenset(ids)
