"""The writes to ids that no case has, to find out if one of them created a case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from contract_tests.client.exchange import Exchange

MOST: Final = 1000  # ids

_CASE_ID: Final = re.compile(r"/case/([^/?]+)(/transition)?(?:\?|$)")
# The requirement that a write to an unknown id is refused and changes nothing, for each method.
_REQUIREMENTS: Final[Mapping[str, str]] = {
    "POST": "TRANSITION-UNKNOWN",
    "PUT": "UPDATE-UNKNOWN",
    "PATCH": "UPDATE-UNKNOWN",
}


class UnknownIdWrites:
    """Remembers the first write of each kind to each id of no created case; a listener of the run's exchanges."""

    def __init__(self) -> None:
        self._created: set[str] = set()
        self._accepted: dict[str, dict[str, Exchange]] = {}
        self._refused: dict[str, dict[str, Exchange]] = {}

    def __call__(self, exchange: Exchange) -> None:
        addressed = _CASE_ID.search(exchange.url)
        if addressed is None:
            created = exchange.object.get("id") if exchange.method == "POST" and exchange.ok else None
            if isinstance(created, str):
                self._created.add(created)
            return
        writes = self._accepted if exchange.ok else self._refused
        case_id = unquote(addressed[1])
        is_write = exchange.method in _REQUIREMENTS and (exchange.method == "POST") == bool(addressed[2])
        responded = exchange.ok or exchange.refused
        if is_write and responded and case_id not in self._created and len(writes) < MOST:
            writes.setdefault(case_id, {}).setdefault(_REQUIREMENTS[exchange.method], exchange)

    def find_creating(self, shown: Exchange, case_id: str) -> Mapping[str, Exchange]:
        """Return the writes that may have created the shown case, by the requirement that each would break.

        An accepted write explains the case better than a refused one. A response with the record of another case has
        another id.
        """
        if shown.object.get("id") != case_id:
            return {}
        return self._accepted.get(case_id) or self._refused.get(case_id, {})
