"""Parallel clients, as real threads over connections of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

import pytest

from contract_tests import model
from contract_tests.api import CaseApi
from contract_tests.exchange import Exchange
from contract_tests.linearizability import Operation, linearizable
from contract_tests.payloads import letters
from contract_tests.scale import Scale
from contract_tests.steps import OK, Case, created
from contract_tests.verdicts import Disabled, Violation

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
        return list(pool.map(start, actions))


@requirement("PARALLEL-CREATE")
def test_parallel_creates_get_ids_of_their_own(api: CaseApi, scale: Scale) -> None:
    for _ in range(max(1, scale.rounds // 2)):
        api.session.new_story()
        payloads = [{"testSummary": f"parallel {i}", "testNumber": i} for i in range(THREADS)]
        cases = together([partial(created, api, payload) for payload in payloads])
        ids = [case.id for case in cases]
        if len(set(ids)) != len(ids):
            raise Violation(f"{THREADS} ids for {THREADS} parallel creates", f"{len(set(ids))}")
        for case in cases:
            case.shows()


def _turned_away(answer: Exchange) -> bool:
    return answer.status in TURNED_AWAY


@requirement("PARALLEL-PATCH")
def test_no_parallel_patch_is_lost(api: CaseApi, scale: Scale) -> None:
    for turn in range(scale.rounds):
        api.session.new_story()
        case = created(api, {letters(i): "old" for i in range(THREADS)})
        patches = [
            {letters(i): f"new {turn}"} if i % 2 else {f"added{letters(i)}": turn} for i in range(THREADS)
        ]
        answers = together([partial(api.update, case.id, patch) for patch in patches])
        for patch, answer in zip(patches, answers, strict=True):
            if answer.status == OK:
                case.fields.update(patch)
            elif not _turned_away(answer):
                raise Violation("a parallel PATCH to be answered 200, 409, 412, 423 or 429", answer.summary())
        case.shows()


@requirement("PARALLEL-PUT")
def test_parallel_puts_never_mix(api: CaseApi, scale: Scale) -> None:
    names = [letters(i) for i in range(12)]
    for turn in range(scale.rounds):
        api.session.new_story()
        case = created(api, dict.fromkeys(names, "first"))
        payloads = [dict.fromkeys(names, f"{turn}.{i}") for i in range(THREADS - 3)]
        actions: list[Callable[[], Exchange | None]] = [
            *(partial(api.replace, case.id, payload) for payload in payloads),
            *(partial(_reads, case, names) for _ in range(3)),
        ]
        for answer in together(actions):
            if answer is not None and not answer.ok and not _turned_away(answer):
                raise Violation("a parallel PUT to be answered 200, 409, 412, 423 or 429", answer.summary())
        _whole(case.read(), names)


def _reads(case: Case, names: Sequence[str]) -> None:
    for _ in range(4):
        _whole(case.read(), names)


def _whole(record: Any, names: Sequence[str]) -> None:
    values = {str(record.get(name)) for name in names}
    if len(values) != 1:
        raise Violation("the record to be one payload, never a mixture", f"it shows {sorted(values)}")


@requirement("PARALLEL-TRANSITION")
def test_parallel_equal_transitions_move_once(api: CaseApi, scale: Scale) -> None:
    walk = list(api.deployment.workflow.walk(2))
    status = walk[0][1]
    for _ in range(scale.rounds):
        api.session.new_story()
        case = created(api)
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
            raise Violation(f"the case to have moved to {status}", model.show(case.status(record)))
        moved_to = {one.object.get("lastWorkflowId") for one in answers if one.ok and one.carries_record}
        if len(moved_to - {before.workflow_id, record.get("lastWorkflowId")}) > 0:
            raise Violation(
                "one move", f"several: the answers name the workflows {sorted(map(str, moved_to))}"
            )
        if len(walk) > 1:
            case.move(walk[1][1])


@requirement("LINEARIZABLE")
def test_parallel_reads_and_writes_look_as_if_one_after_the_other(api: CaseApi, scale: Scale) -> None:
    if api.deployment.case.consistency_wait > 0:
        raise Disabled("the deployment allows reads to lag behind (consistency_wait)")
    for turn in range(scale.rounds):
        api.session.new_story()
        case = created(api, {"left": "0", "right": "0"})
        history: list[Operation] = []
        scripts = [_script(case, turn, client, history) for client in range(4)]
        together(scripts)
        if not linearizable(history, {"left": "0", "right": "0"}):
            lines = "; ".join(str(operation) for operation in sorted(history, key=lambda one: one.start))
            raise Violation(
                "an order of the operations that explains every answer", f"none explains: {lines}"
            )


def _script(case: Case, turn: int, client: int, history: list[Operation]) -> Callable[[], None]:
    def run() -> None:
        for step in range(3):
            value = f"{turn}.{client}.{step}"
            kind = ("read", "patch left", "patch right", "put")[(client + step) % 4]
            start = time.perf_counter()
            done, seen = _perform(case, kind, value)
            history.append(Operation(client, kind, value, seen, start, time.perf_counter(), done))

    return run


def _perform(case: Case, kind: str, value: str) -> tuple[bool, tuple[Any, Any] | None]:
    """(was it carried out, what it saw)."""
    if kind == "read":
        record = case.read()
        return True, (record.get("left"), record.get("right"))
    if kind == "put":
        return case.api.replace(case.id, {"left": value, "right": value}).ok, None
    return case.api.update(case.id, {kind.split()[1]: value}).ok, None
