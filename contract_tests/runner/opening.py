"""The line at the start of a run: the expected requests and their duration, and the number of cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contract_tests.client.exchange import Exchange
from contract_tests.client.target import RunSettings, Target, is_loopback
from contract_tests.profiles import profile_for
from contract_tests.runner import plan

TUNNEL: Final = (
    "If this address leads to a tenant (ssh -L, kubectl port-forward), limit them with --max-cases N."
)


def opening_line(
    target: Target,
    settings: RunSettings,
    profile: str,
    expected: plan.Expected | None,
    first: Iterable[Exchange],
) -> str:
    """Return the line; empty for the embedded mock, on which nothing outlives the run.

    `expected` is None if the numbers of requests and cases are unknown. `first` are the first exchanges, which show
    how fast the target responds.
    """
    if target.embedded:
        return ""
    parts = [_cases(target, settings, profile, expected)]
    if expected is not None:
        parts.insert(0, plan.estimate(expected.requests, _seconds_per_request(settings, first)))
    return f"{target.base_url}: {'; '.join(parts)}"


def _seconds_per_request(settings: RunSettings, first: Iterable[Exchange]) -> float:
    elapsed = [exchange.elapsed for exchange in first] or [0.0]
    average = sum(elapsed) / len(elapsed)
    return max(average, 1 / settings.rate) if settings.rate else average


def _cases(target: Target, settings: RunSettings, profile: str, expected: plan.Expected | None) -> str:
    if settings.read_only:
        return "creates no case"
    if settings.budget is not None:
        return f"creates at most {settings.budget} cases"
    cases = profile_for(profile, seeded=False).cases if expected is None else expected.cases
    if settings.max_requests is not None:
        cases = min(cases, settings.max_requests)
    text = f"creates about {cases:,} cases"
    return f"{text}. {TUNNEL}" if is_loopback(target) and target.adapter is None else text
