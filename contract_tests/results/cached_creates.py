"""Creates whose whole response repeats that of an earlier create, as a cache in front of the server does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation

CACHED: Final = (
    "the whole response is that of an earlier create with the same body, so a cache may have sent it"
)


class CachedCreates:
    """Counts equal responses to equal creates; a listener of the run's exchanges."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, int]] = Counter()

    def __call__(self, exchange: Exchange) -> None:
        if exchange.ok and exchange.is_create:
            self._counts[_key(exchange)] += 1

    def explain(self, violation: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return the likely cause if a create returned a known id, or None."""
        if violation.requirement != "CREATE-ID-UNIQUE":
            return None
        repeated = (one.ok and one.is_create and self._counts[_key(one)] > 1 for one in trace)
        return CACHED if any(repeated) else None


def _key(exchange: Exchange) -> tuple[int, int]:
    return hash(exchange.request_body), hash(exchange.body)
