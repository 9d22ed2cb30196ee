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

from contract_tests.api import CaseApi
from contract_tests.payloads import ORDINARY, REPLACEMENT, plain_payloads
from contract_tests.run import Run
from contract_tests.scale import Scale, prove
from contract_tests.steps import case_of, created, must_show_if_record
from contract_tests.tracked import Tracked
from contract_tests.verdicts import About, Violation

requirement = pytest.mark.requirement

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


Action: TypeAlias = Callable[[Tracked], None]


def _without_effect(one: Tracked) -> None:
    one.update({})
    one.refused_move()
    one.read()


ACTIONS: Final[Sequence[Action]] = (
    _without_effect,
    lambda one: one.replace(ORDINARY),
    lambda one: one.replace(REPLACEMENT),
    lambda one: one.update({"testSummary": "Patched", "testAssessor": "Dee", "testTags": [], "testUrgent": True}),
    lambda one: one.update({"testSummary": ORDINARY["testSummary"], "testHeadcount": 0, "testRemark": ""}),
    Tracked.move_on,
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
    api.session.new_story()
    tracked = [Tracked(created(api)) for _ in range(cases)]
    for done, (number, action) in enumerate(steps, 1):
        try:
            action(tracked[number])
            with About("UPDATE-ISOLATED"):
                for other in tracked:
                    if other is not tracked[number]:
                        other.agrees()
        except Violation:
            for length in range(1, min(done, LONGEST_REPLAY + 1)):
                with api.session.second_look():
                    _carried_out(api, cases, steps[done - length : done])
            raise


@requirement(*COVERED)
def test_every_few_operations_in_a_row(api: CaseApi, scale: Scale) -> None:
    _carried_out(api, 1, [(0, action) for action in rows(ACTIONS, scale.row)])


@requirement(*COVERED)
def test_every_two_operations_on_two_cases(api: CaseApi, scale: Scale) -> None:
    actions = ACTIONS if scale.row > 2 else ONE_OF_EACH
    _carried_out(api, 2, rows(list(product(range(2), actions)), 2))


# -- random rows


class Lifecycle(RuleBasedStateMachine):
    """Operations drawn at random, on a few cases, each held against the model."""

    api: ClassVar[CaseApi]
    """Set by `lifecycle`: Hypothesis makes the machine, and passes nothing to it."""

    def __init__(self) -> None:
        super().__init__()
        self.api.session.new_story()
        self.tracked: list[Tracked] = []
        self.touched: Tracked | None = None

    @initialize(payload=plain_payloads)
    def begin(self, payload: dict[str, Any]) -> None:
        self._create(payload)

    @precondition(lambda self: len(self.tracked) < FEW)
    @rule(payload=plain_payloads)
    def create(self, payload: dict[str, Any]) -> None:
        self._create(payload)

    def _create(self, payload: dict[str, Any]) -> None:
        with About("CREATE-STORES"):
            answer = self.api.create(payload)
            if answer.refused:  # a value may be refused
                answer, payload = self.api.create(ORDINARY), dict(ORDINARY)
            case = case_of(self.api, answer, payload)
            must_show_if_record(answer, case.fields)
            case.shows()
        self.touched = Tracked(case)
        self.tracked.append(self.touched)

    def _pick(self, data: Any) -> Tracked:
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
            one.move(data.draw(st.sampled_from(legal)))

    @rule(data=st.data())
    def refused_move(self, data: Any) -> None:
        self._pick(data).refused_move()

    @rule(data=st.data())
    def read(self, data: Any) -> None:
        self._pick(data).read()

    @invariant()
    def others_are_untouched(self) -> None:
        with About("UPDATE-ISOLATED"):
            for one in self.tracked:
                if one is not self.touched:
                    one.agrees()


def lifecycle(api: CaseApi) -> type[Lifecycle]:
    """The state machine for one target."""
    return type("Lifecycle", (Lifecycle,), {"api": api})


@requirement(*COVERED)
def test_random_lifecycles_agree_with_the_model(run: Run, scale: Scale) -> None:
    settings = scale.settings(scale.lifecycles, shrink=not run.knows(*COVERED))
    walk = get_state_machine_test(lifecycle(run.api), settings=settings)
    walk.hypothesis.inner_test = scale.decided(walk.hypothesis.inner_test)  # type: ignore[attr-defined]
    prove(walk)
