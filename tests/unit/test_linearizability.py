"""Linearizability of histories: each example states the order that explains it, or why there is none."""

from __future__ import annotations

import pytest

from contract_tests.oracle.linearizability import Kind, Operation, Seen, Specification, State
from contract_tests.oracle.workflow import Workflow

CASE = Specification(Workflow(), {"Open": "Open", "Close": "Closed", "Reopen": "Open"})
START = State("a", "a", "Open")


def write(
    kind: Kind, value: str, start: float, end: float, *, client: int = 0, done: bool = True
) -> Operation:
    return Operation(client, kind, value, start, end, done=done)


def read(left: str, right: str, start: float, end: float, status: str = "Open") -> Operation:
    return Operation(1, Kind.READ, "", start, end, Seen(left, right, status))


PUT, LEFT, RIGHT, MOVE = Kind.PUT, Kind.PATCH_LEFT, Kind.PATCH_RIGHT, Kind.MOVE

EXPLAINED = {
    "nothing": [],
    "read of the start": [read("a", "a", 0, 1)],
    "read after a write": [write(PUT, "b", 0, 1), read("b", "b", 2, 3)],
    "overlapping read sees the old value": [write(PUT, "b", 0, 3), read("a", "a", 1, 2)],
    "overlapping read sees the new value": [write(PUT, "b", 0, 3), read("b", "b", 1, 2)],
    "touching operations may have either order": [write(PUT, "b", 0, 1), read("a", "a", 1, 2)],
    "patches of both fields": [write(LEFT, "b", 0, 2), write(RIGHT, "c", 1, 3), read("b", "c", 4, 5)],
    "either put is last": [write(PUT, "b", 0, 2), write(PUT, "c", 1, 3), read("b", "b", 4, 5)],
    "a refused write has no effect": [write(PUT, "b", 0, 1, done=False), read("a", "a", 2, 3)],
    "transition": [write(MOVE, "Close", 0, 1), read("a", "a", 2, 3, "Closed")],
    "transition to the current state": [write(MOVE, "Close", 0, 1), write(MOVE, "Close", 2, 3)],
    "transitions there and back": [
        write(MOVE, "Close", 0, 1),
        write(MOVE, "Reopen", 2, 3),
        read("a", "a", 4, 5),
    ],
}
UNEXPLAINED = {
    "stale read": [write(PUT, "b", 0, 1), read("a", "a", 2, 3)],
    "read from the future": [read("b", "b", 0, 1), write(PUT, "b", 2, 3)],
    "half of a put": [write(PUT, "b", 0, 3), read("b", "a", 1, 2)],
    "lost patch": [write(LEFT, "b", 0, 2), write(RIGHT, "c", 1, 3), read("a", "c", 4, 5)],
    "value goes back": [write(PUT, "b", 0, 5), read("b", "b", 1, 2), read("a", "a", 3, 4)],
    "wrong field": [write(LEFT, "b", 0, 1), read("a", "b", 2, 3)],
    "effect of a refused write": [write(PUT, "b", 0, 1, done=False), read("b", "b", 2, 3)],
    "illegal transition": [write(MOVE, "Reopen", 0, 1)],
    "unchanged status": [write(MOVE, "Close", 0, 1), read("a", "a", 2, 3, "Open")],
    "name of the state in place of the shown one": [
        write(MOVE, "Close", 0, 1),
        read("a", "a", 2, 3, "Close"),
    ],
}


@pytest.mark.parametrize("history", EXPLAINED.values(), ids=EXPLAINED)
def test_possible_order_explains_the_history(history: list[Operation]) -> None:
    assert CASE.explains(history, START)


@pytest.mark.parametrize("history", UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_history_without_an_order_is_unexplained(history: list[Operation]) -> None:
    assert not CASE.explains(history, START)


def test_shortest_history_omits_what_is_not_needed() -> None:
    lost, stale = write(PUT, "b", 0, 1), read("a", "a", 4, 5)
    history = [read("a", "a", -2, -1), stale, lost, write(RIGHT, "z", 6, 7)]
    assert CASE.shortest(history, START) == [lost, stale]


def test_shortest_history_keeps_what_a_stale_read_follows() -> None:
    lost, fresh, stale = write(PUT, "b", 0, 1), read("b", "b", 2, 3), read("a", "a", 4, 5)
    assert CASE.shortest([stale, fresh, lost], START) == [lost, stale]


def test_shortest_history_keeps_a_write_that_a_read_saw() -> None:
    put, half = write(PUT, "b", 0, 3), read("b", "a", 1, 2)
    assert CASE.shortest([half, write(LEFT, "c", 5, 6), put], START) == [put, half]


def test_shortest_history_keeps_transitions_of_a_seen_status() -> None:
    moved, stale = write(MOVE, "Close", 0, 1), read("a", "a", 2, 3)
    assert CASE.shortest([moved, stale], START) == [moved, stale]
    illegal = write(MOVE, "Reopen", 0, 1)
    assert CASE.shortest([illegal], START) == [illegal]


def test_shortest_history_keeps_transitions_that_others_follow() -> None:
    moved, unwritten = write(MOVE, "Close", 0, 1), read("x", "a", 2, 3, "Closed")
    assert CASE.shortest([moved, unwritten], START) == [moved, unwritten]
    illegal, again = write(MOVE, "Reopen", 0, 1), write(MOVE, "Reopen", 4, 5)
    assert CASE.shortest([illegal, write(PUT, "b", 2, 3), again], START) == [illegal, again]


def test_operation_is_a_bar_from_the_origin() -> None:
    assert read("a", "b", 5.5, 6.5).to_json(5.0) == {
        "client": 1,
        "kind": "GET",
        "value": "",
        "saw": "a | b | Open",
        "start": 0.5,
        "end": 1.5,
        "done": True,
    }
    bar = write(LEFT, "x", 5, 6, client=2, done=False).to_json(5)
    assert (bar["client"], bar["kind"], bar["saw"], bar["done"]) == (2, "PATCH left", None, False)
