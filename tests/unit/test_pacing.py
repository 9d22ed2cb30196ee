"""Retries, the pace of requests, and silence of the target."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
import requests

from contract_tests.client.pace import Pace
from contract_tests.client.retry import another_time, is_rate_limit, requested_wait


def response(status: int, retry_after: str | None = None) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    if retry_after is not None:
        made.headers["Retry-After"] = retry_after
    return made


@pytest.mark.parametrize(
    ("status", "retry_after", "expected"),
    [
        (408, None, True),
        (429, None, True),
        (503, None, False),
        (503, "", False),
        (503, "1", True),
        (500, "1", False),
        (200, "1", False),
        (409, "1", False),
    ],
)
def test_response_about_the_moment_is_repeated(status: int, retry_after: str | None, expected: bool) -> None:
    assert another_time(status, retry_after) is expected
    assert (requested_wait(response(status, retry_after), 0) is not None) is expected


@pytest.mark.parametrize(
    ("media_type", "retry_after", "attempt", "seconds"),
    [
        ("text/html", None, 0, 0.25),
        (None, None, 3, 2),
        ("text/html", None, 4, None),
        ("application/problem+json", None, 0, None),
        ("text/html", "3", 5, 3),
    ],
)
def test_503_of_a_proxy_is_repeated_a_few_times(
    media_type: str | None, retry_after: str | None, attempt: int, seconds: float | None
) -> None:
    made = response(503, retry_after)
    if media_type:
        made.headers["Content-Type"] = media_type
    assert requested_wait(made, attempt, overloads=True) == seconds
    assert is_rate_limit(made) is (media_type != "application/problem+json" and not retry_after)


@pytest.mark.parametrize(
    ("status", "retry_after", "attempt", "seconds"),
    [
        (429, "3", 0, 3),
        (429, "1.5", 0, 1.5),
        (429, "90", 0, 90),
        (503, "7", 3, 7),
        (429, None, 0, 0.25),
        (429, None, 1, 0.5),
        (429, None, 7, 32),
        (429, None, 8, 60),
        (429, None, 20, 60),
        (429, "soon", 2, 1),
        (429, "-1", 0, 0.25),
        (408, None, 0, 0.02),
        (408, None, 1, 0.04),
        (408, None, 9, 1),
        (429, "0", 0, 0.02),
        (429, "0", 2, 0.08),
        (429, "0", 10, 1),
        (503, "Thu, 01 Jan 1970 00:00:00 GMT", 0, 0.02),
    ],
)
def test_wait_follows_retry_after_or_grows(
    status: int, retry_after: str | None, attempt: int, seconds: float
) -> None:
    assert requested_wait(response(status, retry_after), attempt) == pytest.approx(seconds)


def test_wait_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert requested_wait(response(429, date), 0) == pytest.approx(100, abs=2)


def test_pace_keeps_the_interval() -> None:
    pace = Pace(50)
    started = time.monotonic()
    for _ in range(4):
        pace.wait()
    assert 0.06 <= time.monotonic() - started < 2


def test_pace_without_a_rate_waits_for_nothing() -> None:
    started = time.monotonic()
    for _ in range(1000):
        Pace(None).wait()
    assert time.monotonic() - started < 1


class LimitedTarget:
    """A target with a clock, which refuses requests for their rate and takes 2 ms for each."""

    def __init__(self, allows: Callable[[float], bool], rate: float | None = None) -> None:
        self.now = 0.0
        self.sent: list[float] = []
        self.pace = Pace(rate, lambda: self.now, self.sleep)
        self.allows = allows

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def send(self, count: int) -> int:
        """Send requests, wait a second after each refused one, and return how many were refused."""
        before = self.pace.refusals
        for _ in range(count):
            sent = self.pace.wait()
            self.sent.append(sent)
            allowed = self.allows(self.now)
            self.now += 0.002
            self.pace.note(sent, refused=not allowed)
            self.now += 0.0 if allowed else 1.0
        return self.pace.refusals - before


def leaky(rate: float) -> Callable[[float], bool]:
    """Allow a request if the last one is long enough ago, as limit_req of nginx does without a burst."""
    last = [float("-inf")]

    def allows(now: float) -> bool:
        if now - last[0] < 1 / rate:
            return False
        last[0] = now
        return True

    return allows


def bucket(rate: float, burst: int) -> Callable[[float], bool]:
    """Allow a request for each token; the bucket fills at a rate."""
    state = [float(burst), 0.0]

    def allows(now: float) -> bool:
        state[0], state[1] = min(burst, state[0] + (now - state[1]) * rate), now
        if state[0] < 1:
            return False
        state[0] -= 1
        return True

    return allows


@pytest.mark.parametrize("rate", [200, 40, 10, 3])
@pytest.mark.parametrize("burst", [0, 5, 100])
def test_pace_learns_the_rate_of_the_target(rate: float, burst: int) -> None:
    target = LimitedTarget(bucket(rate, burst) if burst else leaky(rate))
    refused = target.send(1000)
    assert refused <= 25
    started = target.now
    assert target.send(400) <= 2
    assert 0.6 * rate <= 400 / (target.now - started) <= rate * 1.01 + burst


def test_pace_never_exceeds_the_given_rate() -> None:
    target = LimitedTarget(leaky(1000), rate=50)
    assert target.send(500) == 0
    gaps = [after - before for before, after in pairwise(target.sent)]
    assert min(gaps) >= 1 / 50 - 1e-9
    limited = LimitedTarget(leaky(20), rate=50)
    limited.send(1000)
    assert min(after - before for before, after in pairwise(limited.sent)) >= 1 / 50 - 1e-9
    assert limited.pace.learned_rate == pytest.approx(20, rel=0.3)


def test_refusals_that_have_another_cause_slow_nothing_down() -> None:
    count = [0]

    def allows(_: float) -> bool:
        count[0] += 1
        return count[0] % 400 != 0

    target = LimitedTarget(allows)
    assert target.send(8000) == 20
    assert target.pace.learned_rate is None


def test_parallel_refusals_slow_down_once() -> None:
    target = LimitedTarget(leaky(40))
    sent = target.pace.wait()
    target.now += 0.01
    for _ in range(8):
        target.pace.refuse(sent)
    assert target.pace.interval == pytest.approx(0.004)


def test_pace_never_waits_for_a_time_that_passes_meanwhile() -> None:
    # Each reading of the clock is later: the time of the next request passes between two of them.
    times = iter([0.0, 0.0, 0.099, 0.101, 0.102, 0.103])
    waits: list[float] = []
    pace = Pace(10, clock=lambda: next(times), sleep=waits.append)
    pace.wait()
    pace.wait()
    assert waits == [pytest.approx(0.001)]
