"""Failures because a proxy in front of the API refused requests, for example because of its rate limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contract_tests.client.exchange import NOT_JSON, Exchange
from contract_tests.client.retry import SERVICE_UNAVAILABLE
from contract_tests.exceptions import Violation

LIKELY: Final = (
    "503 without Retry-After, and with a body that is not JSON: probably a proxy in front of the API limits the rate; "
    "--rate-limit N sends at most N requests per second"
)


def explain_overload(violation: Violation, trace: Sequence[Exchange]) -> str | None:
    """Return the likely cause if the violation is a 503 that a proxy sends, or None."""
    found = next((one for one in reversed(trace) if one.summary() == violation.actual), None)
    if found is None or found.status != SERVICE_UNAVAILABLE or found.json is not NOT_JSON:
        return None
    return None if "retry-after" in found.headers else LIKELY
