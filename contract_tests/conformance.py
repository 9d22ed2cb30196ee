"""One pytest session's judgement: from the options to the target, from each test's report to the verdict at the end.

Where pytest-xdist spreads the checks, each worker judges its share and the controller adds up; findings travel as
properties of test reports. Knows pytest; how a verdict is found, it leaves to run.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from _pytest.runner import runtestprotocol  # what pytest offers for running a test again

from contract_tests import testreports
from contract_tests.api import CaseApi, unknown_id
from contract_tests.exchange import Exchange
from contract_tests.options import Options, must_allow_writes, options_of, reach_of, target_of
from contract_tests.outcome import Counted, Outcome, counted
from contract_tests.progress import Progress
from contract_tests.report import terminal
from contract_tests.run import Run, find, verdicts
from contract_tests.target import Reach, Target, connect, first_case, must_answer, must_exist
from contract_tests.verdicts import Finding, TargetError, Violation

if TYPE_CHECKING:
    from contract_tests.report.publish import Keeper

RUN: Final = pytest.StashKey[Run]()
WORKER: Final = "caseiq_target"
OUTPUT: Final = "caseiq_outcome"
TURNS: Final = 3


class Conformance:
    """The hooks of one session."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.outcome = Outcome()
        self.progress = Progress(config)
        self._options: Options | None = None
        self._target: Target | None = None
        self._reach: Reach | None = None
        self._keeper: Keeper | None = None
        self._unanswered = False
        self._learnt: list[str] = []

    # -- before the first check

    @property
    def options(self) -> Options:
        if self._options is None:
            self._options = options_of(self.config)
        return self._options

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
        items[:] = sorted(kept, key=_turn)
        if dropped:
            self.config.hook.pytest_deselected(items=dropped)

    def _wanted(self, item: pytest.Item) -> bool:
        reads = item.get_closest_marker("read_only") is not None
        wanted = self.options.requirements
        return reads == bool(self.options.read_only) and (
            not wanted or bool(wanted & set(requirements_of(item)))
        )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Before the first check: is the target there, do the credentials work, may the run write?"""
        if self.config.option.collectonly or not any(requirements_of(item) for item in session.items):
            return
        target, reach = self._aim()
        try:
            api = connect(target, reach)
        except TargetError as error:
            raise pytest.UsageError(str(error)) from None
        try:
            first = self._first(api, target)
        except TargetError as error:
            raise pytest.UsageError(api.session.secrets.mask(str(error))) from None
        run = Run(api, first, self.options.deployment.disabled)
        if self.options.report_dir is not None:
            from contract_tests.report.publish import Keeper  # noqa: PLC0415 - only where a report is asked for

            self._keeper = Keeper(api, self.options.report_dir, self._worker or "main")
            run.listeners.append(self._keeper)
        self.config.stash[RUN] = run
        self.progress.start(api, self._requirements(session.items))

    def _first(self, api: CaseApi, target: Target) -> Exchange:
        """The run's first exchange that concerns a case."""
        if self.options.read_only:
            return must_exist(api, self.options.read_only)
        must_answer(api, unknown_id())
        must_allow_writes(self.options, target)
        return first_case(api)

    def _requirements(self, items: Iterable[pytest.Item]) -> set[str]:
        return {id_ for item in items for id_ in requirements_of(item)}

    def _aim(self) -> tuple[Target, Reach]:
        """The target and the bounds; in a worker, those that the controller chose."""
        if self._target is None or self._reach is None:
            given = getattr(self.config, "workerinput", {}).get(WORKER)
            if given is None:
                self._target = target_of(self.config, self.options)
                self._reach = reach_of(self.options, self._target, self.config.invocation_params.dir)
                self.outcome.run_id = self._reach.run_id
            else:
                self._target = Target(
                    given["base_url"],
                    given["environment"],
                    self.options.deployment,
                    embedded=given["embedded"],
                )
                reach = reach_of(self.options, self._target, self.config.invocation_params.dir)
                self._reach = replace(reach, run_id=given["run_id"], budget=given["budget"])
        return self._target, self._reach

    # -- spread over processes (pytest-xdist)

    @property
    def _worker(self) -> str:
        return str(getattr(self.config, "workerinput", {}).get("workerid", ""))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """In the controller: tell a worker what to judge, and its share of the budget."""
        target, reach = self._aim()
        must_allow_writes(self.options, target)
        workers = len(node.config.getoption("tx"))
        node.workerinput[WORKER] = {
            "base_url": target.base_url,
            "environment": {k: v for k, v in target.environment.items() if k.startswith("CASEIQ_")},
            "embedded": target.embedded,
            "run_id": reach.run_id,
            "budget": None if reach.budget is None else max(1, reach.budget // workers),
        }

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """In the controller: a worker is done; add what it counted."""
        output = getattr(node, "workeroutput", {}).get(OUTPUT)
        if output is not None:
            self.outcome.add(Counted(**output["counted"]))
            self._learnt += output["secrets"]

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
        testreports.tell(report, findings, self.options.level, self.run.mask)
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> testreports.Status | None:
        return testreports.status(report, letters=not self.progress.shown)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.findings.extend(testreports.told(report))
        self.progress.concluded(self.findings)

    # -- at the end

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.progress.stop()
        if self._keeper is not None:
            self._keeper.close()
        if self.run is not None:
            self.outcome.add(counted(self.run))
        if self._worker:
            self.config.workeroutput[OUTPUT] = {  # type: ignore[attr-defined]
                "counted": self.outcome.total.to_json(),
                "secrets": self.run.api.session.secrets.values if self.run else [],
            }
        elif self.findings:
            self.outcome.target = self._aim()[0].base_url
            self.outcome.repeat = "pytest " + shlex.join(map(str, self.config.invocation_params.args))
            self._publish(session, self._client())

    def _client(self) -> CaseApi:
        """The run's client; where other processes judged, one that knows their secrets."""
        if self.run is not None:
            return self.run.api
        target, reach = self._aim()
        api = connect(target, replace(reach, ledger=None))
        api.session.secrets.keep(*self._learnt)
        return api

    def _publish(self, session: pytest.Session, api: CaseApi) -> None:
        self.outcome.mask(api.session.secrets.mask)
        if self.options.compare is None and self.options.report_dir is None:
            return
        from contract_tests.report.document import UnreadableDocument  # noqa: PLC0415 - as above
        from contract_tests.report.publish import publish  # noqa: PLC0415

        try:
            publish(self.outcome, self.options, api)
        except (UnreadableDocument, OSError) as error:
            raise pytest.UsageError(str(error)) from None
        if self.options.only_new and session.exitstatus == pytest.ExitCode.TESTS_FAILED:
            broken = self.outcome.newly_failing
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if broken else pytest.ExitCode.OK

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        """The table last; failures by requirement, so pytest's list of failed tests is kept out."""
        if not self.findings:
            return (yield)
        listed = {kind: terminalreporter.stats.get(kind, []) for kind in testreports.LISTED}
        for kind, reports in listed.items():
            terminalreporter.stats[kind] = testreports.in_need_of_pytest(reports)
        try:
            return (yield)
        finally:
            terminalreporter.stats |= listed
            judged = verdicts(self.findings, self.options.deployment.disabled)
            terminal.write(terminalreporter, judged, self.options.level, self.outcome)


# Checks collected last, in this order: random sequences of what the others have looked at one by one, what needs
# time to have passed, generated requests, and what a server may not survive.
_LATE: Final = ("test_lifecycle.py", "test_whole_run.py", "test_schema.py", "test_robustness.py")


def _turn(item: pytest.Item) -> int:
    return _LATE.index(item.path.name) + 1 if item.path.name in _LATE else 0


def requirements_of(item: pytest.Item) -> tuple[str, ...]:
    """The requirements that a check verifies; none for any other test."""
    marker = item.get_closest_marker("requirement")
    return marker.args if marker else ()
