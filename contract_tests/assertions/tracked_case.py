"""A case under the model: each operation on it is compared with what it has to do. Knows no pytest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.assertions.case import Case
from contract_tests.assertions.responses import assert_accepted, assert_refused, assert_returned_record
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.testdata.ids import unknown_id


class TrackedCase:
    """A case under the model: its state in the workflow, the status it shows, and every field that it ever had.

    Each method does one operation and compares the case with the model.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.api = case.api
        self.workflow = case.api.deployment.workflow
        self.state = self.workflow.initial
        self.shown = case.status()
        self.ever = set(case.fields)

    @property
    def gone(self) -> set[str]:
        return self.ever - set(self.case.fields)

    def assert_agrees(self) -> Mapping[str, Any]:
        """The record by GET, which must show the fields and the status of the model."""
        record = self.case.assert_shows(gone=self.gone)
        self._shows_its_status(record)
        return record

    def _shows_its_status(self, record: Mapping[str, Any]) -> None:
        status = self.case.status(record)
        if status != self.shown:
            raise Violation(f"the status to stay {comparison.show(self.shown)}", comparison.show(status))

    def replace(self, payload: Mapping[str, Any]) -> None:
        with attributed_to("PUT-REPLACES"):
            answer = self._accepted("PUT", self.api.replace(self.case.id, payload))
            if answer is not None:
                self.set_fields(comparison.stored_fields(self.api.complete(payload)))
                self._updated(answer)

    def update(self, patch: Mapping[str, Any]) -> None:
        with attributed_to("PATCH-PARTIAL" if patch else "PATCH-EMPTY"):
            answer = self._accepted("PATCH", self.api.update(self.case.id, patch))
            if answer is not None:
                self.set_fields({**self.case.fields, **comparison.stored_fields(self.api.taken(patch))})
                self._updated(answer)

    def _accepted(self, method: str, answer: Exchange) -> Exchange | None:
        """The answer, a success; None for a refusal, of a value or by a closed case, which must do nothing."""
        if not answer.refused:
            return assert_accepted(answer, method)
        with attributed_to("UPDATE-REFUSED-INERT"):
            self.assert_agrees()
        return None

    def set_fields(self, fields: Mapping[str, Any]) -> None:
        """An update was carried out, after which these are the fields."""
        self.case.fields = dict(fields)
        self.ever |= set(fields)

    def _updated(self, answer: Exchange) -> None:
        record = self.case.assert_shows(gone=self.gone)
        with attributed_to("UPDATE-WORKFLOW-KEPT"):
            self._shows_its_status(record)
        with attributed_to("UPDATE-VISIBLE"):
            assert_returned_record(answer, self.case.fields, gone=self.gone)
            self.case.assert_returned_state(answer, record)

    def transition(self, status: str) -> None:
        with attributed_to("TRANSITION-CYCLE"):
            answer = self.case.transition(status)
        with attributed_to("TRANSITION-MOVES"):
            record = self.case.read()
            now = self.case.status(record)
            if now is None or now == self.shown or self.workflow.contradicts(status, now):
                raise Violation(
                    f"{status} to change the status {comparison.show(self.shown)}", comparison.show(now)
                )
        self.state, self.shown = status, now
        with attributed_to("TRANSITION-CYCLE"):
            self.case.assert_returned_state(answer, record)
        with attributed_to("TRANSITION-ONLY-STATUS"):
            self.case.assert_record_shows(record, gone=self.gone)

    def transition_next(self) -> None:
        """The next move that the workflow allows, if any."""
        for status in self.workflow.legal(self.state)[:1]:
            self.transition(status)

    def attempt_refused_transition(self) -> None:
        before = self.case.snapshot()
        with attributed_to("TRANSITION-STATUS-KNOWN"):
            answer = self.api.transition(self.case.id, "NoSuchStatus", before.workflow_id)
            assert_refused(answer, "an unknown status")
        with attributed_to("TRANSITION-REFUSED-INERT"):
            self.case.assert_unchanged(before)

    def read(self) -> None:
        with attributed_to("GET-SAFE"):
            self.api.get(unknown_id())
            self.assert_agrees()


@dataclass(frozen=True)
class AgedCase:
    """A case as it was left, with its `lastWorkflowId` then; `since` in seconds since the epoch."""

    tracked: TrackedCase
    workflow_id: Any
    since: float
