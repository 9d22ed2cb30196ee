"""The pytest hooks of a run: its start, the report of each check, and the reports at the end.

With pytest-xdist, each worker runs some of the checks. The controller (distribution.py) takes their findings from the
test reports.
"""

from __future__ import annotations

import gc
import shlex
from collections.abc import Callable, Collection, Generator
from functools import cache
from typing import Any, Final

import pytest

from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.client.ledger import written
from contract_tests.client.target import is_loopback
from contract_tests.profiles import LEFT_OUT, profile_for
from contract_tests.report import terminal
from contract_tests.report.files import ARCHIVE
from contract_tests.report.isolation import isolated
from contract_tests.results.advice import advice_on
from contract_tests.results.collector import Run
from contract_tests.results.decisions import verdicts
from contract_tests.results.summary import Outcome, counted
from contract_tests.results.verdicts import Finding
from contract_tests.runner import plan, pytest_internals, pytest_reports, xdist_internals
from contract_tests.runner.check_runner import CheckRunner
from contract_tests.runner.context import RunContext
from contract_tests.runner.exchange_log import ExchangeLog
from contract_tests.runner.interruption import Interruption
from contract_tests.runner.opening import opening_line
from contract_tests.runner.options import options_of
from contract_tests.runner.ordering import needs_of, ordered, requirements_of
from contract_tests.runner.preflight import refusal_hint
from contract_tests.runner.progress import Progress, counts_of
from contract_tests.runner.selection import Checks, requirements_in, select, selection_error

RUN: Final = pytest.StashKey[Run]()
PROFILE: Final = pytest.StashKey[str]()
OUTPUT: Final = "caseiq_outcome"


@cache
def _freeze_modules() -> None:
    """Exempt the imported modules from garbage collections, once: they stay in use."""
    gc.freeze()


