"""One run against one target: its client, its findings, and the verdict that they add up to.

Turns what happened in a test into findings. Knows no pytest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from contract_tests.assertions.case import Case, case_from_response
from contract_tests.assertions.universal_checks import find_violations
from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.contract.requirements import catalogue
from contract_tests.exceptions import Disabled, TargetError, Unsupported, Violation
from contract_tests.results.observations import Observer
from contract_tests.results.stored_input import StoredInput
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.testdata.corpus import ORDINARY

E = TypeVar("E", bound=BaseException)

# The worst finding decides; a pass outweighs "not supported in this form".
_PRECEDENCE: Final = (
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.PASSED,
    Verdict.UNSUPPORTED,
    Verdict.DISABLED,
)
BROKEN: Final = "the check itself broke"
NO_LONGER_NEEDED: Final = "disabled, but passes: no longer needed"
_LONGEST_STORY: Final = 12
_STORY_ENDS: Final = (3, 8)
_OUTCOMES: Final[Mapping[type[BaseException], Verdict]] = {
    Unsupported: Verdict.UNSUPPORTED,
    Disabled: Verdict.DISABLED,
    TargetError: Verdict.ERROR,
}


class Run:
    """The target's client and what the test under way has shown so far."""

    def __init__(self, api: CaseApi, first: Exchange, disabled: Mapping[str, str] | None = None) -> None:
        self.api = api
        self.first = first
        self.observer = Observer(api.deployment.status_field)
        for kind in api.refused_kinds:
            self.observer.note("refused-kinds", kind)
        self.reduced: set[str] = set()
        self.broken: set[str] = set()
        self._stored_input = StoredInput()
        self.listeners: list[Callable[[Exchange], None]] = [self.observer, self._stored_input]
        self._disabled = disabled or {}
        self._watched: dict[str, tuple[Violation, tuple[Exchange, ...]]] = {}
        self._lock = threading.Lock()
        api.session.watch = self._watch
        for exchange in api.trace:
            self._watch(exchange)

    @property
    def case_id(self) -> str:
        """The case that the first exchange was about: the one created, or the one to be read."""
        return str(self.first.object.get("id") or self.first.url.rpartition("/")[2])

    def first_case(self) -> Case:
        """The case made when the run began, so the oldest it has."""
        return case_from_response(self.api, self.first, ORDINARY)

    def knows(self, *requirements: str) -> bool:
        """Whether a failure of one of them has been told already: a shorter story is not worth its requests."""
        return not self.broken.isdisjoint(requirements)

    def end(self) -> None:
        """What the client does from now on belongs to no test."""
        self.api.session.watch = None
        self.begin("")

    def begin(self, test: str) -> None:
        """A test starts: a new story, told in its name."""
        self.api.session.begin_test(test)

    def conclude(self, test: str, requirements: Sequence[str], error: BaseException | None) -> list[Finding]:
        """A test ended with `error`, or well: what that says of `requirements`, and of others broken on the way."""
        findings = self._findings(test, requirements, error)
        self.broken |= {finding.requirement for finding in findings if finding.verdict is Verdict.FAILED}
        return [self._unless_disabled(finding) for finding in findings]

    def _findings(self, test: str, requirements: Sequence[str], error: BaseException | None) -> list[Finding]:
        trace = list(self.api.trace)
        with self._lock:
            watched, self._watched = self._watched, {}
        findings = [self._failed(test, id_, violation, seen) for id_, (violation, seen) in watched.items()]
        violation = find(error, Violation)
        if violation is not None:
            id_ = violation.requirement or requirements[0]
            return [*(f for f in findings if f.requirement != id_), self._failed(test, id_, violation, trace)]
        verdict, reason = _outcome(error)
        failed = {finding.requirement for finding in findings}
        story = self._story(trace)[0] if verdict is Verdict.ERROR else ()
        return findings + [
            Finding(id_, verdict, test, reason=self._mask_whole(reason), exchanges=story)
            for id_ in requirements
            if id_ not in failed
        ]

    def _unless_disabled(self, finding: Finding) -> Finding:
        """A failure of a requirement that the deployment disables is none; a pass stays, and will be told."""
        reason = self._disabled.get(finding.requirement)
        if reason is None or finding.verdict is Verdict.PASSED:
            return finding
        return replace(finding, verdict=Verdict.DISABLED, reason=reason)

    def _failed(self, test: str, id_: str, violation: Violation, trace: Sequence[Exchange]) -> Finding:
        told, left_out = self._story(trace)
        return Finding(
            id_,
            Verdict.FAILED,
            test,
            expected=self._mask_whole(violation.expected),
            actual=self._mask_whole(violation.actual),
            exchanges=told,
            left_out=left_out,
            timeline=violation.timeline,
        )

    def _story(self, trace: Sequence[Exchange]) -> tuple[tuple[dict[str, Any], ...], int]:
        """The trace as evidence, and how many exchanges in its middle are left out of a long one."""
        head, tail = _STORY_ENDS
        left_out = len(trace) - head - tail if len(trace) > _LONGEST_STORY else 0
        shown = [*trace[:head], *trace[-tail:]] if left_out else trace
        return tuple(exchange.evidence for exchange in shown), left_out

    def mask(self, text: str) -> str:
        """The text without what the run knows of secrets."""
        return self.api.session.secrets.mask(text)

    def _mask_whole(self, text: str) -> str:
        """Mask a text that is masked again and shortened at the end of the run, when more secrets are known."""
        return self.api.session.secrets.mask_whole(text)

    def _watch(self, exchange: Exchange) -> None:
        with self._lock:
            # Exchanges come from several threads at once, and no listener has to know.
            for listener in self.listeners:
                listener(exchange)
        for violation in find_violations(exchange, self._stored_input.is_hostile):
            assert violation.requirement is not None
            with self._lock:
                if violation.requirement not in self._watched:
                    earlier = _making_of(exchange, self.api.trace)
                    self._watched[violation.requirement] = (violation, (*earlier, exchange))


