"""The execution of one check: repeated if its connection failed, and explained by detailed checks in a planned run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pytest

from contract_tests.client.failures import Cause, NoResponse
from contract_tests.client.session import RecordingSession
from contract_tests.exceptions import TargetError, Violation, find_exception
from contract_tests.oracle.comparison import show_body
from contract_tests.profiles import BRIEF
from contract_tests.results.broken_connections import ATTEMPTS
from contract_tests.results.causes import explains
from contract_tests.results.collector import Run
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner import plan, pytest_internals, pytest_reports
from contract_tests.runner.detailed_checks import MOST_REQUESTS, DetailedChecks, explained, undecided
from contract_tests.runner.options import Options
from contract_tests.runner.ordering import is_combined
from contract_tests.text import shorten

MOST_SILENT_CHECKS: Final = 3


class CheckRunner:
    """Runs the checks of a session.

    `is_explaining`: the current check explains a violation that another one found. `stop_reason`: why no further check
    can be decided, empty until then.
    """

    def __init__(self, options: Options) -> None:
        self._most_requests = MOST_REQUESTS if options.profile == BRIEF else None
        self.detailed = DetailedChecks(self._most_requests)
        self.is_explaining = False
        self._planned: list[pytest.Item] = []
        self._has_run: list[pytest.Item] = []
        self._options = options
        self._connection_failed = False
        self._timed_out = False
        self._silent_checks = 0
        self.stop_reason = ""

    def expect(self, items: Sequence[pytest.Item]) -> None:
        """Set the checks that will run. Detailed checks leave them their cases and requests."""
        self._planned = list(items)

    def leaves_out(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Return True if the check explained an earlier one, so that it need not run again."""
        if item not in self._has_run:
            return False
        pytest_internals.leave_out(item, nextitem)
        return True

    def note_end(self, error: BaseException | None) -> None:
        """Note how the call of a check ended."""
        self._connection_failed = (
            find_exception(error, TargetError) is not None and find_exception(error, Violation) is None
        )
        unanswered = find_exception(error, NoResponse)
        self._timed_out = unanswered is not None and unanswered.failure.cause is Cause.SILENT

    def run(
        self, item: pytest.Item, nextitem: pytest.Item | None, run: Run, earlier: Sequence[Finding]
    ) -> list[pytest.TestReport]:
        """Run a check, and return its reports.

        `earlier` are the findings of the checks before it.
        """
        # pytest tears down the module of this check, so that a check of any module can follow.
        other_module = self.detailed.outside(item)
        reports, is_silent = self._run_once(item, other_module or nextitem, run)
        if not run.lost_access.reason:
            self._explain(item, other_module, run, reports, earlier)
        self.stop_reason = run.lost_access.reason
        self._silent_checks = self._silent_checks + 1 if is_silent else 0
        if self._silent_checks == MOST_SILENT_CHECKS:
            since = _since(run.api.session)
            self.stop_reason = run.mask(
                f"the target did not respond to {MOST_SILENT_CHECKS} checks in a row{since}"
            )
        return reports

    def _run_once(
        self, item: pytest.Item, nextitem: pytest.Item | None, run: Run
    ) -> tuple[list[pytest.TestReport], bool]:
        """Run a check, and repeat it with new fixtures if its connection failed it; the last attempt counts."""
        received = run.api.session.responses_received
        for _ in range(ATTEMPTS):
            self._connection_failed = self._timed_out = False
            reports = pytest_internals.run_phases(item, nextitem)
            is_silent = self._timed_out and run.api.session.responses_received == received
            if is_silent or not (self._connection_failed or run.is_repeatable):
                break
        return reports, is_silent

    def _explain(
        self,
        item: pytest.Item,
        other_module: pytest.Item | None,
        run: Run,
        reports: Sequence[pytest.TestReport],
        earlier: Sequence[Finding],
    ) -> None:
        """Run the detailed checks that explain what a check found, and enter their findings into its reports."""
        own = [one for report in reports for one in pytest_reports.attached_findings(report)]
        raised = run.raised
        details = self.detailed.explaining(item, raised, undecided(own, earlier))
        is_known = self._knows_cause(item, raised, earlier)
        if not details and not is_known:
            return
        found: list[Finding] = []
        session = run.api.session
        before = session.requests_sent
        self.is_explaining = True
        with self._reserved_for_later(item, details, session):
            for one in details:
                # The target may need more requests than planned, because it refuses or changes many values.
                sent = session.requests_sent - before
                is_over = self._most_requests is not None and sent >= self._most_requests
                if run.lost_access.reason or is_over or session.requests_left == 0:
                    break
                cases = session.ledger.left
                if cases is not None and not self.detailed.may_run(one, cases):
                    continue
                self._has_run.append(one)
                following = item if item.path != one.path else other_module
                for report in self._run_once(one, following, run)[0]:
                    attached = pytest_reports.attached_findings(report)
                    # A check that turned out to need a case decides nothing without one.
                    found += [
                        finding
                        for finding in attached
                        if cases != 0 or finding.verdict is not Verdict.DISABLED
                    ]
        self.is_explaining = False
        # The violation of a combined check says little about its cause. Other checks declare their needs.
        both = explained(own, raised, found, is_known=is_known) if is_combined(item) else [*own, *found]
        pytest_reports.replace_findings(reports, both, self._options.level, run.mask)
        failed = (one for one in (*earlier, *both) if one.verdict is Verdict.FAILED)
        run.broken = {one.requirement for one in failed}

    def _knows_cause(self, item: pytest.Item, raised: str | None, earlier: Sequence[Finding]) -> bool:
        """Return True if all detailed checks have run before, and one of them found a cause."""
        if self._most_requests is not None or raised is None or not is_combined(item):
            return False
        return any(explains(one, raised) for one in earlier)

    @contextmanager
    def _reserved_for_later(
        self, item: pytest.Item, details: Sequence[pytest.Item], session: RecordingSession
    ) -> Iterator[None]:
        """Keep the cases and requests for the checks that come after `item`."""
        place = self._planned.index(item) + 1 if item in self._planned else 0
        later = [one for one in self._planned[place:] if one not in details]
        expected = plan.expected(later, self._options.profile)
        if expected is not None:
            session.reserved_requests, session.ledger.reserved = expected
        try:
            yield
        finally:
            session.reserved_requests = session.ledger.reserved = 0


def _since(session: RecordingSession) -> str:
    """Return the first request of those without a response, which may be the reason; starts with a comma."""
    first = session.silences.first
    if first is None:
        return ""
    path = shorten(first.url.removeprefix(session.base_url), 60)
    body = f" with {show_body(first.request_body)}" if first.request_body else ""
    return f", since {first.method} {path}{body}"
