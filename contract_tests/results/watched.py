"""Exchanges that violate a requirement of every exchange: which one shows it best, and what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.oracle.hostile_input import rank_request


def is_better(violation: Violation, exchange: Exchange, known: Violation, seen: Sequence[Exchange]) -> bool:
    """Return True if an exchange shows the violation better than the known one.

    Another requirement may explain the known one, or the request is hostile, and shorter.
    """
    if known.needs and not violation.needs:
        return True
    if violation.requirement != "HOSTILE-INPUT":
        return False
    ranks = [
        rank_request(one.method, one.url, one.request_headers, one.request_body)
        for one in (exchange, seen[-1])
    ]
    return ranks[0] < ranks[1]


def with_overlapping(seen: Sequence[Exchange], trace: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges, and those of the trace that were in progress at the same time as the last one."""
    last = seen[-1]
    end = last.started + last.elapsed
    overlapping = [
        one
        for one in trace
        if one.started < end
        and last.started < one.started + one.elapsed
        and all(one is not own for own in seen)
    ]
    return sorted([*seen, *overlapping], key=lambda one: one.started)
