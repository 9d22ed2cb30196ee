"""Case APIs section 5: sequences of operations on several cases, compared with a model.

All short sequences run first, random ones second. They contain only ordinary values, so that a violation is about the
operations; other requirements cover unusual values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, ClassVar, Final, TypeAlias, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    get_state_machine_test,
    initialize,
    invariant,
    precondition,
    rule,
)

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import WRITES, case_from_response, create_case
from contract_tests.assertions.responses import assert_accepted, assert_returned_record
from contract_tests.assertions.retrieval import assert_shows_as_created
from contract_tests.assertions.tracked_case import TrackedCase
from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.profiles import Profile, run_property
from contract_tests.results.collector import Run
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT, letters
from contract_tests.testdata.strategies import plain_payloads

requirement = pytest.mark.requirement
pytestmark = [pytest.mark.stage("sequences"), pytest.mark.needs(*FOUNDATION)]

T = TypeVar("T")

COVERED = (
    "CREATE-STORES",
    "GET-SAFE",
    "PUT-REPLACES",
    "PATCH-PARTIAL",
    "PATCH-EMPTY",
    "UPDATE-VISIBLE",
    "UPDATE-REFUSED-INERT",
    "UPDATE-ISOLATED",
    "UPDATE-WORKFLOW-KEPT",
    "TRANSITION-MOVES",
    "TRANSITION-CYCLE",
    "TRANSITION-ONLY-STATUS",
    "TRANSITION-REFUSED-INERT",
)
FEW = 3
LONGEST_REPLAY: Final = 6


Action: TypeAlias = Callable[[TrackedCase], None]


def _without_effect(one: TrackedCase) -> None:
    one.update({})
    one.attempt_refused_update()
    one.attempt_refused_transition()
    one.read()


ACTIONS: Final[Sequence[Action]] = (
    _without_effect,
    lambda one: one.replace(ORDINARY),
    lambda one: one.replace(REPLACEMENT),
    lambda one: one.update({"testSummary": "Patched", "testAssessor": "Dee", "testTags": [], "testUrgent": True}),
    lambda one: one.update({"testSummary": ORDINARY["testSummary"], "testHeadcount": 0, "testRemark": ""}),
    TrackedCase.transition_next,
)  # fmt: skip
ONE_OF_EACH: Final = (ACTIONS[1], ACTIONS[3], ACTIONS[5])  # a PUT, a PATCH and a transition


def rows(symbols: Sequence[T], length: int) -> list[T]:
    """Return a shortest sequence that contains every row of `length` (2 or more) symbols.

    This is a de Bruijn sequence, built by Martin's algorithm.
    """
    sequence = [0] * (length - 1)
    seen: set[tuple[int, ...]] = set()
    while True:
        begun = tuple(sequence[1 - length :])
        row = next(((*begun, i) for i in reversed(range(len(symbols))) if (*begun, i) not in seen), None)
        if row is None:
            return [symbols[index] for index in sequence]
        seen.add(row)
        sequence.append(row[-1])


def _run_steps(api: CaseApi, cases: int, steps: Sequence[tuple[int, Action]]) -> None:
    """Run the steps, each an action on the case with that number. After each, the other cases must be unchanged.

    If a step fails, the last few steps are repeated on new cases, for a shorter reproduction.
    """
    api.trace.next_attempt()
    tracked = [TrackedCase(create_case(api)) for _ in range(cases)]
    for done, (number, action) in enumerate(steps, 1):
        try:
            action(tracked[number])
            with attributed_to("UPDATE-ISOLATED"):
                for other in tracked:
                    if other is not tracked[number]:
                        other.assert_agrees()
        except Violation:
            for length in range(1, min(done, LONGEST_REPLAY + 1)):
                with api.trace.second_look():
                    _run_steps(api, cases, steps[done - length : done])
            raise


@requirement(*COVERED)
def test_short_sequences_agree_with_the_model(api: CaseApi, profile: Profile) -> None:
    _run_steps(api, 1, [(0, action) for action in rows(ACTIONS, profile.sequence_length)])


@requirement(*COVERED)
def test_sequences_on_two_cases_agree_with_the_model(api: CaseApi, profile: Profile) -> None:
    actions = ACTIONS if profile.sequence_length > 2 else ONE_OF_EACH
    _run_steps(api, 2, rows(list(product(range(2), actions)), 2))


# -- writes without a read between them


@requirement(*COVERED)
def test_two_writes_without_a_read_both_take_effect(api: CaseApi) -> None:
    # A server may keep the state that the last GET read, and base the next write on it.
    if api.deployment.case.consistency_wait:
        return  # a write may not see the previous write either
    one = TrackedCase(create_case(api))
    names = {one.state: one.shown}
    for _ in range(2):
        one.transition_next()
        names.setdefault(one.state, one.shown)
    for writes in product(UNREAD, repeat=2):
        api.trace.next_attempt()
        with attributed_to("GET-SAFE"):
            record = one.assert_agrees()
        unread = Unread(one, record.get("lastWorkflowId"))
        if not all(write(unread) for write in writes):
            one = TrackedCase(create_case(api))
            continue
        record = one.case.read()
        with attributed_to(FIELDS_BY[writes[-1]]):
            one.case.assert_record_shows(record, gone=one.gone)
        one.shown = one.case.status(record)
        others = {str(name) for state, name in names.items() if state != one.state}
        if str(one.shown) in others - {str(names.get(one.state))}:
            expected = f"the status of {one.state} after {' and '.join(unread.done)} without a read"
            raise Violation(
                expected, comparison.show(one.shown), STATUS_BY.get(writes[-1], "UPDATE-WORKFLOW-KEPT")
            )


class Unread:
    """Writes to a case without a read. Each returns True if the result of the next write is predictable."""

    def __init__(self, one: TrackedCase, workflow_id: Any) -> None:
        self.one = one
        self.done: list[str] = []
        self._workflow_id = workflow_id
        self._sure = True

    def put(self) -> bool:
        return self._update("PUT", {"testSummary": f"put {self.one.api.session.requests_sent}"})

    def patch(self) -> bool:
        return self._update("PATCH", {f"test{letters(len(self.one.ever))}": "patched"})

    def _update(self, method: str, payload: dict[str, Any]) -> bool:
        response = WRITES[method](self.one.case, payload)
        if response.ok:
            whole = self.one.api.complete(payload) if method == "PUT" else self.one.api.accepted(payload)
            stored = comparison.stored_fields(whole)
            self.one.set_fields(stored if method == "PUT" else {**self.one.case.fields, **stored})
        return self._after(method, response) or response.refused  # a closed case may refuse it

    def move(self) -> bool:
        one = self.one
        for status in one.workflow.legal(one.state)[:1]:
            workflow_id = one.case.usable_workflow_id({"lastWorkflowId": self._workflow_id})
            response = one.api.transition(one.case.id, status, workflow_id)
            if response.refused and not self._sure:
                return False  # an update without a record may have renewed it
            what = f"the transition to {status} after {' and '.join(self.done) or 'a GET'}"
            updated = bool(self.done) and not self.done[-1].startswith("the transition")
            assert_accepted(response, what, "UPDATE-WORKFLOW-KEPT" if updated else "TRANSITION-CYCLE")
            one.state = status
            return self._after(f"the transition to {status}", response)
        return False

    def _after(self, what: str, response: Exchange) -> bool:
        self.done.append(what)
        if response.ok:
            self._sure = response.carries_record and "lastWorkflowId" in response.object
            self._workflow_id = response.object["lastWorkflowId"] if self._sure else self._workflow_id
        return response.ok


UNREAD: Final = (Unread.put, Unread.patch, Unread.move)
# The requirement that the last write breaks if the fields, or the status, are wrong.
FIELDS_BY: Final = {
    Unread.put: "PUT-REPLACES",
    Unread.patch: "PATCH-PARTIAL",
    Unread.move: "TRANSITION-ONLY-STATUS",
}
STATUS_BY: Final = {Unread.move: "TRANSITION-CYCLE"}


# -- random sequences


class Lifecycle(RuleBasedStateMachine):
    """Random operations on a few cases, each compared with the model."""

    api: ClassVar[CaseApi]
    """Set by `lifecycle`, because Hypothesis creates the machine without arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.api.trace.next_attempt()
        self.tracked: list[TrackedCase] = []
        self.touched: TrackedCase | None = None

    @initialize(payload=plain_payloads)
    def begin(self, payload: dict[str, Any]) -> None:
        self._create(payload)

    @precondition(lambda self: len(self.tracked) < FEW)
    @rule(payload=plain_payloads)
    def create(self, payload: dict[str, Any]) -> None:
        self._create(payload)

    def _create(self, payload: dict[str, Any]) -> None:
        with attributed_to("CREATE-STORES"):
            response = self.api.create(payload)
            if response.refused:  # a value may be refused
                response, payload = self.api.create(ORDINARY), dict(ORDINARY)
            case = case_from_response(self.api, response, payload)
            assert_shows_as_created(case)
            assert_returned_record(response, case.fields)
        self.touched = TrackedCase(case)
        self.tracked.append(self.touched)

    def _pick(self, data: Any) -> TrackedCase:
        self.touched = data.draw(st.sampled_from(self.tracked))
        return self.touched

    @rule(data=st.data(), payload=plain_payloads)
    def replace(self, data: Any, payload: dict[str, Any]) -> None:
        self._pick(data).replace(payload)

    @rule(data=st.data(), payload=plain_payloads)
    def update(self, data: Any, payload: dict[str, Any]) -> None:
        # An object may replace or merge; PATCH-OBJECTS covers that.
        patch = {name: value for name, value in payload.items() if not isinstance(value, dict)}
        self._pick(data).update(patch)

    @rule(data=st.data())
    def move(self, data: Any) -> None:
        one = self._pick(data)
        legal = one.workflow.legal(one.state)
        if legal:
            one.transition(data.draw(st.sampled_from(legal)))

    @rule(data=st.data())
    def attempt_refused_transition(self, data: Any) -> None:
        self._pick(data).attempt_refused_transition()

    @rule(data=st.data())
    def read(self, data: Any) -> None:
        self._pick(data).read()

    @invariant()
    def others_are_untouched(self) -> None:
        with attributed_to("UPDATE-ISOLATED"):
            for one in self.tracked:
                if one is not self.touched:
                    one.assert_agrees()


def lifecycle(api: CaseApi) -> type[Lifecycle]:
    """Return the state machine for one target."""
    return type("Lifecycle", (Lifecycle,), {"api": api})


@requirement(*COVERED)
def test_random_lifecycles_agree_with_the_model(run: Run, profile: Profile) -> None:
    settings = profile.settings(profile.lifecycles, shrink=not run.has_failed(*COVERED))
    walk = get_state_machine_test(lifecycle(run.api), settings=settings)
    run_property(walk, profile, run.api.trace)
