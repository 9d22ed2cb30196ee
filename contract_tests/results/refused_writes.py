"""The refused writes to ids that no case has, to find out if one of them created a case nevertheless."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from contract_tests.client.exchange import Exchange

MOST: Final = 1000  # ids

_CASE_ID: Final = re.compile(r"/case/([^/?]+)(/transition)?(?:\?|$)")
# The requirement that a write to an unknown id changes nothing, for each method.
_REQUIREMENTS: Final[Mapping[str, str]] = {
    "POST": "TRANSITION-UNKNOWN",
    "PUT": "UPDATE-UNKNOWN",
    "PATCH": "UPDATE-UNKNOWN",
}


class RefusedWrites:
    """Remembers the first refused write to each id; a listener of the run's exchanges."""

    def __init__(self) -> None:
        self._writes: dict[str, Exchange] = {}

    def __call__(self, exchange: Exchange) -> None:
        addressed = _CASE_ID.search(exchange.url)
        is_write = exchange.method in _REQUIREMENTS and (exchange.method == "POST") == bool(
            addressed and addressed[2]
        )
        if addressed and is_write and exchange.refused and len(self._writes) < MOST:
            self._writes.setdefault(unquote(addressed[1]), exchange)

    def find_creating(self, shown: Exchange, case_id: str) -> tuple[Exchange, str] | None:
        """Return the refused write that must have created the shown case, and the requirement that it breaks.

        A response with the record of another case has another id.
        """
        write = self._writes.get(case_id)
        if write is None or shown.object.get("id") != case_id:
            return None
        return write, _REQUIREMENTS[write.method]
