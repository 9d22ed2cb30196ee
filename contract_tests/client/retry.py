"""Responses that ask the client to repeat a request (RFC 9110 sections 10.2.3 and 15.5.9, RFC 6585)."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import Final

import requests

REQUEST_TIMEOUT: Final = 408
TOO_MANY_REQUESTS: Final = 429
SERVICE_UNAVAILABLE: Final = 503
REPEATABLE: Final = (REQUEST_TIMEOUT, TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE)
LONGEST_BACKOFF: Final = 60.0
FIRST_BACKOFF: Final = 0.25
OVERLOAD_ATTEMPTS: Final = 4  # repetitions after a 503 without Retry-After
# A server may ask for no wait at all, or for one until a date in the past, and still need a moment.
SHORTEST_WAIT: Final = 0.02
LONGEST_SHORT_WAIT: Final = 1.0
_SECONDS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def another_time(status: int, retry_after: str | None) -> bool:
    """Return True if a response is about the moment, and not about the request.

    408 says that the server stopped waiting for the rest of a request on this connection. 503 is about the moment only
    if it says when to repeat the request.
    """
    return status in REPEATABLE and (status != SERVICE_UNAVAILABLE or bool(retry_after))


def is_rate_limit(response: requests.Response) -> bool:
    """Return True if the response may refuse a request because of the rate of requests.

    A proxy such as nginx, in front of the API, uses 503 without Retry-After for this. It is recognised by a body that
    is not JSON.
    """
    if response.status_code == TOO_MANY_REQUESTS:
        return True
    is_json = "json" in response.headers.get("Content-Type", "").lower()
    return (
        response.status_code == SERVICE_UNAVAILABLE
        and not is_json
        and not response.headers.get("Retry-After")
    )


def requested_wait(response: requests.Response, attempt: int, *, overloads: bool = False) -> float | None:
    """Return the seconds before attempt number `attempt` + 1 (from 0), or None if the response is final.

    A server may ask for a longer wait than a run can afford. `overloads`: repeat a request a few times after a 503 of a
    proxy without Retry-After, too.
    """
    status, retry_after = response.status_code, response.headers.get("Retry-After")
    if not another_time(status, retry_after):
        is_overload = overloads and is_rate_limit(response) and attempt < OVERLOAD_ATTEMPTS
        return FIRST_BACKOFF * 2.0**attempt if is_overload else None
    backoff = 0.0 if status == REQUEST_TIMEOUT else min(FIRST_BACKOFF * 2.0**attempt, LONGEST_BACKOFF)
    shortest = min(SHORTEST_WAIT * 2.0**attempt, LONGEST_SHORT_WAIT)
    return max(_seconds(retry_after or "", backoff), shortest)


def _seconds(retry_after: str, otherwise: float) -> float:
    """Return Retry-After, a number or an HTTP date, in seconds; `otherwise` if it is neither."""
    if _SECONDS.fullmatch(retry_after):
        return float(retry_after)
    try:
        return parsedate_to_datetime(retry_after).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return otherwise
