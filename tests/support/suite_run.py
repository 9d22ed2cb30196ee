"""Runs of the contract suite inside a test, with its verdicts as the result."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from contract_tests.client.target import Target
from contract_tests.contract.deployment import Deployment
from contract_tests.results.decisions import verdicts
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner.hooks import RUN, Conformance

CHECKS = Path(__file__).resolve().parents[2] / "contract_tests"
CHECK = re.compile(r"^(?P<marks>(?:[@)\s][^\n]*\n)+)def (?P<name>test_\w+)\(", re.MULTILINE)
ID = re.compile(r'"([A-Z][A-Z0-9-]+)"')
# Each plugin of pytest costs time at the start of each nested session. The outer session detects unraisable
# exceptions, and those in threads.
UNUSED_PLUGINS = (
    "cacheprovider", "debugging", "doctest", "faulthandler", "junitxml", "legacypath", "logging", "pastebin", "setuponly",
    "setupplan", "stepwise", "subtests", "terminal", "threadexception", "unittest", "unraisableexception",
)  # fmt: skip
CREDENTIALS = {"CASEIQ_TOKEN": "dev-token"}


@dataclass(frozen=True)
class SuiteResult:
    """Result of a run of the suite."""

    exit_status: int
    verdicts: Mapping[str, Verdict]
    findings: Sequence[Finding] = field(repr=False)
    observations: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def failed(self) -> set[str]:
        """Return the requirements that failed."""
        return {id_ for id_, verdict in self.verdicts.items() if verdict is Verdict.FAILED}

    def errors(self) -> list[str]:
        """Return the requirements without a verdict, with the reason."""
        return [f"{f.requirement}: {f.reason}" for f in self.findings if f.verdict is Verdict.ERROR]

    def describe_failures(self, requirements: Collection[str] | None = None) -> str:
        """Return a short description of the failures (of the given requirements only), for an assertion's message."""
        return "\n".join(
            f"{finding.requirement}: expected {finding.expected}; got {finding.actual}\n    "
            + "\n    ".join(f"{step['curl']}\n      -> {step['response']}" for step in finding.exchanges[:12])
            for finding in self.findings
            if finding.verdict is Verdict.FAILED
            and (requirements is None or finding.requirement in requirements)
        )

    def explain_undetected(self, requirements: Collection[str], fault: str) -> str:
        """Return what the checks of the requirements found instead of the fault, for an assertion's message."""
        found = [f"{id_} is {self.verdicts.get(id_, 'not checked')}" for id_ in requirements]
        lines = [
            f"no check found that the server {fault}: {', '.join(found)}",
            *self.errors(),
            self.describe_failures(),
            "Extend a check of the requirement, or give the fault the requirement that it breaks.",
        ]
        return "\n".join(filter(None, lines))


class _StopWhenFailed:
    """Plugin that ends a nested session once each of the requirements has failed."""

    def __init__(self, requirements: Sequence[str]) -> None:
        self._requirements = set(requirements)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        return item.config.stash[RUN].broken >= self._requirements or None


class _TargetPlugin:
    """Plugin that sets the target of a nested session and collects the findings."""

    def __init__(self, target: Target, deployment: Deployment, stop: _StopWhenFailed | None = None) -> None:
        self.target = target
        self.deployment = deployment
        self.stop = stop
        self.checks: Collection[str] = ()
        self.findings: list[Finding] = []
        self.observations: Mapping[str, Mapping[str, str]] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.tbstyle = "native"  # pytest's own tracebacks are slow, and these are not shown

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Collector, name: str) -> list[pytest.Item] | None:
        """Do not create the checks that the arguments do not name: a module may have hundreds of them."""
        unwanted = self.checks and isinstance(collector, pytest.Module) and name.startswith("test_")
        return [] if unwanted and name not in self.checks else None

    @pytest.hookimpl(tryfirst=True)  # before the project's conftest.py, which also sets a target
    def pytest_caseiq_target(self) -> Target:
        return self.target

    @pytest.hookimpl(tryfirst=True)
    def pytest_caseiq_deployment(self) -> Deployment:
        return self.deployment

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self.stop is not None:  # registered last, so that it is called first
            session.config.pluginmanager.register(self.stop)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        conformance = session.config.pluginmanager.get_plugin("caseiq-conformance")
        assert isinstance(conformance, Conformance)
        self.findings = conformance.findings
        self.observations = conformance.outcome.total.observations


@cache
def _checks(requirements: tuple[str, ...]) -> list[str]:
    """Return the checks whose marks name one of the requirements, since collecting all checks is slow.

    A check whose marks name no requirement may get them from elsewhere in its module.
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


def run_suite(
    base_url: str,
    *,
    adapter: Any = None,
    requirements: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    deployment: Deployment | None = None,
    profile: str = "quick",
    options: Sequence[str] = (),
    stop_when_failed: bool = False,
) -> SuiteResult:
    """Run the suite against the server at `base_url`.

    `adapter`: a transport adapter of requests instead of a socket; `requirements`: run only the checks that verify
    them; `environment`: the credentials (default: the mock's development token); `stop_when_failed`: stop once every
    one of the requirements has failed.
    """
    plugin = _TargetPlugin(
        Target(
            base_url,
            CREDENTIALS if environment is None else environment,
            adapter=adapter,
            embedded=True,
        ),
        deployment or Deployment(),
        _StopWhenFailed(requirements) if stop_when_failed else None,
    )
    checks = _checks(tuple(requirements))
    plugin.checks = {name for check in checks if (name := check.partition("::")[2])}
    # The conftest.py of the repository would start the embedded mock.
    arguments = [*checks, "--assert=plain", f"--confcutdir={CHECKS}"]
    for name in UNUSED_PLUGINS:
        arguments += ["-p", f"no:{name}"]
    arguments += [f"--hypothesis-profile={profile}", *options]
    arguments += [f"--requirement={id_}" for id_ in requirements]
    status = pytest.main(arguments, plugins=[plugin])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or not plugin.findings:
        raise AssertionError(f"the run has no verdicts: pytest returned {status!r}")
    outcome = {id_: verdict for id_, (verdict, _) in verdicts(plugin.findings).items()}
    return SuiteResult(int(status), outcome, plugin.findings, plugin.observations)


def run_until_failed(base_url: str, *, requirements: Sequence[str], **more: Any) -> SuiteResult:
    """Run the quick profile until all requirements fail; if one passes, run the default profile."""
    result = run_suite(base_url, requirements=requirements, stop_when_failed=True, **more)
    if result.failed() >= set(requirements):
        return result
    return run_suite(base_url, requirements=requirements, stop_when_failed=True, profile="default", **more)
