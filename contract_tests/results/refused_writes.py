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
    """Remembers the first refused write of each kind to each id; a listener of the run's exchanges."""

    def __init__(self) -> None:
        self._writes: dict[str, dict[str, Exchange]] = {}

    def __call__(self, exchange: Exchange) -> None:
        addressed = _CASE_ID.search(exchange.url)
        is_write = exchange.method in _REQUIREMENTS and (exchange.method == "POST") == bool(
            addressed and addressed[2]
        )
        if addressed and is_write and exchange.refused and len(self._writes) < MOST:
            kinds = self._writes.setdefault(unquote(addressed[1]), {})
            kinds.setdefault(_REQUIREMENTS[exchange.method], exchange)

    def find_creating(self, shown: Exchange, case_id: str) -> Mapping[str, Exchange]:
        """Return the refused writes that may have created the shown case, by the requirement that each would break.

        A response with the record of another case has another id.
        """
        return self._writes.get(case_id, {}) if shown.object.get("id") == case_id else {}