def _making_of(exchange: Exchange, trace: Iterable[Exchange]) -> list[Exchange]:
    """The create that made the case which an exchange is about."""
    for earlier in trace:
        case_id = earlier.object.get("id") if earlier.method == "POST" else None
        if earlier is not exchange and isinstance(case_id, str) and case_id and case_id in exchange.url:
            return [earlier]
    return []


def _outcome(error: BaseException | None) -> tuple[Verdict, str]:
    if error is None:
        return Verdict.PASSED, ""
    for kind, verdict in _OUTCOMES.items():
        found = find(error, kind)
        if found is not None:
            return verdict, str(found)
    return Verdict.ERROR, f"{BROKEN}: {type(error).__name__}: {error}"


def find(error: BaseException | None, kind: type[E]) -> E | None:
    """The first exception of `kind` in `error`, in the groups that Hypothesis makes, or in its causes."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, kind):
            return one
        if isinstance(one, BaseExceptionGroup):
            pending += one.exceptions
        pending += [one.__cause__, one.__context__]
    return None


def verdicts(
    findings: Iterable[Finding], disabled: Mapping[str, str] | None = None
) -> dict[str, tuple[Verdict, list[Finding]]]:
    """Each requirement of the catalogue with its verdict and the findings behind it.

    `disabled`: requirement -> reason; one that passed all the same is told as such.
    """
    by_requirement: dict[str, list[Finding]] = {id_: [] for id_ in catalogue()}
    for finding in findings:
        by_requirement.setdefault(finding.requirement, []).append(finding)
    return {
        id_: _disabled(id_, found, disabled[id_])
        if disabled and id_ in disabled
        else (_verdict(found), found)
        for id_, found in by_requirement.items()
    }


def _verdict(findings: Sequence[Finding]) -> Verdict:
    outcomes = {finding.verdict for finding in findings}
    return next((verdict for verdict in _PRECEDENCE if verdict in outcomes), Verdict.UNVERIFIED)


def _disabled(id_: str, findings: Sequence[Finding], reason: str) -> tuple[Verdict, list[Finding]]:
    passed = findings and all(finding.verdict is Verdict.PASSED for finding in findings)
    told = f"{reason} ({NO_LONGER_NEEDED})" if passed else reason
    test = findings[0].test if findings else ""
    return Verdict.DISABLED, [Finding(id_, Verdict.DISABLED, test, reason=told)]
