"""Runs the contract's checks over any server from inside a test, and hands back the verdicts.

Knows the judge from inside; what it judges, each test brings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from contract_tests.client.target import Target
from contract_tests.contract.deployment import Deployment
from contract_tests.results.collector import verdicts
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner.hooks import RUN, Conformance

CHECKS = Path(__file__).resolve().parents[2] / "contract_tests"
CHECK = re.compile(r"^(?P<marks>(?:[@)\s][^\n]*\n)+)def (?P<name>test_\w+)\(", re.MULTILINE)
ID = re.compile(r'"([A-Z][A-Z0-9-]+)"')
CREDENTIALS = {"CASEIQ_TOKEN": "dev-token"}


@dataclass(frozen=True)
class Judgement:
    """The outcome of one run of the suite."""

    exit_status: int
    verdicts: Mapping[str, Verdict]
    findings: Sequence[Finding] = field(repr=False)

    def failed(self) -> set[str]:
        """The requirements that were broken."""
        return {id_ for id_, verdict in self.verdicts.items() if verdict is Verdict.FAILED}

    def errors(self) -> list[str]:
        """Where the suite could not come to a verdict, and why."""
        return [f"{f.requirement}: {f.reason}" for f in self.findings if f.verdict is Verdict.ERROR]

    def told(self) -> str:
        """The failures in short, for the message of an assertion."""
        return "\n".join(
            f"{f.requirement}: expected {f.expected}; got {f.actual}\n    "
            + "\n    ".join(f"{told['curl']}\n      -> {told['answer']}" for told in f.story[:12])
            for f in self.findings
            if f.verdict is Verdict.FAILED
        )


class _Enough:
    """Ends a nested session once each of the requirements is known to be broken: the rest could only say it again."""

    def __init__(self, requirements: Sequence[str]) -> None:
        self._requirements = set(requirements)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        return item.config.stash[RUN].broken >= self._requirements or None


class _Pointed:
    """Points a nested pytest session at a target, and keeps what it concluded."""

    def __init__(self, target: Target, enough: _Enough | None = None) -> None:
        self.target = target
        self.enough = enough
        self.findings: list[Finding] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.tbstyle = "native"  # nobody reads these tracebacks, and pytest's own take long to make

    @pytest.hookimpl(tryfirst=True)  # the project's own conftest.py offers a target, too
    def pytest_caseiq_target(self) -> Target:
        return self.target

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self.enough is not None:  # after all others, so that it is asked first
            session.config.pluginmanager.register(self.enough)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        conformance = session.config.pluginmanager.get_plugin("caseiq-conformance")
        assert isinstance(conformance, Conformance)
        self.findings = conformance.findings


@cache
def _checks(requirements: tuple[str, ...]) -> list[str]:
    """What to collect, since collecting all takes longest: the checks whose marks name one of the requirements.

    Where marks name none, they get them from elsewhere in the module.
    """
    if not requirements:
        return [str(CHECKS)]
    found = []
    for path in sorted(CHECKS.glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for check in CHECK.finditer(text):
            named = ID.findall(check["marks"]) or ID.findall(text)
            if not set(named).isdisjoint(requirements):
                found.append(f"{path}::{check['name']}")
    return found


def judge(
    base_url: str,
    *,
    adapter: Any = None,
    requirements: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    deployment: Deployment | None = None,
    profile: str = "quick",
    options: Sequence[str] = (),
    until_broken: bool = False,
) -> Judgement:
    """Judge the server at `base_url`, through `adapter` (a requests transport adapter) instead of a socket if given.

    `requirements` limits the run to the checks that verify these; `environment` holds the credentials, by
    default the mock's development token. `until_broken`: what comes after the failure of each of them is left out.
    """
    pointed = _Pointed(
        Target(
            base_url,
            CREDENTIALS if environment is None else environment,
            deployment=deployment or Deployment(),
            adapter=adapter,
            embedded=True,
        ),
        _Enough(requirements) if until_broken else None,
    )
    arguments = [*_checks(tuple(requirements)), "--assert=plain"]
    # The run around this one looks for unraisable exceptions, which takes several garbage collections each time.
    for plugin in ("cacheprovider", "terminal", "unraisableexception"):
        arguments += ["-p", f"no:{plugin}"]
    arguments += [f"--hypothesis-profile={profile}", *options]
    arguments += [f"--requirement={id_}" for id_ in requirements]
    status = pytest.main(arguments, plugins=[pointed])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or not pointed.findings:
        raise AssertionError(f"the run came to no verdict: pytest ended with {status!r}")
    outcome = {id_: verdict for id_, (verdict, _) in verdicts(pointed.findings).items()}
    return Judgement(int(status), outcome, pointed.findings)


def judge_well(base_url: str, *, requirements: Sequence[str], **others: Any) -> Judgement:
    """As `judge`, with the quick profile, and where that sees no fault in the requirements, with the default one."""
    judged = judge(base_url, requirements=requirements, **others)
    if judged.failed() >= set(requirements):
        return judged
    return judge(base_url, requirements=requirements, profile="default", **others)
