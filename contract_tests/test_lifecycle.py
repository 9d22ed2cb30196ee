"""How the operations work together (section 5): random sequences on several cases, compared with the model.

Ordinary values only, so that a violation is about the operations; unusual values have rows of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contract_tests import model
from contract_tests.api import CaseApi, unknown_id
from contract_tests.exchange import Exchange
from contract_tests.payloads import ORDINARY, plain_payloads
from contract_tests.run import Run
from contract_tests.scale import Scale
from contract_tests.steps import Case, case_of, must_be_ok, must_be_refused, must_show_if_record
from contract_tests.verdicts import Violation

requirement = pytest.mark.requirement

COVERED = (
    "CREATE-STORES",
    "GET-SAFE",
    "PUT-REPLACES",
    "PATCH-PARTIAL",
    "UPDATE-VISIBLE",
    "UPDATE-ISOLATED",
    "TRANSITION-MOVES",
    "TRANSITION-ONLY-STATUS",
    "TRANSITION-REFUSED-INERT",
)
FEW = 3


class _About:
    """Names the requirement of every violation raised inside."""

    def __init__(self, requirement: str) -> None:
        self._requirement = requirement

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Violation) and error.requirement is None:
            error.requirement = self._requirement


class Tracked:
    """A case of the random walk: its state in the workflow, and every field that it ever had."""

    def __init__(self, case: Case, initial: str) -> None:
        self.case = case
        self.state = initial
        self.shown = case.status()
        self.ever = set(case.fields)

    def now_has(self, fields: Mapping[str, Any]) -> None:
        """An update was carried out, after which the case has these fields."""
        self.case.fields = dict(fields)
        self.ever |= set(fields)

    @property
    def gone(self) -> set[str]:
        return self.ever - set(self.case.fields)


def lifecycle(api: CaseApi) -> type[RuleBasedStateMachine]:
    """The state machine for one target."""
    workflow = api.deployment.workflow

    class Lifecycle(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            api.session.new_story()
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
            with _About("CREATE-STORES"):
                answer = api.create(payload)
                if answer.refused:  # a value may be refused
                    answer, payload = api.create(ORDINARY), dict(ORDINARY)
                case = case_of(api, answer, payload)
                must_show_if_record(answer, case.fields)
                case.shows()
            self.touched = Tracked(case, workflow.initial)
            self.tracked.append(self.touched)

        def _pick(self, data: Any) -> Tracked:
            self.touched = data.draw(st.sampled_from(self.tracked))
            return self.touched

        @rule(data=st.data(), payload=plain_payloads)
        def replace(self, data: Any, payload: dict[str, Any]) -> None:
            one = self._pick(data)
            with _About("PUT-REPLACES"):
                answer = self._accepted(one, "PUT", api.replace(one.case.id, payload))
                if answer is None:
                    return
                one.now_has(model.stored_fields(api.complete(payload)))
                one.case.shows(gone=one.gone)
            with _About("UPDATE-VISIBLE"):
                must_show_if_record(answer, one.case.fields, gone=one.gone)

        @rule(data=st.data(), payload=plain_payloads)
        def update(self, data: Any, payload: dict[str, Any]) -> None:
            one = self._pick(data)
            # Whether an object merges is open; PATCH-OBJECTS sees to it.
            patch = {name: value for name, value in payload.items() if not isinstance(value, dict)}
            with _About("PATCH-PARTIAL"):
                answer = self._accepted(one, "PATCH", api.update(one.case.id, patch))
                if answer is None:
                    return
                one.now_has({**one.case.fields, **model.stored_fields(patch)})
                one.case.shows(gone=one.gone)
            with _About("UPDATE-VISIBLE"):
                must_show_if_record(answer, one.case.fields, gone=one.gone)

        def _accepted(self, one: Tracked, method: str, answer: Exchange) -> Exchange | None:
            """The answer, a 200; None for a refusal, of a value or by a closed case, which must do nothing."""
            if not answer.refused:
                return must_be_ok(answer, method)
            with _About("UPDATE-VALIDATES"):
                if one.case.status(one.case.shows(gone=one.gone)) != one.shown:
                    raise Violation(
                        f"the refused {method} to leave the status", model.show(one.case.status())
                    )
            return None

        @rule(data=st.data())
        def move(self, data: Any) -> None:
            one = self._pick(data)
            legal = workflow.legal(one.state)
            if not legal:
                return
            status = data.draw(st.sampled_from(legal))
            with _About("TRANSITION-MOVES"):
                one.case.move(status)
                now = one.case.status()
                if now is None or now == one.shown or workflow.contradicts(status, now):
                    raise Violation(f"{status} to change the status {model.show(one.shown)}", model.show(now))
            one.state, one.shown = status, now
            with _About("TRANSITION-ONLY-STATUS"):
                one.case.shows(gone=one.gone)

        @rule(data=st.data())
        def refused_move(self, data: Any) -> None:
            one = self._pick(data)
            before = one.case.snapshot()
            with _About("TRANSITION-STATUS-KNOWN"):
                must_be_refused(
                    api.transition(one.case.id, "NoSuchStatus", before.workflow_id), "an unknown status"
                )
            with _About("TRANSITION-REFUSED-INERT"):
                one.case.unchanged_since(before)

        @rule(data=st.data())
        def read(self, data: Any) -> None:
            one = self._pick(data)
            with _About("GET-SAFE"):
                api.get(unknown_id())
                one.case.shows(gone=one.gone)

        @invariant()
        def others_are_untouched(self) -> None:
            with _About("UPDATE-ISOLATED"):
                for one in self.tracked:
                    if one is self.touched:
                        continue
                    record = one.case.shows(gone=one.gone)
                    if one.case.status(record) != one.shown:
                        raise Violation("another case's status to stay", model.show(one.case.status(record)))

    return Lifecycle


@requirement(*COVERED)
def test_random_lifecycles_agree_with_the_model(run: Run, scale: Scale) -> None:
    # Where a plain check has told of a failure already, a shorter story of the random one is not worth its requests.
    known = bool(run.broken & set(COVERED))
    run_state_machine_as_test(lifecycle(run.api), settings=scale.settings(scale.lifecycles, shrink=not known))
