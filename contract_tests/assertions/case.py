"""A case that the run created: its operations, and assertions about the record that GET shows.

Assertions raise violations without naming a requirement; the calling check knows which one applies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from contract_tests.assertions.attribution import read_again, unusable_response, wrong_record
from contract_tests.assertions.responses import OK, assert_accepted, is_record
from contract_tests.client.api import CaseApi, Payload, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.client.session import READING
from contract_tests.contract.deployment import IdFormat
from contract_tests.exceptions import BudgetSpent, Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import ORDINARY


@dataclass(frozen=True)
class Snapshot:
    """The state of a case at one moment: the fields that the suite stored, and the server's own values.

    `names` contains every member that the record showed with a value.
    """

    fields: Mapping[str, Any]
    names: frozenset[str]
    created: Any
    status: Any
    workflow_id: Any


class Case:
    """One case of this run.

    `fields` must be shown by GET; `created_record` is the record in the create's response.
    """

    def __init__(
        self,
        api: CaseApi,
        case_id: str,
        fields: Mapping[str, Any] | None = None,
        created_record: Mapping[str, Any] | None = None,
    ) -> None:
        self.api = api
        self.id = case_id
        self.fields = dict(fields or {})
        self.created_record = dict(created_record or {})
        self._read = False
        self._status_before: Any = None

    @property
    def id_format(self) -> IdFormat:
        """The format of the deployment's ids."""
        return self.api.deployment.case.id_format

    # -- reading

    def read(self) -> Mapping[str, Any]:
        """Return the record as GET shows it."""
        response = self.api.get(self.id)
        if response.status == OK and response.object:
            self._read = True
            return response.object
        requirement: str | None = "CREATE-READ-YOUR-WRITE" if response.refused else "GET-SAME"
        if self._read:
            requirement = None if self._is_written_since_read() else "GET-SAME"
        raise unusable_response("GET to answer 200 with the case", response, requirement)

    def _is_written_since_read(self) -> bool:
        """Return True if a request other than GET followed the last GET that showed the case."""
        path = case_path(self.id)
        for exchange in reversed(list(self.api.trace)):
            if path in exchange.url and exchange.method not in READING:
                return True
            if path in exchange.url and exchange.object:
                return exchange.status != OK
        return False

    def assert_shows(
        self, expected: Mapping[str, Any] | None = None, *, gone: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        """Assert that GET shows `expected`, by default every stored field, and none of `gone`."""
        return self.assert_record_shows(self.read(), expected, gone=gone)

    def assert_record_shows(
        self,
        record: Mapping[str, Any],
        expected: Mapping[str, Any] | None = None,
        *,
        gone: Iterable[str] = (),
    ) -> Mapping[str, Any]:
        """Assert that `record` shows `expected`, by default every stored field, and none of `gone`."""
        wanted = self.fields if expected is None else self.api.accepted(expected)
        gone = list(gone)
        found = comparison.find_field_difference(wanted, record) or comparison.find_remaining(gone, record)
        if found:
            violation = Violation("GET to show the record as stored", found)
            raise wrong_record(self.api, self.id, record, {**dict.fromkeys(gone), **wanted}, violation)
        return record

    def status(self, record: Mapping[str, Any] | None = None) -> Any:
        """Return the status in `record`, or in a record read now."""
        shown = self.read() if record is None else record
        return comparison.status_of(shown, self.api.deployment.status_field)

    def returned_status(self, response: Exchange, record: Mapping[str, Any]) -> Any:
        """Return the status in the record that an update returned, or in `record` if it returned none.

        A status object may have a `status` of its own, such as "updated", so only the field in which `record`
        shows the status counts.
        """
        name = comparison.status_name(record, self.api.deployment.status_field)
        if name is None or not is_record(response, (*self.fields, name)):
            return self.status(record)
        return response.object.get(name)

    def assert_returned_state(self, response: Exchange, record: Mapping[str, Any]) -> None:
        """Assert that a returned record shows the same status and `lastWorkflowId` as `record`, the next GET."""
        if not response.carries_record:
            return
        pairs = {
            "lastWorkflowId": (response.object.get("lastWorkflowId"), record.get("lastWorkflowId")),
            "the status": (self.returned_status(response, record), self.status(record)),
        }
        for what, (returned, shown) in pairs.items():
            if returned is not None and returned != shown:
                raise Violation(
                    f"{what} in the returned record to be {comparison.show(shown)}", comparison.show(returned)
                )

    def workflow_id(self) -> Any:
        """Return `lastWorkflowId` as GET shows it."""
        return self.read().get("lastWorkflowId")

    def snapshot(self) -> Snapshot:
        """Return the state that GET shows."""
        record = self.read()
        return Snapshot(
            fields={name: record.get(name) for name in self.fields},
            names=frozenset(name for name, value in record.items() if value is not None),
            created=record.get("createdDate"),
            status=self.status(record),
            workflow_id=record.get("lastWorkflowId"),
        )

    def assert_unchanged(self, before: Snapshot, *, gone: Iterable[str] = (), accepted: bool = False) -> None:
        """Assert that GET shows the same as `before`, and none of `gone` that it did not show before.

        `accepted`: an update without effect was accepted, and may have renewed `lastWorkflowId`.
        """
        record = self.read()
        dates = [comparison.moment(date) for date in (before.created, record.get("createdDate"))]
        found = (
            comparison.find_field_difference(before.fields, record)
            or comparison.find_remaining(set(gone) - before.names, record)
            or _find_change("createdDate", *dates)
            or _find_change("the status", before.status, self.status(record))
        )
        if not accepted:
            found = found or _find_change("lastWorkflowId", before.workflow_id, record.get("lastWorkflowId"))
        if found:
            violation = self._unless_reading_changes(Violation("the case to be as before", found), record)
            if violation.requirement is None and found.startswith("createdDate"):
                wrong_record(self.api, self.id, record, {"createdDate": before.created}, violation)
            raise violation

    def _unless_reading_changes(self, violation: Violation, record: Mapping[str, Any]) -> Violation:
        """Attribute the violation to GET-SAFE if another GET differs from `record` in what must stay."""

        def differs(again: Mapping[str, Any]) -> bool:
            names = (*self.fields, "createdDate", "lastWorkflowId")
            return any(again.get(name) != record.get(name) for name in names) or (
                self.status(again) != self.status(record)
            )

        if violation.requirement is None and read_again(self.api, self.id, differs) is not None:
            violation.belongs_to("GET-SAFE")
        return violation

    def adopt_shown(self) -> Case:
        """Expect from now on only what GET shows now; other requirements cover the difference."""
        response = self.api.get(self.id)
        if response.status == OK and response.object:
            self._read = True
            self.adopt(response.object)
        return self

    def adopt(self, record: Mapping[str, Any]) -> None:
        """Expect from now on the values of `record`, for the fields that it shows."""
        self.fields = {name: record[name] for name in self.fields if name in record}

    # -- writing

    def replace(self, payload: Payload) -> Exchange:
        """Send a PUT, which must be accepted."""
        return self._replaced(self.api.replace(self.id, payload), payload)

    def try_replace(self, payload: Payload) -> bool:
        """Send a PUT of values that may be refused. Return True if they were accepted."""
        response = self.api.replace(self.id, payload)
        if not response.refused:
            self._replaced(response, payload)
        return not response.refused

    def _replaced(self, response: Exchange, payload: Payload) -> Exchange:
        assert_accepted(response, "PUT")
        self.fields = comparison.stored_fields(self.api.complete(payload))
        return response

    def update(self, payload: Payload) -> Exchange:
        """Send a PATCH, which must be accepted."""
        return self._patched(self.api.update(self.id, payload), self.api.accepted(payload))

    def try_update(self, payload: Payload) -> bool:
        """Send a PATCH of values that may be refused, such as a number for a text. Return True if accepted."""
        payload = self.api.fixed_fields.rename(payload)
        response = self.api.call("PATCH", case_path(self.id), payload)
        if not response.refused:
            self._patched(response, payload)
        return not response.refused

    def update_if_creatable(self, payload: Payload) -> bool:
        """Send a PATCH, which may be refused only if a create with the same values is refused too.

        A tenant may refuse empty or other values, but then in each operation. Return True if accepted.
        """
        response = self.api.update(self.id, payload)
        if response.refused and self.api.create(payload).refused:
            return False
        self._patched(response, self.api.accepted(payload))
        return True

    def _patched(self, response: Exchange, payload: Payload) -> Exchange:
        assert_accepted(response, "PATCH")
        self.fields = {**self.fields, **comparison.stored_fields(payload)}
        return response

    def transition(self, status: str) -> Exchange:
        """Send a transition with the current lastWorkflowId, which must be accepted."""
        shown_before = self._status_before
        record = self.read()
        response = self.api.transition(self.id, status, self.usable_workflow_id(record))
        self._status_before = self.status(record)
        what = f"the transition to {status}"
        if response.ok:
            return response
        if self.id in self.api.last_status and self._status_before == shown_before:
            return assert_accepted(response, what, "TRANSITION-MOVES")
        return assert_accepted(response, what, self._find_broken_by_refusal(status))

    def _find_broken_by_refusal(self, status: str) -> str:
        """Return the requirement that is broken if the transition to `status` is refused.

        If a new case accepts the same transition, an earlier request on this case is the cause.
        """
        first = "TRANSITION-CYCLE" if self.id in self.api.last_status else "TRANSITION-STATUS"
        trace = list(self.api.trace)
        earlier = [one for one in trace[:-1] if case_path(self.id) in one.url and one.method not in READING]
        if not earlier or (earlier[-1].ok and earlier[-1].url.endswith("/transition")):
            return first
        accepted = self._is_accepted_by_new_case(status)
        self.api.trace.restart(*trace)
        if not accepted:
            return first
        if any(one.ok for one in earlier):
            return "UPDATE-WORKFLOW-KEPT"
        if any(one.unauthorized for one in earlier):
            return "AUTH-INERT"
        return "UPDATE-REFUSED-INERT" if earlier[-1].method != "POST" else "TRANSITION-REFUSED-INERT"

    def _is_accepted_by_new_case(self, status: str) -> bool:
        workflow = self.api.deployment.workflow
        state = self.api.last_status.get(self.id, workflow.initial)
        try:
            other = create_case(self.api)
            for before, step in workflow.walk(len(workflow.states())):
                if before == state:
                    return other.try_transition(status).ok
                if not other.try_transition(step).ok:
                    return False
        except (Violation, BudgetSpent):
            return False
        return False

    def try_transition(self, status: str) -> Exchange:
        """Send a transition with the current lastWorkflowId, and return any response."""
        return self.api.transition(self.id, status, self.usable_workflow_id(self.read()))

    def usable_workflow_id(self, record: Mapping[str, Any]) -> Any:
        """Return `lastWorkflowId` of the record, without which no transition works."""
        workflow_id = record.get("lastWorkflowId")
        if isinstance(workflow_id, str) and workflow_id:
            return workflow_id
        created = self.created_record.get("lastWorkflowId")
        if self.id in self.api.last_status:
            requirement = "SCHEMA" if "lastWorkflowId" in record else "TRANSITION-CYCLE"
        else:
            requirement = (
                "UPDATE-WORKFLOW-KEPT" if isinstance(created, str) and created else "CREATE-WORKFLOW"
            )
        raise Violation("lastWorkflowId to be a non-empty string", comparison.show(workflow_id), requirement)

    def advance(self, transitions: int) -> Case:
        """Bring the case into another state by this many transitions of its workflow."""
        for _, status in self.api.deployment.workflow.walk(transitions):
            self.transition(status)
        return self


def _find_change(what: str, before: Any, after: Any) -> str | None:
    if before == after:
        return None
    return f"{what} is {comparison.show(after)} instead of {comparison.show(before)}"


Write: TypeAlias = Callable[[Case, Payload], Exchange]


def _put(case: Case, payload: Payload) -> Exchange:
    return case.api.replace(case.id, payload)


def _patch(case: Case, payload: Payload) -> Exchange:
    return case.api.update(case.id, payload)


# Updates by method; each returns any response.
WRITES: Final[Mapping[str, Write]] = {"PUT": _put, "PATCH": _patch}


class NewCase(Protocol):
    """`create_case` on the run's target."""

    def __call__(self, payload: Payload = ORDINARY) -> Case: ...


def create_case(api: CaseApi, payload: Payload = ORDINARY) -> Case:
    """Create a case. A failure is one of CREATE-STATUS or CREATE-ID, whatever the check is about."""
    return case_from_response(api, api.create(payload), payload)


def case_from_response(api: CaseApi, response: Exchange, payload: Payload) -> Case:
    """Return the case that a create's response is about."""
    case_id = response.object.get("id")
    if not response.ok or not isinstance(case_id, str) or not case_id:
        requirement = "CREATE-ID" if response.ok else "CREATE-STATUS"
        raise unusable_response("POST /case to answer 201 with an id", response, requirement)
    return Case(api, case_id, comparison.stored_fields(api.complete(payload)), response.object)


def store_unusual(case: Case, unusual: Payload) -> bool:
    """Store unusual values, or fields with unusual names, by PUT. Return False if the deployment refuses them.

    The case must go on showing what it shows now; the ROUND-TRIP requirements cover changed values.
    """
    if case.api.replace(case.id, unusual).refused:
        return False
    sent = case.api.complete(unusual)
    case.fields = {name: value for name, value in case.read().items() if name in sent}
    return True
