"""A case with the record that it must show: each operation on it is followed by a comparison of the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.assertions.attribution import read_again
from contract_tests.assertions.case import Case
from contract_tests.assertions.identity import assert_identity_kept
from contract_tests.assertions.outdated_reads import explain_kept_status
from contract_tests.assertions.responses import assert_accepted, assert_refused, assert_returned_record
from contract_tests.client.api import JSON, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.testdata.ids import unknown_id


class TrackedCase:
    """A case with its expected workflow state, the status it shows, and the name of every field it ever had.

    Each method performs one operation and compares the case with the expected record.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.api = case.api
        self.workflow = case.api.deployment.workflow
        self.state = self.workflow.initial
        record = case.read()
        case.adopt(record)
        self.shown = case.status(record)
        self._created = record.get("createdDate")
        self.ever = set(case.fields)
        self._last_put: Mapping[str, Any] | None = None  # if no other write followed it

    @property
    def gone(self) -> set[str]:
        """The fields that the case had before, and must not show now."""
        return self.ever - set(self.case.fields)

    def assert_agrees(self) -> Mapping[str, Any]:
        """Assert that GET shows the expected fields and status. Return the record."""
        record = self.case.assert_shows(gone=self.gone)
        self._assert_status_kept(record)
        return record

    def _assert_status_kept(self, record: Mapping[str, Any]) -> None:
        status = self.case.status(record)
        if status == self.shown:
            return
        violation = Violation(f"the status to stay {comparison.show(self.shown)}", comparison.show(status))
        again = read_again(self.api, self.case.id, lambda shown: self.case.status(shown) != status)
        if again is not None:
            if self.case.status(again) == self.shown:
                violation.shown_late("UPDATE-VISIBLE")
            else:
                violation.belongs_to("GET-SAFE", by_reads=True)
        raise violation

    def replace(self, payload: Mapping[str, Any]) -> None:
        """Send a PUT."""
        repeated, self._last_put = payload == self._last_put, payload
        with attributed_to("PUT-IDEMPOTENT" if repeated else "PUT-REPLACES"):
            response = self._accepted("PUT", self.api.replace(self.case.id, payload))
            if response is not None:
                self.set_fields(comparison.stored_fields(self.api.complete(payload)))
                self._assert_updated(response)

    def update(self, patch: Mapping[str, Any]) -> None:
        """Send a PATCH."""
        self._last_put = None
        with attributed_to("PATCH-PARTIAL" if patch else "PATCH-EMPTY"):
            response = self._accepted("PATCH", self.api.update(self.case.id, patch))
            if response is not None:
                stored = comparison.stored_fields(self.api.accepted(patch))
                self.set_fields({**self.case.fields, **stored})
                self._assert_updated(response)

    def _accepted(self, method: str, response: Exchange) -> Exchange | None:
        """Return a success. Return None for a refusal, of a value or by a closed case, which must change nothing."""
        if not response.refused:
            return assert_accepted(response, method)
        with attributed_to("UPDATE-REFUSED-INERT"):
            self.assert_agrees()
        return None

    def set_fields(self, fields: Mapping[str, Any]) -> None:
        """Expect these fields from now on."""
        self.case.fields = dict(fields)
        self.ever |= set(fields)

    def _assert_updated(self, response: Exchange) -> None:
        record = self.case.assert_shows(gone=self.gone)
        with attributed_to("UPDATE-IDENTITY"):
            assert_identity_kept(self.case, self._created, record, response)
        with attributed_to("UPDATE-WORKFLOW-KEPT"):
            self._assert_status_kept(record)
        with attributed_to("UPDATE-VISIBLE"):
            assert_returned_record(response, self.case.fields, gone=self.gone)
            self.case.assert_returned_state(response, record)

    def transition(self, status: str) -> None:
        """Send a transition that the workflow allows."""
        self._last_put = None
        with attributed_to("TRANSITION-CYCLE"):
            response = self.case.transition(status)
        with attributed_to("TRANSITION-MOVES"):
            record = self.case.read()
            now = self.case.status(record)
            if now is None or now == self.shown or self.workflow.contradicts(status, now):
                expected = f"the transition to {status} to change the status {comparison.show(self.shown)}"
                violation = Violation(expected, comparison.show(now))
                raise explain_kept_status(self.api, self.case.id, self.shown, violation)
        self.state, self.shown = status, now
        with attributed_to("TRANSITION-MOVES"):
            self._assert_returned_state(response, record)
        with attributed_to("TRANSITION-ONLY-STATUS"):
            self.case.assert_record_shows(record, gone=self.gone)
            assert_identity_kept(self.case, self._created, record, response)

    def _assert_returned_state(self, response: Exchange, record: Mapping[str, Any]) -> None:
        try:
            self.case.assert_returned_state(response, record)
        except Violation as violation:
            # If the id that GET shows is of no use, GET is wrong, and otherwise the response.
            for status in self.workflow.legal(self.state)[:1]:
                if self.api.transition(self.case.id, status, record.get("lastWorkflowId")).refused:
                    violation.belongs_to("TRANSITION-CYCLE")
            raise

    def transition_next(self) -> None:
        """Send the first transition that the workflow allows, if any."""
        for status in self.workflow.legal(self.state)[:1]:
            self.transition(status)

    def attempt_refused_transition(self) -> None:
        """Send a transition to an unknown status, which must be refused and change nothing."""
        before = self.case.snapshot()
        with attributed_to("TRANSITION-STATUS-KNOWN"):
            response = self.api.transition(self.case.id, "NoSuchStatus", before.workflow_id)
            assert_refused(response, "an unknown status")
        with attributed_to("TRANSITION-REFUSED-INERT"):
            self.case.assert_unchanged(before)

    def attempt_refused_update(self) -> None:
        """Send a PATCH that is not JSON, which must change nothing if it is refused."""
        path, headers = case_path(self.case.id), {"Content-Type": JSON}
        if self.api.raw("PATCH", path, b'{"testSummary": "refused', headers).refused:
            with attributed_to("UPDATE-REFUSED-INERT"):
                self.assert_agrees()

    def read(self) -> None:
        """Read an unknown case and this one, which must change nothing."""
        with attributed_to("GET-SAFE"):
            self.api.get(unknown_id())
            self.assert_agrees()


@dataclass(frozen=True)
class AgedCase:
    """A case that was left alone since a time (in seconds since the epoch), with its `lastWorkflowId` at that time."""

    tracked: TrackedCase
    workflow_id: Any
    since: float
