"""One pytest session's judgement: from the options to the target, from each test's report to the verdict at the end.

Where pytest-xdist spreads the checks, each worker judges its share and the controller adds up; findings travel as
properties of test reports. Knows pytest; how a verdict is found, it leaves to run.py.
"""

from __future__ import annotations

import gc
import shlex
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import pytest
from _pytest.runner import runtestprotocol  # what pytest offers for running a test again

from contract_tests.client.api import CaseApi
from contract_tests.client.ledger import written
from contract_tests.client.target import advice
from contract_tests.contract.requirements import catalogue
from contract_tests.exceptions import TargetError, Violation
from contract_tests.profiles import LEFT_OUT, profile_for
from contract_tests.report import terminal
from contract_tests.results.collector import Run, find, verdicts
from contract_tests.results.summary import Counted, Outcome, counted, of_session
from contract_tests.results.verdicts import Finding
from contract_tests.runner import pytest_reports
from contract_tests.runner.context import INPUT, Aim
from contract_tests.runner.options import options_of
from contract_tests.runner.ordering import ordered, requirements_of
from contract_tests.runner.progress import Progress, counts_of

if TYPE_CHECKING:
    from contract_tests.runner.publish import Keeper

RUN: Final = pytest.StashKey[Run]()
OUTPUT: Final = "caseiq_outcome"
TURNS: Final = 3


