"""How the operations work together (section 5): sequences on several cases, compared with the model.

Every short row of operations first, random ones second. Ordinary values only, so that a violation is about the
operations; unusual values have rows of their own.
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

from contract_tests.assertions.case import WRITES, case_from_response, create_case
from contract_tests.assertions.responses import assert_accepted, assert_returned_record
from contract_tests.assertions.tracked_case import TrackedCase
from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.profiles import Scale, prove
from contract_tests.results.collector import Run
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT, letters, plain_payloads

requirement = pytest.mark.requirement
pytestmark = pytest.mark.stage("sequences")

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


# -- every short row


Action: TypeAlias = Callable[[TrackedCase], None]


def _without_effect(one: TrackedCase) -> None:
    one.update({})
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
    """A shortest sequence in which every row of `length` (2 or more) symbols occurs: de Bruijn's, by Martin's rule."""
    sequence = [0] * (length - 1)
    seen: set[tuple[int, ...]] = set()
    while True:
        begun = tuple(sequence[1 - length :])
        row = next(((*begun, i) for i in reversed(range(len(symbols))) if (*begun, i) not in seen), None)
        if row is None:
            return [symbols[index] for index in sequence]
        seen.add(row)
        sequence.append(row[-1])


def _carried_out(api: CaseApi, cases: int, steps: Sequence[tuple[int, Action]]) -> None:
    """The steps, each an action on the case of that number; where one fails, its last few again on new cases.

    After each step every other case must be as before.
    """
    api.trace.restart()
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
                    _carried_out(api, cases, steps[done - length : done])
            raise


@requirement(*COVERED)
def test_every_few_operations_in_a_row(api: CaseApi, scale: Scale) -> None:
    _carried_out(api, 1, [(0, action) for action in rows(ACTIONS, scale.row)])


@requirement(*COVERED)
def test_every_two_operations_on_two_cases(api: CaseApi, scale: Scale) -> None:
    actions = ACTIONS if scale.row > 2 else ONE_OF_EACH
    _carried_out(api, 2, rows(list(product(range(2), actions)), 2))


# -- without a read between them


@requirement(*COVERED)
def test_two_writes_count_though_nobody_reads_between_them(api: CaseApi) -> None:
    # What a server keeps of a case from one request to the next may be as the last GET saw it.
    if api.deployment.case.consistency_wait:
        return  # a write may not see the one before it either
    one = TrackedCase(create_case(api))
    names = {one.state: one.shown}
    for _ in range(2):
        one.transition_next()
        names.setdefault(one.state, one.shown)
    for writes in product(UNREAD, repeat=2):
        api.trace.restart()
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
            told = f"the status of {one.state} after {' and '.join(unread.done)}, unread between them"
            raise Violation(
                told, comparison.show(one.shown), STATUS_BY.get(writes[-1], "UPDATE-WORKFLOW-KEPT")
            )


class Unread:
    """Writes to a case one after the other; each says whether what comes next can be judged."""

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
        answer = WRITES[method](self.one.case, payload)
        if answer.ok:
            stored = comparison.stored_fields(self.one.api.complete(payload) if method == "PUT" else payload)
            self.one.set_fields(stored if method == "PUT" else {**self.one.case.fields, **stored})
        return self._after(method, answer) or answer.refused  # a closed case may refuse it

    def move(self) -> bool:
        one = self.one
        for status in one.workflow.legal(one.state)[:1]:
            answer = one.api.transition(one.case.id, status, self._workflow_id)
            if answer.refused and not self._sure:
                return False  # an update that did not tell may have renewed it
            with attributed_to("TRANSITION-CYCLE"):
                assert_accepted(
                    answer, f"the transition to {status} after {' and '.join(self.done) or 'a GET'}"
                )
            one.state = status
            return self._after(f"the transition to {status}", answer)
        return False

    def _after(self, what: str, answer: Exchange) -> bool:
        self.done.append(what)
        if answer.ok:
            self._sure = answer.carries_record and "lastWorkflowId" in answer.object
            self._workflow_id = answer.object["lastWorkflowId"] if self._sure else self._workflow_id
        return answer.ok


UNREAD: Final = (Unread.put, Unread.patch, Unread.move)
# What the last write breaks where fields, or the status, are not as they have to be.
FIELDS_BY: Final = {
    Unread.put: "PUT-REPLACES",
    Unread.patch: "PATCH-PARTIAL",
    Unread.move: "TRANSITION-ONLY-STATUS",
}
STATUS_BY: Final = {Unread.move: "TRANSITION-CYCLE"}


# -- random rows


class Lifecycle(RuleBasedStateMachine):
    """Operations drawn at random, on a few cases, each held against the model."""

    api: ClassVar[CaseApi]
    """Set by `lifecycle`: Hypothesis makes the machine, and passes nothing to it."""

    def __init__(self) -> None:
        super().__init__()
        self.api.trace.restart()
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
            answer = self.api.create(payload)
            if answer.refused:  # a value may be refused
                answer, payload = self.api.create(ORDINARY), dict(ORDINARY)
            case = case_from_response(self.api, answer, payload)
            assert_returned_record(answer, case.fields)
            case.assert_shows()
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
        # Whether an object merges is open; PATCH-OBJECTS sees to it.
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
    """The state machine for one target."""
    return type("Lifecycle", (Lifecycle,), {"api": api})


@requirement(*COVERED)
def test_random_lifecycles_agree_with_the_model(run: Run, scale: Scale) -> None:
    settings = scale.settings(scale.lifecycles, shrink=not run.knows(*COVERED))
    walk = get_state_machine_test(lifecycle(run.api), settings=settings)
    prove(walk, scale)
