"""One pytest session's judgement: from the options to the target, from each test's report to the verdict at the end.

Where pytest-xdist spreads the checks, each worker judges its share and the controller adds up; findings travel as
properties of test reports. Knows pytest; how a verdict is found, it leaves to run.py.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from _pytest.runner import runtestprotocol  # what pytest offers for running a test again

from contract_tests.api import CaseApi, unknown_id
from contract_tests.options import Options, must_allow_writes, options_of, reach_of, target_of
from contract_tests.outcome import Counted, Outcome, counted
from contract_tests.progress import Progress
from contract_tests.report import terminal
from contract_tests.requirements import catalogue
from contract_tests.run import BROKEN, Run, find, verdicts
from contract_tests.target import Reach, Target, connect, first_case, must_answer, must_exist
from contract_tests.verdicts import Finding, TargetError, Verdict, Violation

if TYPE_CHECKING:
    from contract_tests.report.publish import Keeper

PROPERTY: Final = "caseiq"
RUN: Final = pytest.StashKey[Run]()
WORKER: Final = "caseiq_target"
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
            self.outcome.target = api.session.base_url
            if self.options.read_only:
                first = must_exist(api, self.options.read_only)
            else:
                must_answer(api, unknown_id())
                must_allow_writes(self.options, target)
                first = first_case(api)
        except TargetError as error:
            raise pytest.UsageError(str(error)) from None
        run = Run(api, first, self.options.deployment.disabled)
        if self.options.report_dir is not None:
            from contract_tests.report.publish import Keeper  # noqa: PLC0415 - only where a report is asked for

            self._keeper = Keeper(api, self.options.report_dir, self._worker or "main")
            run.listeners.append(self._keeper)
        self.config.stash[RUN] = run
        self.progress.start(api, self._requirements(session.items))

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
        output = getattr(node, "workeroutput", {}).get(PROPERTY)
        if output is not None:
            self.outcome.add(Counted(**output))

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
        report.user_properties.append((PROPERTY, json.dumps([finding.to_json() for finding in findings])))
        self._reshape(report, findings)
        return report

    def _reshape(self, report: pytest.TestReport, findings: Sequence[Finding]) -> None:
        """Give the report the outcome and the words of its findings."""
        level = self.options.level
        words = {terminal.word(one.verdict, catalogue()[one.requirement].level, level) for one in findings}
        if words & {"failed", "error"}:
            report.outcome = "failed"
            broken = [one for one in findings if one.verdict in (Verdict.FAILED, Verdict.ERROR)]
            if not any(one.reason.startswith(BROKEN) for one in broken):
                report.longrepr = "\n".join(terminal.failure(one) for one in broken)
        elif words and words <= {"unsupported", "disabled"}:
            report.outcome = "skipped"
            reason = next(one.reason for one in findings)
            report.longrepr = (report.location[0], report.location[1] or 0, reason)
        else:
            report.outcome = "passed"
            report.longrepr = None
            report.caseiq_warning = "warning" in words  # type: ignore[attr-defined]

    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        if report.when != "call":
            return None
        if getattr(report, "caseiq_warning", False):
            return "below the bar", "w", ("WARNING", {"yellow": True})
        if (
            self.progress.shown
            and report.passed
            and any(name == PROPERTY for name, _ in report.user_properties)
        ):
            return "passed", "", ("PASSED", {"green": True})
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == PROPERTY and report.when in ("setup", "call"):
                self.findings.extend(map(Finding.from_json, json.loads(str(value))))
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
            self.config.workeroutput[PROPERTY] = self.outcome.total.to_json()  # type: ignore[attr-defined]
        elif self.findings:
            self.outcome.target = self._aim()[0].base_url
            self.outcome.repeat = "pytest " + shlex.join(map(str, self.config.invocation_params.args))
            self._publish(session)

    def _publish(self, session: pytest.Session) -> None:
        if self.options.compare is None and self.options.report_dir is None:
            return
        from contract_tests.report.document import UnreadableDocument  # noqa: PLC0415 - as above
        from contract_tests.report.publish import publish  # noqa: PLC0415

        target, reach = self._aim()
        api: CaseApi = self.run.api if self.run else connect(target, replace(reach, ledger=None))
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
        failed = terminalreporter.stats.get("failed", [])
        terminalreporter.stats["failed"] = [one for one in failed if not isinstance(one.longrepr, str)]
        try:
            return (yield)
        finally:
            terminalreporter.stats["failed"] = failed
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
