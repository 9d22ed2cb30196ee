"""The pytest plugin: options, the target, and the way from a test's report to the verdict at the end.

Does nothing in a session that collects no check of the contract: this package may be installed beside any
other project's tests, so imports that cost time wait until they are needed.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from contract_tests.run import Run
    from contract_tests.target import Target
    from contract_tests.verdicts import Finding, Level

PROFILES: Final = ("quick", "thorough")
PROPERTY: Final = "caseiq"
BROKEN_CHECK: Final = "the check itself broke"
RUN: Final = pytest.StashKey["Run"]()


class Hooks:
    """What a project that embeds the suite can answer."""

    @pytest.hookspec(firstresult=True)
    def pytest_caseiq_target(self, config: pytest.Config) -> Target | None:
        """The target to judge where no --base-url was given."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("caseiq", "Case APIs conformance")
    group.addoption(
        "--conformance-level",
        choices=("must", "should"),
        default="must",
        help="fail the run on broken MUST requirements alone (default), or on SHOULD too",
    )
    group.addoption(
        "--requirement",
        action="append",
        default=[],
        metavar="ID",
        help="judge this requirement alone; may be repeated",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "requirement(*ids): the requirements of the contract that a check verifies"
    )
    config.pluginmanager.register(Conformance(config), "caseiq-conformance")
    if config.getoption("--hypothesis-profile", None) in PROFILES:
        from hypothesis import settings  # noqa: PLC0415 - costs half a second

        for profile in PROFILES:
            settings.register_profile(profile, settings.get_profile("default"))


def requirements_of(item: pytest.Item) -> tuple[str, ...]:
    """The requirements that a check verifies; none for any other test."""
    marker = item.get_closest_marker("requirement")
    return marker.args if marker else ()


class Conformance:
    """One pytest session's judgement, from collection to the table."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.findings: list[Finding] = []

    @property
    def run(self) -> Run | None:
        return self.config.stash.get(RUN, None)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        wanted = set(self.config.getoption("--requirement"))
        if not wanted:
            return
        from contract_tests.requirements import catalogue  # noqa: PLC0415

        unknown = sorted(wanted - set(catalogue()))
        if unknown:
            raise pytest.UsageError(
                f"--requirement {unknown[0]}: no such requirement; see spec/requirements.yaml"
            )
        dropped = [item for item in items if not wanted & set(requirements_of(item))]
        items[:] = [item for item in items if wanted & set(requirements_of(item))]
        self.config.hook.pytest_deselected(items=dropped)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Before the first check: is the target there, and do the credentials work?"""
        if session.config.option.collectonly or not any(requirements_of(item) for item in session.items):
            return
        from contract_tests.run import Run  # noqa: PLC0415
        from contract_tests.target import probe  # noqa: PLC0415
        from contract_tests.verdicts import TargetError  # noqa: PLC0415

        try:
            api = self._target().connect()
            self.config.stash[RUN] = Run(api, probe(api))
        except TargetError as error:
            raise pytest.UsageError(str(error)) from None

    def _target(self) -> Target:
        from contract_tests.target import Target  # noqa: PLC0415

        base_url = self.config.getoption("base_url", None) or self.config.getini("base_url")
        if base_url:
            return Target(base_url, os.environ)
        target: Target | None = self.config.hook.pytest_caseiq_target(config=self.config)
        if target is None:
            raise pytest.UsageError("no target: give its address with --base-url URL")
        return target

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self.run is not None:
            self.run.begin(item.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        requirements = requirements_of(item)
        ended = call.when == "call" or (call.when == "setup" and call.excinfo is not None)
        error = call.excinfo.value if call.excinfo else None
        stopped = isinstance(error, (KeyboardInterrupt, pytest.exit.Exception))
        if self.run is None or not requirements or not ended or stopped:
            return report
        findings = self.run.conclude(item.nodeid, requirements, error)
        report.user_properties.append((PROPERTY, json.dumps([finding.to_json() for finding in findings])))
        self._reshape(report, findings)
        return report

    def _reshape(self, report: pytest.TestReport, findings: list[Finding]) -> None:
        """Give the report the outcome and the words of its findings."""
        from contract_tests.report.terminal import failure, word  # noqa: PLC0415
        from contract_tests.requirements import catalogue  # noqa: PLC0415

        levels = {finding.requirement: catalogue()[finding.requirement].level for finding in findings}
        words = {word(finding.verdict, levels[finding.requirement], self.bar) for finding in findings}
        if words & {"failed", "error"}:
            report.outcome = "failed"
            broken = [finding for finding in findings if finding.verdict in ("failed", "error")]
            if not any(BROKEN_CHECK in finding.reason for finding in broken):
                report.longrepr = "\n".join(failure(one, levels[one.requirement]) for one in broken)
        elif words <= {"unsupported", "disabled"} and words:
            report.outcome = "skipped"
            reason = next(finding.reason for finding in findings)
            report.longrepr = (report.location[0], report.location[1] or 0, reason)
        else:
            report.outcome = "passed"
            report.longrepr = None
            report.caseiq_warning = "warning" in words  # type: ignore[attr-defined]

    @property
    def bar(self) -> Level:
        """The level whose failures fail the run, with all above it."""
        from contract_tests.verdicts import Level  # noqa: PLC0415

        return Level(self.config.getoption("--conformance-level").upper())

    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        if report.when == "call" and getattr(report, "caseiq_warning", False):
            return "below the bar", "w", ("WARNING", {"yellow": True})
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == PROPERTY and report.when in ("setup", "call"):
                from contract_tests.verdicts import Finding  # noqa: PLC0415

                self.findings += [Finding.from_json(one) for one in json.loads(str(value))]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """The table last; failures by requirement, so pytest's list of failed tests is kept out."""
        if self.run is None:
            return (yield)
        failed = terminalreporter.stats.get("failed", [])
        terminalreporter.stats["failed"] = [
            report for report in failed if not isinstance(report.longrepr, str)
        ]
        try:
            return (yield)
        finally:
            terminalreporter.stats["failed"] = failed
            from contract_tests.report.terminal import write  # noqa: PLC0415
            from contract_tests.run import verdicts  # noqa: PLC0415

            write(terminalreporter, verdicts(self.findings), self.bar, self._counts())

    def _counts(self) -> dict[str, Any]:
        assert self.run is not None
        session = self.run.api.session
        return {
            "target": session.base_url,
            "requests": session.requests_sent,
            "created": session.ledger.created,
            "repeat": "pytest " + shlex.join(map(str, self.config.invocation_params.args)),
        }
