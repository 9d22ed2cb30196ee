"""Creates that are refused although an equal one succeeded, as by a server that looks for duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contract_tests.client.exchange import Exchange, header_in
from contract_tests.exceptions import Violation

CONFLICT: Final = 409
REFUSED_NOW: Final = "a create with this payload succeeded before"


class RepeatedCreates:
    """Remembers the first success of each create; a listener of the run's exchanges.

    `origin` is the successful create of the last explanation.
    """

    def __init__(self) -> None:
        self.origin: Exchange | None = None
        self._successes: dict[int, Exchange] = {}

    def __call__(self, exchange: Exchange) -> None:
        if exchange.ok and exchange.is_create:
            self._successes.setdefault(hash(exchange.request_body), exchange)

    def explain(self, violation: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return a remark if the refused create that the violation is about succeeded before, or None."""
        self.origin = None
        failed = next((one for one in reversed(trace) if one.summary() == violation.actual), None)
        failed = failed or (trace[-1] if trace else None)
        if failed is not None and failed.refused and failed.is_create:
            earlier = self._successes.get(hash(failed.request_body))
            # Otherwise the server may refuse the headers.
            if earlier and (failed.status == CONFLICT or _headers(earlier) == _headers(failed)):
                self.origin = earlier
        return None if self.origin is None else REFUSED_NOW


def _headers(exchange: Exchange) -> tuple[str, ...]:
    return tuple(header_in(exchange.request_headers, name) for name in ("content-type", "authorization"))
