"""Time-outs after which requests are no longer sent."""

from __future__ import annotations

import pytest
import requests

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import NoResponse
from contract_tests.client.silence import MOST, MOST_HOSTILE, MOST_OF_OPERATION, Silence, Silences

URL = "http://h/case/1"
HOSTILE = b'{"a": "\\u0000"}'


def timed_out(started: float, elapsed: float = 1.0) -> Exchange:
    return Exchange("GET", "http://h/case/1", {}, b"", 0, "", {}, b"", started, elapsed)


def is_silent(silence: Silence) -> bool:
    try:
        silence.check()
    except NoResponse:
        return True
    return False


def test_target_is_silent_after_the_most_time_outs() -> None:
    silence = Silence(2)
    assert not is_silent(silence)
    silence.add(timed_out(0))
    assert not is_silent(silence)
    silence.add(timed_out(1))
    with pytest.raises(NoResponse, match="2 times in a row, so nothing more is sent"):
        silence.check()
    silence.end()
    assert is_silent(silence)


def test_parallel_time_outs_count_once() -> None:
    silence = Silence(2)
    for started in (0, 0.1, 0.9):
        silence.add(timed_out(started))
    assert not is_silent(silence)
    silence.add(timed_out(1.0))
    assert is_silent(silence)


def test_response_ends_the_silence() -> None:
    silence = Silence(2)
    silence.end()
    silence.add(timed_out(0))
    silence.end()
    silence.add(timed_out(5))
    assert not is_silent(silence)


def request(body: bytes, method: str = "PATCH") -> requests.PreparedRequest:
    return requests.Request(method, URL, data=body, headers={"Content-Type": "application/json"}).prepare()


def time_out(body: bytes, started: float) -> Exchange:
    return Exchange("PATCH", URL, {"Content-Type": "application/json"}, body, 0, "", {}, b"", started, 1.0)


def test_time_outs_of_hostile_requests_stop_only_these() -> None:
    silences = Silences()
    for number in range(MOST_HOSTILE):
        silences.check(request(HOSTILE))
        silences.add(time_out(HOSTILE, 2.0 * number))
        silences.end(request(HOSTILE))  # a target may respond to some of them
    assert silences.drops_hostile
    with pytest.raises(NoResponse, match="6 times, so no hostile request is sent any more"):
        silences.check(request(HOSTILE))
    silences.check(request(b"{}"))


def test_few_time_outs_among_many_hostile_requests_stop_none() -> None:
    silences = Silences()
    for number in range(MOST_HOSTILE):
        silences.add(time_out(HOSTILE, 2.0 * number))
        for _ in range(20):
            silences.end(request(HOSTILE))
    silences.check(request(HOSTILE))
    assert not silences.drops_hostile


def test_connection_that_loses_any_request_drops_no_hostile_ones() -> None:
    silences = Silences()
    for number in range(2 * MOST_HOSTILE):
        silences.check(request(HOSTILE))
        silences.add(time_out(HOSTILE, 4.0 * number))
        silences.add(time_out(b"{}", 4.0 * number + 2))
        for body in (HOSTILE, b"{}") * 8:
            silences.end(request(body))
    assert not silences.hostile_more_often
    assert not silences.drops_hostile


def test_time_outs_of_an_operation_stop_only_this_one() -> None:
    silences = Silences()
    silences.end(request(b"{}"))
    for number in range(MOST_OF_OPERATION):
        silences.check(request(b"{}"))
        silences.add(time_out(b"{}", 2.0 * number))
        silences.end(request(b"{}", "PUT"))
    with pytest.raises(NoResponse, match="no PATCH is sent any more"):
        silences.check(request(b"{}"))
    silences.check(request(b"{}", "PUT"))
    assert silences.stopped_responding("PATCH", URL)
    assert not silences.stopped_responding("PUT", URL)


def test_target_without_any_response_gets_no_more_requests() -> None:
    silences = Silences()
    for number in range(MOST):
        silences.check(request(b"{}"))
        silences.add(time_out(b"{}", 2.0 * number))
    with pytest.raises(NoResponse, match="4 times in a row, so nothing more is sent"):
        silences.check(request(b"{}", "PUT"))
    assert not silences.has_responded("PATCH", URL)
    assert not silences.stopped_responding("PATCH", URL)


def test_first_request_without_a_response_is_known() -> None:
    silences = Silences()
    silences.add(time_out(b"{}", 0.0))
    silences.end(request(b"{}"))
    assert silences.first is None
    for number, body in enumerate((HOSTILE, b"{}", b"[]")):
        silences.add(time_out(body, 2.0 * number + 2))
    assert silences.first is not None
    assert silences.first.request_body == HOSTILE
