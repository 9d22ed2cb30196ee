"""Parallel reads and writes of one case behave as if they were carried out one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION, VALUES
from contract_tests.assertions.case import WRITES, Case, create_case
from contract_tests.assertions.parallel import together
from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Disabled, Violation
from contract_tests.oracle import comparison
from contract_tests.oracle.linearizability import Kind, Operation, Seen, Specification, State
from contract_tests.profiles import Profile

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = needs(
    *FOUNDATION,
    "CREATE-ID",
    "UPDATE-VISIBLE",
    "PARALLEL-PATCH",
    "PARALLEL-PUT",
    "PARALLEL-TRANSITION",
    *VALUES,
)

CLIENTS: Final = 5
FIRST: Final = "first"
# Operations of each client in order; each client starts at another position.
SCRIPT: Final = (Kind.READ, Kind.PATCH_LEFT, Kind.READ, Kind.PUT, Kind.MOVE, Kind.READ, Kind.PATCH_RIGHT)


@requirement("LINEARIZABLE")
@needs(
    "PUT-STATUS", "PUT-REPLACES", "PATCH-STATUS", "PATCH-PARTIAL", "PATCH-REPEATED", "UPDATE-WORKFLOW-KEPT"
)
@needs(
    "TRANSITION-STATUS",
    "TRANSITION-CYCLE",
    "TRANSITION-MOVES",
    "TRANSITION-ONLY-STATUS",
    "TRANSITION-DISTINCT",
)
def test_parallel_operations_are_linearizable(api: CaseApi, profile: Profile) -> None:
    _require_consistent_reads(api)
    names, renews = _shown_names(api)
    specification = Specification(api.deployment.workflow, names)
    start = State(FIRST, FIRST, api.deployment.workflow.initial)
    for number in range(profile.rounds):
        api.trace.next_attempt()
        case = create_case(api, {"testSummary": FIRST, "testCategory": FIRST})
        clients = [Client(case, client, number) for client in range(CLIENTS)]
        together([client.run for client in clients])
        history = [operation for client in clients for operation in client.history]
        if renews:
            _assert_whole_transitions([state for client in clients for state in client.states], history)
        if not specification.explains(history, start):
            _raise_violation(specification.shortest(history, start))


def _shown_names(api: CaseApi) -> tuple[dict[str, Any], bool]:
    """Return the status that a record shows in each state that the clients can reach.

    The second result is True if each transition renews the workflow id.
    """
    workflow = api.deployment.workflow
    case = create_case(api)
    record = case.read()
    names = {workflow.initial: _plain(case.status(record))}
    ids = [record.get("lastWorkflowId")]
    for _, status in workflow.walk(3):
        case.transition(status)
        record = case.read()
        names.setdefault(status, _plain(case.status(record)))  # the name may contain the number of visits
        ids.append(record.get("lastWorkflowId"))
    return names, len(set(map(str, ids))) == len(ids)


def _assert_whole_transitions(states: Sequence[tuple[str, Any]], history: Sequence[Operation]) -> None:
    """Assert that each workflow id was shown with a single status: a read must not show half of a transition."""
    shown: dict[str, Any] = {}
    for workflow_id, status in states:
        if shown.setdefault(workflow_id, status) != status:
            statuses = f"{comparison.show(shown[workflow_id])} and {comparison.show(status)}"
            violation = Violation(
                "GET to show a new status together with its workflow id",
                f"the lastWorkflowId {comparison.show(workflow_id)} with {statuses}",
            )
            violation.timeline = _timeline(history)
            raise violation


def _plain(status: Any) -> Any:
    """Return a status that can be compared between cases, or None: an object or array may contain the case's id."""
    return None if isinstance(status, (dict, list)) else status


def _raise_violation(history: Sequence[Operation]) -> None:
    bars = _timeline(history)
    lines = (f"client {bar['client']} {bar['kind']} {bar['saw'] or bar['value']}" for bar in bars)
    violation = Violation(
        "an order of the requests that explains every response", f"no order explains: {'; '.join(lines)}"
    )
    violation.timeline = bars
    raise violation


def _timeline(history: Sequence[Operation]) -> tuple[dict[str, Any], ...]:
    return tuple(operation.to_json(history[0].start) for operation in history)


