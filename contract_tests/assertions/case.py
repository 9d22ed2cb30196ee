"""A case that the run created: its operations, and how it is created."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

from contract_tests.assertions.attribution import unusable_response
from contract_tests.assertions.responses import assert_accepted
from contract_tests.assertions.shown_case import ShownCase
from contract_tests.client.api import CaseApi, Payload, case_path, transition_path
from contract_tests.client.exchange import Exchange
from contract_tests.client.session import READING
from contract_tests.exceptions import BudgetSpent, Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import ORDINARY


class Case(ShownCase):
    """One case of this run, which the suite may change."""

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
        return assert_accepted(response, what, self._find_broken_by_refusal(status, shown_before))

    def _requests_since_transition(self) -> list[Exchange]:
        """Return the requests since the last accepted transition that may have changed the case."""
        path, found = case_path(self.id), []
        for exchange in reversed(list(self.api.trace)[:-1]):
            if exchange.ok and exchange.url.endswith(transition_path(self.id)):
                break
            if path in exchange.url and (exchange.method not in READING or exchange.unauthorized):
                found.append(exchange)
        return found[::-1]

    def _find_broken_by_refusal(self, status: str, shown_before: Any) -> str:
        """Return the requirement that is broken if the transition to `status` is refused.

        If a new case accepts the same transition, an earlier request on this case is the cause. `shown_before` is the
        status before the last transition.
        """
        first = "TRANSITION-CYCLE" if self.id in self.api.last_status else "TRANSITION-STATUS"
        if first == "TRANSITION-CYCLE" and self._status_before == shown_before:
            first = "TRANSITION-MOVES"
        earlier = self._requests_since_transition()
        if not earlier:
            return first
        with self.api.trace.probe():
            accepted = self._is_accepted_by_new_case(status)
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
            if any(one.ok and one.method in WRITES for one in self._requests_since_transition()):
                requirement = "UPDATE-WORKFLOW-KEPT"
        else:
            requirement = (
                "UPDATE-WORKFLOW-KEPT" if isinstance(created, str) and created else "CREATE-WORKFLOW"
            )
        raise Violation("lastWorkflowId to be a non-empty string", comparison.show(workflow_id), requirement)

    def adopt_created(self) -> Case:
        """Expect the values that the create returned for the fields of an ordinary case."""
        self.fields = comparison.stored_fields(self.api.complete(ORDINARY))
        self.adopt(self.created_record)
        return self

    def advance(self, transitions: int) -> Case:
        """Bring the case into another state by this many transitions of its workflow."""
        for _, status in self.api.deployment.workflow.walk(transitions):
            self.transition(status)
        return self


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
    """Create a case. A failure is one of CREATE-STATUS, CREATE-ID or CREATE-ID-UNIQUE, whatever the check is about."""
    return case_from_response(api, api.create(payload), payload)


def case_from_response(api: CaseApi, response: Exchange, payload: Payload) -> Case:
    """Return the case that a create's response is about."""
    case_id = response.object.get("id")
    if not response.ok or not isinstance(case_id, str) or not case_id:
        chosen = "id" in response.sent and "id" in response.object
        requirement = ("CREATE-OWNS" if chosen else "CREATE-ID") if response.ok else "CREATE-STATUS"
        raise unusable_response("POST /case to return 201 with an id", response, requirement)
    if api.session.ledger.ids[case_id] > 1 and "id" not in response.sent:
        raise Violation("each create to return a new id", f"the id {case_id} twice", "CREATE-ID-UNIQUE")
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
