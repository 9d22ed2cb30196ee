"""Calls that suspend themselves."""

from __future__ import annotations

import threading

import pytest

from mock_server.suspension import Call, current_call, suspend


def wait_and_add_one() -> int:
    call = current_call()
    assert call is not None
    value: int = suspend(call)
    return value + 1


def test_call_that_is_not_suspended_returns_its_result() -> None:
    call = Call(lambda number: number + 1)
    assert call.switch(1) == 2
    assert call.dead


def test_suspended_call_continues_with_the_value() -> None:
    results: list[int] = []
    call = Call(wait_and_add_one)
    call.switch()
    assert not call.dead
    call.done = results.append
    call.resume(1)
    assert results == [2]


def test_suspended_call_raises_the_error() -> None:
    def run() -> str:
        with pytest.raises(LookupError):
            wait_and_add_one()
        return "raised"

    results: list[str] = []
    call = Call(run)
    call.switch()
    call.done = results.append
    call.fail(LookupError())
    assert results == ["raised"]


def test_only_code_in_a_call_has_a_current_call() -> None:
    found: list[Call | None] = []
    call = Call(lambda: found.append(current_call()))
    call.switch()
    thread = threading.Thread(target=lambda: found.append(current_call()))
    thread.start()
    thread.join()
    assert found == [call, None]
    assert current_call() is None
