"""The rate limit."""

from __future__ import annotations

import pytest
from support.in_process import Clock

from mock_server.core.errors import Problem, Refused
from mock_server.core.rate_limit import RateLimiter


def accepted(limit: RateLimiter) -> bool:
    try:
        limit()
    except Refused as refused:
        return refused.problem is not Problem.TOO_MANY_REQUESTS
    return True


def test_bucket_holds_the_requests_of_a_second() -> None:
    clock = Clock()
    limit = RateLimiter(3, clock)
    assert [accepted(limit) for _ in range(4)] == [True, True, True, False]
    clock.now += 1 / 3
    assert [accepted(limit), accepted(limit)] == [True, False]
    clock.now += 100
    assert [accepted(limit) for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(("rate", "wait"), [(3, "1"), (0.25, "4"), (0.3, "4"), (0.00001, "86400")])
def test_retry_after_names_whole_seconds(rate: float, wait: str) -> None:
    limit = RateLimiter(rate, Clock())
    for _ in range(max(1, int(rate))):
        limit()
    with pytest.raises(Refused) as refused:
        limit()
    assert refused.value.headers == {"retry-after": wait}


def test_clock_that_is_set_back_keeps_the_bucket() -> None:
    clock = Clock()
    limit = RateLimiter(2, clock)
    clock.now -= 500
    assert [accepted(limit) for _ in range(3)] == [True, True, False]
