"""Which answers ask the client to come again, and after how long: RFC 9110 sections 10.2.3 and 15.5.9, RFC 6585.

Knows answers; sends nothing.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Final

import requests

REQUEST_TIMEOUT: Final = 408
TOO_MANY_REQUESTS: Final = 429
SERVICE_UNAVAILABLE: Final = 503
REPEATABLE: Final = (REQUEST_TIMEOUT, TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE)
LONGEST_WAIT: Final = 60.0
FIRST_BACKOFF: Final = 0.25
# A server may ask for no wait at all, or for one until a date that is past, and still need a moment.
SHORTEST_WAIT: Final = 0.02
LONGEST_SHORT_WAIT: Final = 1.0


def another_time(status: int, retry_after: str | None) -> bool:
    """Whether an answer is about the moment, and says nothing about the request.

    408 says that the server has given up waiting for a request on this connection, which it met half-way; 503
    stands, unless it says when to come again.
    """
    return status in REPEATABLE and (status != SERVICE_UNAVAILABLE or bool(retry_after))


def asked_wait(response: requests.Response, attempt: int) -> float | None:
    """Seconds to wait before the request is sent again, the `attempt`-th time from 0; None where the answer stands."""
    status, asked = response.status_code, response.headers.get("Retry-After")
    if not another_time(status, asked):
        return None
    wait = _seconds(asked, 0.0 if status == REQUEST_TIMEOUT else FIRST_BACKOFF * 2.0**attempt)
    shortest = min(SHORTEST_WAIT * 2.0**attempt, LONGEST_SHORT_WAIT)
    return min(max(wait, shortest), LONGEST_WAIT)


def _seconds(asked: str | None, otherwise: float) -> float:
    """Retry-After as seconds: a number, or an HTTP date; `otherwise` where it is absent or neither."""
    try:
        return float(asked or otherwise)
    except ValueError:
        try:
            return parsedate_to_datetime(asked or "").timestamp() - time.time()
        except (TypeError, ValueError):
            return otherwise