class Client:
    """A parallel client: runs its part of the script on the case, and records its history.

    `states` are the workflow ids and statuses that it read.
    """

    def __init__(self, case: Case, number: int, round_number: int) -> None:
        self.case = case
        self.number = number
        self.history: list[Operation] = []
        self.states: list[tuple[str, Any]] = []
        self._round = round_number
        self._left, self._right = case.api.field("testSummary"), case.api.field("testCategory")
        self._workflow_id: Any = case.created_record.get("lastWorkflowId")
        self._status = case.api.deployment.workflow.first_transition()

    def run(self) -> None:
        for step in range(4):
            kind = SCRIPT[(self.number * 2 + step + self._round) % len(SCRIPT)]
            value = self._status if kind is Kind.MOVE else f"{self._round}.{self.number}.{step}"
            start = time.perf_counter()
            done, seen = self._perform(kind, value)
            self.history.append(Operation(self.number, kind, value, start, time.perf_counter(), seen, done))

    def _perform(self, kind: Kind, value: str) -> tuple[bool, Seen | None]:
        """Return (was the operation carried out, what a read showed)."""
        api, case_id = self.case.api, self.case.id
        match kind:
            case Kind.READ:
                record = self.case.read()
                self._workflow_id, status = record.get("lastWorkflowId"), _plain(self.case.status(record))
                self.states.append((str(self._workflow_id), status))
                return True, Seen(record.get(self._left), record.get(self._right), status)
            case Kind.PUT:
                return api.replace(case_id, {"testSummary": value, "testCategory": value}).ok, None
            case Kind.MOVE:
                return api.transition(case_id, value, self._workflow_id).ok, None
            case _:
                field = "testSummary" if kind is Kind.PATCH_LEFT else "testCategory"
                return api.update(case_id, {field: value}).ok, None


# -- two writes at the same moment

RACES: Final = 6
# When the two requests of a race start, in parts of the time that an update takes.
STARTS: Final = ((0.0, 0.0), (0.0, 0.3), (0.3, 0.0), (0.0, 0.6), (0.6, 0.0), (0.1, 0.0))


@requirement("LINEARIZABLE")
@needs(
    "PUT-STATUS", "PUT-REPLACES", "PATCH-STATUS", "PATCH-PARTIAL", "PATCH-REPEATED", "UPDATE-WORKFLOW-KEPT"
)
@needs(
    "TRANSITION-STATUS",
    "TRANSITION-CYCLE",
    "TRANSITION-MOVES",
    "TRANSITION-ONLY-STATUS",
    "TRANSITION-DISTINCT",
)
@pytest.mark.parametrize("method", WRITES)
def test_parallel_update_and_transition_both_take_effect(
    api: CaseApi, case: Case, profile: Profile, method: str
) -> None:
    _require_consistent_reads(api)
    state = api.deployment.workflow.initial
    update = WRITES[method](case, {"testSummary": "before", "testCategory": "before"})
    before = case.read()
    for number in range(RACES * _repetitions(profile)):
        api.trace.assert_allowance()
        legal = api.deployment.workflow.legal(state)
        if not legal:
            return
        payload = {"testSummary": f"race {number}", "testCategory": f"race {number}"}
        move = partial(api.transition, case.id, legal[0], before.get("lastWorkflowId"))
        responses = _race([partial(WRITES[method], case, payload), move], number, update.elapsed)
        record = case.read()
        if responses[0].ok:
            _assert_kept(api.accepted(payload), record, f"a {method} in parallel with a transition")
        if responses[1].ok:
            state = legal[0]
            if case.status(record) == case.status(before):
                what = f"the transition to {state}, in parallel with a {method}, to change the status"
                raise Violation(what, comparison.show(case.status(record)))
        case.api.trace.restart(*case.api.trace[:1])
        before = record


@requirement("LINEARIZABLE")
@needs("PUT-STATUS", "PUT-REPLACES", "PATCH-STATUS", "PATCH-PARTIAL")
def test_parallel_put_and_patch_leave_no_old_field(api: CaseApi, case: Case, profile: Profile) -> None:
    _require_consistent_reads(api)
    put, patch = WRITES["PUT"], WRITES["PATCH"]
    update = put(case, {"testSummary": "before", "testCategory": "before"})
    for number in range(RACES * _repetitions(profile)):
        whole, part = {"testSummary": f"put {number}"}, {"testCategory": f"patch {number}"}
        responses = _race([partial(put, case, whole), partial(patch, case, part)], number, update.elapsed)
        if responses[0].ok:
            _assert_kept(api.accepted(whole), case.read(), "a PUT in parallel with a PATCH of another field")
        case.api.trace.restart(*case.api.trace[:1])


def _require_consistent_reads(api: CaseApi) -> None:
    if api.deployment.case.consistency_wait > 0:
        raise Disabled("the deployment allows reads to lag behind (consistency_wait)")


def _repetitions(profile: Profile) -> int:
    return max(1, profile.rounds // 2)


def _race(writes: Sequence[Callable[[], Exchange]], number: int, elapsed: float) -> list[Exchange]:
    """Send the writes at almost the same moment, each time with other delays."""
    delays = (part * elapsed for part in STARTS[number % len(STARTS)])
    return together([partial(_send_later, delay, write) for delay, write in zip(delays, writes, strict=True)])


def _send_later(delay: float, write: Callable[[], Exchange]) -> Exchange:
    time.sleep(delay)
    return write()


def _assert_kept(expected: Mapping[str, Any], record: Mapping[str, Any], what: str) -> None:
    found = comparison.find_field_difference(expected, record)
    if found:
        raise Violation(f"{what} to be kept", found)
