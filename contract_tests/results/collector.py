"""Collection of findings during a run: the end of a test, and each exchange, become findings on requirements."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from contract_tests.assertions.attribution import resolve_requirement
from contract_tests.assertions.case import Case, case_from_response
from contract_tests.assertions.universal_checks import find_violations, is_authenticated
from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import (
    AllowanceSpent,
    Disabled,
    TargetError,
    Unsupported,
    Unverified,
    Violation,
    find_exception,
)
from contract_tests.results import no_case
from contract_tests.results.broken_connections import BrokenConnections
from contract_tests.results.case_history import MOST_READS, CaseHistory
from contract_tests.results.causes import (
    ATTRIBUTED_NEEDS,
    WATCHED_NEEDS,
    needs_of,
    needs_reason,
    unprobed_needs,
)
from contract_tests.results.explanations import Explanations
from contract_tests.results.lost_access import LostAccess, refused_grant
from contract_tests.results.missing_responses import FatalRequests, needs_of_error
from contract_tests.results.observations import Observer
from contract_tests.results.stored_input import StoredInput
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.results.watched import is_better, with_overlapping
from contract_tests.testdata.corpus import ORDINARY

SERVER_ERRORS: Final = ("NO-SERVER-ERROR", "HOSTILE-INPUT")
BROKEN: Final = "the check itself broke"
# The number of GETs that may be the cause of a failure, because they change a case, or fill a cache.
_READS: Final = {"GET-SAFE": MOST_READS, "UPDATE-VISIBLE": 2, "TRANSITION-MOVES": 2}
_OUTCOMES: Final[Mapping[type[BaseException], Verdict]] = {
    AllowanceSpent: Verdict.PASSED,
    Unsupported: Verdict.UNSUPPORTED,
    Unverified: Verdict.UNVERIFIED,
    Disabled: Verdict.DISABLED,
    TargetError: Verdict.ERROR,
}


class Run:
    """The client of the target, and the findings of the current test.

    `broken` are the requirements that failed so far; `raised` is the requirement of the violation that ended the last
    test, None if it did not end with one.
    """

    def __init__(self, api: CaseApi, first: Exchange, disabled: Mapping[str, str] | None = None) -> None:
        self.api = api
        self.first = first
        self.observer = Observer(api.deployment.status_field, api.deployment.workflow.initial)
        for kind in api.refused_kinds:
            self.observer.note("refused-kinds", kind)
        self.reduced: set[str] = set()
        self.broken: set[str] = set()
        self.raised: str | None = None
        self._stored_input = StoredInput()
        self._broken_connections = BrokenConnections(api.session)
        self._fatal_requests = FatalRequests(api.session)
        self._explanations = Explanations(api)
        self.unknown_id_writes = self._explanations.unknown_id_writes
        self._spoilt_connection: Finding | None = None
        self.lost_access = LostAccess(api)
        self._history = CaseHistory()
        self._listeners: tuple[Callable[[Exchange], None], ...] = (
            self._history, self.observer, self._stored_input, self.lost_access, self._explanations,
        )  # fmt: skip
        self._disabled = disabled or {}
        self._watched: dict[str, tuple[Violation, tuple[Exchange, ...]]] = {}
        self._lock = threading.Lock()
        api.session.watch = self._watch
        for exchange in api.trace:
            self._watch(exchange)

    @property
    def is_repeatable(self) -> bool:
        """True if the last test failed by its connection only. Its next attempt reports why."""
        return self._spoilt_connection is not None

    @property
    def case_id(self) -> str:
        """The id of the case in the first exchange, which was created, or is only read with --read-only."""
        return str(self.first.object.get("id") or self.first.url.rpartition("/")[2])

    def first_case(self) -> Case:
        """Return the case that was created when the run started, its oldest one."""
        case = case_from_response(self.api, self.first, ORDINARY)
        case.adopt(case.created_record)
        return case

    def has_failed(self, *requirements: str) -> bool:
        """Return True if one of the requirements failed already, so that no shorter reproduction is needed."""
        return not self.broken.isdisjoint(requirements)

    def end(self) -> None:
        """Stop watching: the following exchanges belong to no test."""
        self.api.session.watch = None
        self.begin("")

    def begin(self, test: str) -> None:
        """Start a test with an empty trace."""
        self.api.session.begin_test(test)

    def conclude(
        self,
        test: str,
        requirements: Sequence[str],
        error: BaseException | None,
        needs: Sequence[str] = (),
    ) -> list[Finding]:
        """Return the findings of a test that ended with `error`, or passed.

        The test verifies `requirements`; it says nothing about them if one of those it `needs` fails.
        """
        error = self.lost_access.instead_of(error, list(self.api.trace))
        error = self._broken_connections.instead_of(error, test, list(self.api.trace))
        earlier, self._spoilt_connection = self._spoilt_connection, None
        findings = self._findings(test, requirements, error, needs)
        findings += [earlier] if earlier is not None else []
        if self.first.refused and not self.api.session.ledger.created:
            findings = [no_case.undecided(finding) for finding in findings]
        if not self.is_repeatable:
            self.broken |= {finding.requirement for finding in findings if finding.verdict is Verdict.FAILED}
        return [self._unless_disabled(finding) for finding in findings]

    def _findings(
        self, test: str, requirements: Sequence[str], error: BaseException | None, needs: Sequence[str]
    ) -> list[Finding]:
        trace = list(self.api.trace)
        self.raised = None
        with self._lock:
            watched, self._watched = self._watched, {}
        findings = [
            self._failed(
                test,
                id_,
                violation,
                with_overlapping(seen, trace),
                (*WATCHED_NEEDS.get(id_, ()), *violation.needs),
            )
            for id_, (violation, seen) in watched.items()
        ]
        violation = find_exception(error, Violation)
        if violation is not None:
            cause = self._server_error(violation, trace) or refused_grant(self.api, violation, trace)
            broken = self.raised = cause or resolve_requirement(violation, requirements)
            origin = self._explanations.explain(violation, trace)
            if spoilt := self._explanations.repeated_requests.take_spoilt_connection():
                found, evidence = spoilt
                assert found.requirement is not None
                self._spoilt_connection = self._failed(test, found.requirement, found, evidence, ())
            others = [one for one in findings if one.requirement != broken]
            unmet = [] if broken in requirements else self._unmet(test, requirements, broken, findings)
            attributed = () if requirements == (broken,) else ATTRIBUTED_NEEDS.get(broken, ())
            needs = (*needs, *violation.needs, *attributed)
            if self.api.session.ledger.left == 0:
                needs += unprobed_needs(broken)
            finding = self._failed(test, broken, violation, trace, needs, origin=origin)
            return [*others, finding, *unmet]
        findings += self._fatal(test, error)
        verdict, reason = _outcome(error)
        failed = {finding.requirement for finding in findings}
        exchanges = (
            self._history.evidence(trace)[0]
            if verdict is Verdict.ERROR and not self.lost_access.reason
            else ()
        )
        needed = needs_of_error(error, self.api.session) if verdict is Verdict.ERROR else ()
        return findings + [
            Finding(id_, verdict, test, reason=self._mask_whole(reason), exchanges=exchanges, needs=needed)
            for id_ in requirements
            if id_ not in failed
        ]

    def _fatal(self, test: str, error: BaseException | None) -> list[Finding]:
        """Return the finding on a request during which the target stopped accepting connections."""
        found = self._fatal_requests.find(test, error)
        if found is None:
            return []
        violation, request = found
        assert violation.requirement is not None
        return [self._failed(test, violation.requirement, violation, [request], ())]

    def _server_error(self, violation: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return the requirement that a server error breaks, if that is what the violation found."""
        for exchange in reversed(trace):
            if exchange.is_server_error and exchange.summary() == violation.actual:
                broken = [one.requirement for one in find_violations(exchange, self._stored_input.is_hostile)]
                return next((id_ for id_ in broken if id_ in SERVER_ERRORS), None)
        return None

    def _unmet(
        self, test: str, requirements: Sequence[str], broken: str, findings: Sequence[Finding]
    ) -> list[Finding]:
        """Return the findings on requirements that a test could not verify, because it needs a broken one."""
        state = "disabled" if broken in self._disabled else "failed"
        decided = {finding.requirement for finding in findings}
        return [
            Finding(id_, Verdict.UNVERIFIED, test, reason=needs_reason([broken], state), needs=(broken,))
            for id_ in requirements
            if id_ not in decided
        ]

    def _unless_disabled(self, finding: Finding) -> Finding:
        """Disable the finding if the deployment disables its requirement. A pass is kept, to be reported."""
        reason = self._disabled.get(finding.requirement)
        if reason is None or finding.verdict is Verdict.PASSED:
            return finding
        return replace(finding, verdict=Verdict.DISABLED, reason=reason)

    def _failed(
        self,
        test: str,
        id_: str,
        violation: Violation,
        trace: Sequence[Exchange],
        needs: Sequence[str],
        *,
        origin: Exchange | None = None,
    ) -> Finding:
        if id_.startswith("AUTH-") and not any(map(is_authenticated, trace)):
            trace = [self.first, *trace]  # a server may remember a client that it has accepted
        exchanges, left_out = self._history.evidence(trace, origin, reads=_READS.get(id_, 0))
        return Finding(
            id_,
            Verdict.FAILED,
            test,
            expected=self._mask_whole(violation.expected),
            actual=self._mask_whole(violation.actual),
            exchanges=exchanges,
            left_out=left_out,
            timeline=violation.timeline,
            needs=needs_of(id_, needs, violation.actual),
        )

    def mask(self, text: str) -> str:
        """Return the text without known secrets."""
        return self.api.session.secrets.mask(text)

    def _mask_whole(self, text: str) -> str:
        """Mask a text that is masked again and shortened at the end of the run, when more secrets are known."""
        return self.api.session.secrets.mask_whole(text)

    def _watch(self, exchange: Exchange) -> None:
        with self._lock:
            # Several threads send requests, and listeners need not be thread-safe.
            for listener in self._listeners:
                listener(exchange)
        for violation in find_violations(exchange, self._stored_input.is_hostile):
            assert violation.requirement is not None
            with self._lock:
                known = self._watched.get(violation.requirement)
                if known is None or is_better(violation, exchange, *known):
                    earlier = self._history.before([exchange], updates=True)
                    self._watched[violation.requirement] = (violation, (*earlier, exchange))


def _outcome(error: BaseException | None) -> tuple[Verdict, str]:
    if error is None:
        return Verdict.PASSED, ""
    for kind, verdict in _OUTCOMES.items():
        found = find_exception(error, kind)
        if found is not None:
            return verdict, str(found)
    return Verdict.ERROR, f"{BROKEN}: {type(error).__name__}: {error}"