class Conformance:
    """The hooks of one session."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.progress = Progress(config)
        self.options = options_of(config)
        config.stash[PROFILE] = self.options.profile
        self.outcome = Outcome(asked=self.options.requirements)
        self.context = RunContext(config, self.options)
        self.checks = Checks()
        self._check_runner = CheckRunner(self.options)
        self._interruption = Interruption(None if self.context.worker else self.options.max_time)
        self._exchange_log: ExchangeLog | None = None
        self._is_started = False
        self._is_planned = False
        self._failed_checks = 0
        self.worker_secrets: list[tuple[list[str], list[str]]] = []
        self._mask: Callable[[str], str] = str

    # -- before the first check

    @property
    def findings(self) -> list[Finding]:
        return self.outcome.findings

    @property
    def run(self) -> Run | None:
        return self.config.stash.get(RUN, None)

    def pytest_sessionstart(self) -> None:
        self._interruption.start()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept, dropped, self._is_planned = select(items, self.options)
        profile = profile_for(self.options.profile, seeded=False, budget=self.context.budget)
        items[:] = ordered(kept, small_budget=profile.small_budget)
        if self._is_planned:
            self._check_runner.detailed.keep([*kept, *dropped], self.options)
            self._check_runner.expect(items)
        if dropped:
            self.config.hook.pytest_deselected(items=dropped)
        if error := selection_error(kept, dropped, self.options):
            raise pytest.UsageError(error)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Send the first requests, which show whether the run can start."""
        stays_out = session.testsfailed and not self.config.option.continue_on_collection_errors
        if stays_out or self.config.option.collectonly:
            return
        if not any(requirements_of(item) for item in session.items):
            return
        self._interruption.start()
        _freeze_modules()
        api, first = self.context.start()
        self.start(first)
        run = Run(api, first, self.context.deployment.disabled)
        if self.options.report_dir is not None:
            self._exchange_log = ExchangeLog(self.options.report_dir, self.context.worker or "main")
        self.config.stash[RUN] = run
        self.checks.select({item.nodeid: requirements_of(item) for item in session.items})
        expected = plan.expected(session.items, self.options.profile, is_planned=self._is_planned)
        self.show_start(requirements_in(session.items), api, expected)

    def start(self, first: Exchange) -> None:
        """Note that the first requests succeeded."""
        self._is_started = True
        self.outcome.advice += refusal_hint(first)
        if self.options.report_dir is not None and not self.context.worker:
            ExchangeLog.remove_all(self.options.report_dir)

    def show_start(
        self,
        requirements: Collection[str],
        api: CaseApi,
        expected: plan.Expected | None = None,
        *,
        sends: bool = True,
    ) -> None:
        """Show the opening line and the progress. `sends` says if this process sends the requests."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        settings = self.context.settings
        line = opening_line(self.context.target, settings, self.options.profile, expected, api.trace)
        if reporter is not None and not self.context.worker:
            if line:
                reporter.write_line(line)
            if self.progress.shown:
                pytest_internals.hide_progress(reporter)  # It would overwrite the bar.
        requests = expected.requests if expected else None
        self.progress.start(requirements, settings.budget, requests, api.session if sends else None)

    # -- each check

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a check, and log its reports."""
        if self.run is None or not requirements_of(item):
            return None
        if self._check_runner.leaves_out(item, nextitem):
            self.checks.end(item.nodeid)
            return True
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = self._check_runner.run(item, nextitem, self.run, self.findings)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        if self._check_runner.stop_reason:
            item.session.shouldfail = self._check_runner.stop_reason
        return True

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self.run is not None:
            self.run.begin(item.nodeid)
            if self._is_planned and not self._check_runner.is_explaining:
                self.run.api.trace.allowance = plan.allowance(item, self.options.profile)

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
        self._check_runner.note_end(error)
        findings = self.run.conclude(item.nodeid, requirements, error, needs_of(item))
        if self._exchange_log is not None:
            self._exchange_log.add(findings, self.run.api.trace)
        pytest_reports.attach_findings(report, findings, self.options.level, self.run.mask)
        if self.context.worker:
            pytest_reports.attach_counts(report, self.context.worker, counts_of(self.run.api.session))
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> pytest_reports.Status | None:
        return pytest_reports.status(report, letters=not self.progress.shown)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        findings = pytest_reports.attached_findings(report)
        self.findings.extend(findings)
        if findings:
            self.checks.end(report.nodeid)
        self._failed_checks += bool(findings) and report.failed
        for process, counts in pytest_reports.attached_counts(report):
            self.progress.update_worker(process, counts)
        self.progress.update_findings(self.findings)

    # -- at the end

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._interruption.finish()
        if self.run is not None:
            self.run.end()
            self.outcome.add(counted(self.run))
        if self._exchange_log is not None:
            self._exchange_log.close()
            if self._exchange_log.failure:
                self.outcome.problems.append(f"{ARCHIVE} is incomplete: {self._exchange_log.failure}")
        if self.context.worker:
            secrets = self.run.api.session.secrets.values if self.run else ([], [])
            output = {
                "counted": self.outcome.total.to_json(),
                "secrets": secrets,
                "checks": {check: list(ids) for check, ids in self.checks.selected.items()},
            }
            xdist_internals.send_to_controller(self.config, OUTPUT, output)
        elif self._is_started:
            self.outcome.target = self.context.target.base_url
            self.outcome.is_embedded = self.context.target.embedded
            self.outcome.run_id = self.context.settings.run_id
            self.outcome.budget = self.context.settings.budget
            self.outcome.left_out = LEFT_OUT.get(self.options.profile, "")
            self.outcome.repeat = shlex.join(["pytest", *map(str, self.config.invocation_params.args)])
            self._publish(session, self._client())
        self.progress.stop()
        self.context.close()
        self._interruption.stop()

    def _client(self) -> CaseApi:
        """Return the run's client; in a controller, one that knows the workers' secrets and created cases."""
        if self.run is not None:
            return self.run.api
        self.outcome.spread = True
        self.outcome.total.requests = max(self.outcome.total.requests, self.progress.counts().requests)
        ledger = self.context.settings.ledger
        if ledger is not None:
            # An interrupted worker sends nothing when it ends, but the ledger has its cases.
            self.outcome.total.ledger = written(ledger, self.context.settings.run_id)
            self.outcome.total.created = len(self.outcome.total.ledger)
        api = self.context.client(spent=self.outcome.total.created)
        for values in self.worker_secrets:
            api.session.secrets.keep(*values)
        return api

    def _publish(self, session: pytest.Session, api: CaseApi) -> None:
        self._mask = api.session.secrets.mask
        self.outcome.mask(self._mask)
        self.outcome.interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
        self.outcome.stop_reason = self._interruption.reason or self._mask(str(session.shouldfail or ""))
        self.outcome.asked = self.options.requirements or {
            id_ for ids in self.checks.selected.values() for id_ in ids
        }
        reason = self.outcome.stop_reason or (
            "interrupted" if self.outcome.interrupted else "the run ended early"
        )
        self.findings.extend(self.checks.unreached(self.findings, reason))
        self.outcome.advice += advice_on(self.findings, self.context.deployment)
        if not self.options.publishes:
            return
        from contract_tests.runner.publish import publish  # noqa: PLC0415 - only needed for a report

        with isolated("report", self.outcome.problems):
            publish(self.outcome, self.options, self.context.deployment, api, self._replay_obstacle)
        if self.outcome.problems and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            return
        # An earlier report does not excuse other failures, such as a test of the project itself.
        only_checks_failed = session.testsfailed == self._failed_checks
        failed = session.exitstatus == pytest.ExitCode.TESTS_FAILED
        if self.options.only_new and failed and only_checks_failed and not self.outcome.worse:
            session.exitstatus = pytest.ExitCode.OK
            self.outcome.changes.append("there are no new failures, so the exit code is 0 (--fail-on new)")

    def _replay_obstacle(self) -> str:
        """Return the reason why reproduction scripts are not replayed now; empty if they are."""
        if not (self.options.verify_scripts or is_loopback(self.context.target)):
            return "the target is not loopback (--verify-scripts replays them there)"
        interrupted = "the run was interrupted" if self.outcome.interrupted else ""
        return self._interruption.reason or interrupted or self.outcome.stop_reason

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """Print the table last. It replaces pytest's list of failed checks."""
        if not self._is_started:
            return (yield)
        listed = {
            kind: pytest_reports.reports_to_list(terminalreporter.stats.get(kind, []), self._mask)
            for kind in pytest_reports.LISTED
        }
        before = pytest_internals.replace_listed_reports(terminalreporter, listed)
        try:
            return (yield)
        finally:
            pytest_internals.replace_listed_reports(terminalreporter, before)
            results = verdicts(self.findings, self.context.deployment.disabled)
            terminal.write(terminalreporter, results, self.options.level, self.outcome)