class Conformance:
    """The hooks of one session."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.progress = Progress(config)
        self.options = options_of(config)
        self.outcome = Outcome(asked=self.options.requirements)
        self.aim = Aim(config, self.options)
        self._keeper: Keeper | None = None
        self._unanswered = False
        self._judged_failed = 0
        self._learnt: list[tuple[list[str], list[str]]] = []
        self._mask: Callable[[str], str] = str

    # -- before the first check

    @property
    def findings(self) -> list[Finding]:
        return self.outcome.findings

    @property
    def run(self) -> Run | None:
        return self.config.stash.get(RUN, None)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = [item for item in items if not requirements_of(item) or self._wanted(item)]
        dropped = [item for item in items if item not in kept]
        profile = profile_for(self.options.profile, seeded=False, budget=self.aim.budget)
        items[:] = ordered(kept, frugal=profile.small_budget)
        if dropped:
            self.config.hook.pytest_deselected(items=dropped)
        if self.options.read_only and dropped and not any(map(requirements_of, kept)):
            raise pytest.UsageError(self._nothing_to_read(dropped))

    def _wanted(self, item: pytest.Item) -> bool:
        reads = item.get_closest_marker("read_only") is not None
        wanted = self.options.requirements
        return reads == bool(self.options.read_only) and (
            not wanted or bool(wanted & set(requirements_of(item)))
        )

    def _nothing_to_read(self, dropped: Iterable[pytest.Item]) -> str:
        reading = (item for item in dropped if item.get_closest_marker("read_only"))
        asked = ", ".join(sorted(self.options.requirements)) or "what was collected"
        shown = ", ".join(sorted(self._requirements(reading))) or "no more"
        return f"--read-only: reading a case shows nothing of {asked}; it shows {shown}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Before the first check: is the target there, do the credentials work, may the run write?"""
        stays_out = session.testsfailed and not self.config.option.continue_on_collection_errors
        if stays_out or self.config.option.collectonly:
            return
        if not any(requirements_of(item) for item in session.items):
            return
        if not gc.get_freeze_count():
            gc.freeze()  # all that was imported stays: each collection would look through it in vain
        api, first = self.aim.begin()
        self.outcome.advice = advice(first)
        run = Run(api, first, self.options.deployment.disabled)
        if self.options.report_dir is not None:
            from contract_tests.runner.publish import Keeper  # noqa: PLC0415 - only where a report is asked for

            if not self.aim.worker:
                Keeper.forget(self.options.report_dir)
            self._keeper = Keeper(api, self.options.report_dir, self.aim.worker or "main")
            run.listeners.append(self._keeper)
        self.config.stash[RUN] = run
        self._show_progress(self._requirements(session.items), api)

    def _requirements(self, items: Iterable[pytest.Item]) -> set[str]:
        return {id_ for item in items for id_ in requirements_of(item)}

    def _show_progress(self, requirements: Collection[str], api: CaseApi | None = None) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if self.progress.shown and reporter is not None:
            reporter.showfspath = False  # what pytest writes as it goes on would stand in the bar's line
        self.progress.start(requirements, self.aim.reach.budget, api.session if api else None)

    # -- spread over processes (pytest-xdist)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, specs: Sequence[Any]) -> None:
        """In the controller, before there are workers: one of them could not say why the run cannot start."""
        self.aim.must_suffice(len(specs))
        api, first = self.aim.begin()
        self.outcome.advice = advice(first)
        self.outcome.add(of_session(api.session))
        self._learnt.append(api.session.secrets.values)
        if self.options.report_dir is not None:
            from contract_tests.runner.publish import Keeper  # noqa: PLC0415 - as above

            Keeper.forget(self.options.report_dir)
        self.progress.heard("main", counts_of(api.session))
        self._show_progress(self.options.requirements or catalogue().keys())

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """In the controller: tell a worker what to judge, and its share of the budget."""
        specs = node.nodemanager.specs
        place = next(place for place, spec in enumerate(specs) if spec is node.gateway.spec)
        node.workerinput[INPUT] = self.aim.for_worker(place, len(specs), self.outcome.total.created)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """In the controller: a worker is done; add what it counted."""
        output = getattr(node, "workeroutput", {}).get(OUTPUT)
        if output is not None:
            self.outcome.add(Counted(**output["counted"]))
            self._learnt.append(output["secrets"])

    # -- each check

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """A check that the connection ended is run again, with new cases; only then it is an error."""
        if self.run is None or not requirements_of(item):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for turn in range(TURNS):
            self._unanswered = False
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            if not self._unanswered or turn == TURNS - 1:
                break
            item._initrequest()  # type: ignore[attr-defined]
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

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
        self._unanswered = find(error, TargetError) is not None and find(error, Violation) is None
        findings = self.run.conclude(item.nodeid, requirements, error)
        pytest_reports.tell(report, findings, self.options.level, self.run.mask)
        if self.aim.worker:
            pytest_reports.count(report, self.aim.worker, counts_of(self.run.api.session))
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> pytest_reports.Status | None:
        return pytest_reports.status(report, letters=not self.progress.shown)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        findings = pytest_reports.told(report)
        self.findings.extend(findings)
        self._judged_failed += bool(findings) and report.failed
        for process, counts in pytest_reports.counted(report):
            self.progress.heard(process, counts)
        self.progress.concluded(self.findings)

    # -- at the end

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.run is not None:
            self.run.end()
            self.outcome.add(counted(self.run))
        if self._keeper is not None:
            self._keeper.close()
        if self.aim.worker:
            self.config.workeroutput[OUTPUT] = {  # type: ignore[attr-defined]
                "counted": self.outcome.total.to_json(),
                "secrets": self.run.api.session.secrets.values if self.run else ([], []),
            }
        elif self.findings:
            self.outcome.target = self.aim.target.base_url
            self.outcome.run_id, self.outcome.budget = self.aim.reach.run_id, self.aim.reach.budget
            self.outcome.left_out = LEFT_OUT.get(self.options.profile, "")
            self.outcome.repeat = shlex.join(["pytest", *map(str, self.config.invocation_params.args)])
            self._publish(session, self._client())
        self.progress.stop()
        self.aim.close()

    def _client(self) -> CaseApi:
        """The run's client; where other processes judged, one that knows their secrets and what they created."""
        if self.run is not None:
            return self.run.api
        self.outcome.spread = True
        self.outcome.total.requests = max(self.outcome.total.requests, self.progress.counts().requests)
        if self.aim.reach.ledger is not None:
            # A worker that was interrupted has told nothing, but what it created stands there.
            self.outcome.total.ledger = written(self.aim.reach.ledger, self.aim.reach.run_id)
            self.outcome.total.created = len(self.outcome.total.ledger)
        api = self.aim.client(spent=self.outcome.total.created)
        for values in self._learnt:
            api.session.secrets.keep(*values)
        return api

    def _publish(self, session: pytest.Session, api: CaseApi) -> None:
        self._mask = api.session.secrets.mask
        self.outcome.mask(self._mask)
        self.outcome.interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
        if self.options.compare is None and self.options.report_dir is None:
            return
        from contract_tests.runner.publish import publish  # noqa: PLC0415

        try:
            publish(self.outcome, self.options, api)
        except OSError as error:
            raise pytest.UsageError(str(error)) from None
        # Whatever else failed, such as a test of the project's own, an earlier report cannot excuse.
        judged_alone = session.testsfailed == self._judged_failed
        failed = session.exitstatus == pytest.ExitCode.TESTS_FAILED
        if self.options.only_new and failed and judged_alone and not self.outcome.worse:
            session.exitstatus = pytest.ExitCode.OK
            self.outcome.changes.append("nothing is newly failing, so this run ends well (--fail-on new)")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """The table last; failures by requirement, so pytest's list of failed tests is kept out."""
        if not self.findings:
            return (yield)
        listed = {kind: terminalreporter.stats.get(kind, []) for kind in pytest_reports.LISTED}
        for kind, reports in listed.items():
            terminalreporter.stats[kind] = pytest_reports.in_need_of_pytest(reports, self._mask)
        try:
            return (yield)
        finally:
            terminalreporter.stats |= listed
            judged = verdicts(self.findings, self.options.deployment.disabled)
            terminal.write(terminalreporter, judged, self.options.level, self.outcome)
