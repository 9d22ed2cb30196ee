"""Parallel clients, as real threads over connections of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any, Final, TypeVar

import pytest

from contract_tests.assertions.case import Case, create_case
from contract_tests.assertions.responses import assert_ok, assert_returned_record
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Disabled, Violation
from contract_tests.oracle import comparison
from contract_tests.oracle.linearizability import Kind, Operation, Seen, Specification, State
from contract_tests.profiles import Scale
from contract_tests.testdata.corpus import letters

requirement = pytest.mark.requirement

T = TypeVar("T")
THREADS: Final = 8
# Answers by which a server may turn a parallel write away; 429 the session waits for.
TURNED_AWAY: Final = (409, 412, 423, 429)


def together(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Run the actions at the same moment, each in a thread of its own; their results in order."""
    barrier = threading.Barrier(len(actions))

    def start(action: Callable[[], T]) -> T:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        try:
            return list(pool.map(start, actions))
        except BaseException:  # a Ctrl-C that came before the last has started: the others would wait for it
            barrier.abort()
            raise


@requirement("PARALLEL-CREATE")
def test_parallel_creates_get_ids_of_their_own(api: CaseApi, scale: Scale) -> None:
    for _ in range(max(1, scale.rounds // 2)):
        api.trace.restart()
        payloads = [
            {"testSummary": f"parallel {i}", "testNumber": f"{i}"} for i in scale.some(range(THREADS), few=2)
        ]
        cases = together([partial(create_case, api, payload) for payload in payloads])
        ids = [case.id for case in cases]
        if len(set(ids)) != len(ids):
            raise Violation(f"{len(ids)} ids for as many parallel creates", f"{len(set(ids))}")
        for case in cases:
            case.assert_shows()


def _turned_away(answer: Exchange) -> bool:
    return answer.status in TURNED_AWAY


def _of_each_kind(number: int, text: str) -> Any:
    """A text, an array or an object: some stores write these in ways of their own."""
    kinds: tuple[Any, ...] = (text, [text], {"text": text})
    return kinds[number % len(kinds)]


@requirement("PARALLEL-PATCH")
def test_no_parallel_patch_is_lost(api: CaseApi, scale: Scale) -> None:
    for turn in range(scale.rounds):
        api.trace.restart()
        old, new = (
            {f"testOwn{letters(i)}": _of_each_kind(i, text) for i in range(THREADS)}
            for text in ("old", f"new {turn}")
        )
        case = create_case(api, {name: old[name] for name in list(old)[1::2]})  # the other fields are new
        patches = [{name: value} for name, value in new.items()]
        answers = together([partial(api.update, case.id, patch) for patch in patches])
        for patch, answer in zip(patches, answers, strict=True):
            if answer.ok:
                case.fields.update(api.taken(patch))
            elif not _turned_away(answer):
                raise Violation("a parallel PATCH to be answered 200, 409, 412, 423 or 429", answer.summary())
        case.assert_shows()


@requirement("PARALLEL-PUT")
def test_parallel_puts_never_mix(api: CaseApi, scale: Scale) -> None:
    names = [f"testPart{letters(i)}" for i in range(6)]
    for turn in range(scale.rounds):
        api.trace.restart()
        case = create_case(api, {**dict.fromkeys(names, "first"), "testOnlyfirst": "first"})
        writers = [f"{turn}w{i}" for i in range(THREADS - 3)]
        # Beside the fields that all write, each payload has one of its own.
        payloads = [{**dict.fromkeys(names, writer), f"testOnly{writer}": writer} for writer in writers]
        owners = [f"testOnly{writer}" for writer in ("first", *writers)]
        actions: list[Callable[[], Exchange | None]] = [
            *(partial(api.replace, case.id, payload) for payload in payloads),
            *(partial(_reads, case, names, owners) for _ in range(3)),
        ]
        for answer in together(actions):
            if answer is not None and not answer.ok and not _turned_away(answer):
                raise Violation("a parallel PUT to be answered 200, 409, 412, 423 or 429", answer.summary())
        _whole(case.read(), names, owners)


def _reads(case: Case, names: Sequence[str], owners: Sequence[str]) -> None:
    for _ in range(4):
        _whole(case.read(), names, owners)


def _whole(record: Any, names: Sequence[str], owners: Sequence[str]) -> None:
    own = {name: record[name] for name in owners if record.get(name) is not None}
    values = {str(record.get(name)) for name in names} | {str(value) for value in own.values()}
    if len(values) != 1 or len(own) != 1:
        raise Violation(
            "the record to be one payload, never a mixture", f"it shows {sorted(values)} and {own}"
        )


@requirement("PARALLEL-TRANSITION")
def test_parallel_equal_transitions_move_once(api: CaseApi, scale: Scale) -> None:
    walk = list(api.deployment.workflow.walk(2))
    status = walk[0][1]
    for _ in range(scale.rounds):
        api.trace.restart()
        case = create_case(api)
        before = case.snapshot()
        answers = together([partial(api.transition, case.id, status, before.workflow_id)] * THREADS)
        record = case.read()
        if not any(answer.ok for answer in answers):
            raise Violation(f"one of {THREADS} parallel transitions to be accepted", "all were refused")
        if not all(answer.ok or answer.refused for answer in answers):
            raise Violation(
                "each transition to be accepted or refused", str([answer.status for answer in answers])
            )
        if case.status(record) in (None, before.status) or api.deployment.workflow.contradicts(
            status, case.status(record)
        ):
            raise Violation(f"the case to have moved to {status}", comparison.show(case.status(record)))
        accepted = [answer for answer in answers if answer.ok and answer.carries_record]
        for answer in accepted:
            told = case.returned_status(answer, record)
            if api.deployment.workflow.contradicts(status, told):
                raise Violation(f"each accepted answer to say {status}", comparison.show(told))
        moved_to = {one.object["lastWorkflowId"] for one in accepted if "lastWorkflowId" in one.object}
        if len(moved_to - {before.workflow_id, record.get("lastWorkflowId")}) > 0:
            raise Violation(
                "one move", f"several: the answers name the workflows {sorted(map(str, moved_to))}"
            )
        if len(walk) > 1:
            case.transition(walk[1][1])


@requirement("UPDATE-ISOLATED")
def test_parallel_work_on_different_cases_does_not_mix(api: CaseApi, scale: Scale) -> None:
    for _ in range(max(1, scale.rounds // 3)):
        api.trace.restart()
        several = scale.some(range(THREADS), few=3)
        cases = [create_case(api, {"testOnly": f"{i}", f"testOnly{letters(i)}": "mine"}) for i in several]
        together([partial(_works_alone, case, i) for i, case in enumerate(cases)])


def _works_alone(case: Case, number: int) -> None:
    """Reads, updates and moves of one case, which must show its own values and nobody else's all the time."""
    others = [f"testOnly{letters(i)}" for i in range(THREADS) if i != number]
    for turn, (_, status) in enumerate(case.api.deployment.workflow.walk(2)):
        patch = {"testOnly": f"{number} in turn {turn}"}
        answers = [case.api.update(case.id, patch)]
        if not answers[0].refused:  # turned away, or refused by a closed case
            case.fields |= patch
        answers.append(case.try_transition(status))
        if not answers[1].refused:  # turned away while others are at work
            assert_ok(answers[1], f"the transition to {status}")
        for answer in answers:
            assert_returned_record(answer, case.fields, gone=others)
        for _ in range(2):
            record = case.assert_shows(gone=others)
            if record.get("id") != case.id:
                raise Violation(
                    f"GET of {case.id} to show it", f"the case {comparison.show(record.get('id'))}"
                )
    whole = {"testOnly": "replaced", f"testOnly{letters(number)}": "mine"}
    if case.api.replace(case.id, whole).ok:
        case.fields |= whole
    case.assert_shows(gone=others)


@requirement("AUTH-REQUIRED")
def test_a_stranger_is_refused_beside_a_client(case: Case) -> None:
    api = case.api
    if api.is_open:
        raise Disabled("the deployment asks for no credentials")

    def stranger() -> list[Exchange]:
        answers = []
        for payload in (None, {"testSummary": "by a stranger"}) * 4:
            method = "GET" if payload is None else "PATCH"
            answers.append(api.unauthenticated(method, case_path(case.id), payload, {}))
        return answers

    def client() -> list[Exchange]:
        return [api.get(case.id) for _ in range(8)]

    for answer in chain.from_iterable(together([stranger, client] * (THREADS // 2))[::2]):
        if not answer.unauthorized:
            raise Violation("a stranger to be refused while a client is at work", answer.summary())


CLIENTS: Final = 5
FIRST: Final = "first"
# Who does what, in turn; each client begins at another place.
SCRIPT: Final = (Kind.READ, Kind.PATCH_LEFT, Kind.READ, Kind.PUT, Kind.MOVE, Kind.READ, Kind.PATCH_RIGHT)


@requirement("LINEARIZABLE")
def test_parallel_reads_and_writes_look_as_if_one_after_the_other(api: CaseApi, scale: Scale) -> None:
    if api.deployment.case.consistency_wait > 0:
        raise Disabled("the deployment allows reads to lag behind (consistency_wait)")
    specification = Specification(api.deployment.workflow, _shown_names(api))
    start = State(FIRST, FIRST, api.deployment.workflow.initial)
    for turn in range(scale.rounds):
        api.trace.restart()
        case = create_case(api, {"testLeft": FIRST, "testRight": FIRST})
        clients = [Client(case, client, turn) for client in range(CLIENTS)]
        together([client.run for client in clients])
        history = [operation for client in clients for operation in client.history]
        if not specification.explains(history, start):
            _tell(specification.shortest(history, start))


def _shown_names(api: CaseApi) -> dict[str, Any]:
    """What a record shows in each state that the clients' moves can reach, one call at a time."""
    workflow = api.deployment.workflow
    case = create_case(api)
    names = {workflow.initial: _plain(case.status())}
    for _, status in workflow.walk(3):
        case.transition(status)
        names.setdefault(status, _plain(case.status()))  # a later visit may be counted in the name
    return names


def _plain(status: Any) -> Any:
    """A status to compare between cases: one told as an object or an array may name the case, and tells nothing."""
    return None if isinstance(status, (dict, list)) else status


def _tell(history: Sequence[Operation]) -> None:
    origin = history[0].start
    bars = tuple(operation.to_json(origin) for operation in history)
    lines = (f"client {bar['client']} {bar['kind']} {bar['saw'] or bar['value']}" for bar in bars)
    violation = Violation(
        "an order of the calls that explains every answer", f"none explains: {'; '.join(lines)}"
    )
    violation.timeline = bars
    raise violation


class Client:
    """One of the parallel clients: does its part of the script on the case, and keeps what it did and saw."""

    def __init__(self, case: Case, number: int, turn: int) -> None:
        self.case = case
        self.number = number
        self.history: list[Operation] = []
        self._turn = turn
        self._workflow_id: Any = case.created_record.get("lastWorkflowId")
        self._status = case.api.deployment.workflow.first_move()

    def run(self) -> None:
        for step in range(4):
            kind = SCRIPT[(self.number * 2 + step + self._turn) % len(SCRIPT)]
            value = self._status if kind is Kind.MOVE else f"{self._turn}.{self.number}.{step}"
            start = time.perf_counter()
            done, seen = self._perform(kind, value)
            self.history.append(Operation(self.number, kind, value, start, time.perf_counter(), seen, done))

    def _perform(self, kind: Kind, value: str) -> tuple[bool, Seen | None]:
        """(was it carried out, what it saw)."""
        api, case_id = self.case.api, self.case.id
        match kind:
            case Kind.READ:
                record = self.case.read()
                self._workflow_id = record.get("lastWorkflowId")
                return True, Seen(
                    record.get("testLeft"), record.get("testRight"), _plain(self.case.status(record))
                )
            case Kind.PUT:
                return api.replace(case_id, {"testLeft": value, "testRight": value}).ok, None
            case Kind.MOVE:
                return api.transition(case_id, value, self._workflow_id).ok, None
            case _:
                field = "testLeft" if kind is Kind.PATCH_LEFT else "testRight"
                return api.update(case_id, {field: value}).ok, None
