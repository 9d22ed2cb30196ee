"""The recent writes of each case, to find out if hostile input that was stored earlier explains a failure."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Final

from contract_tests.client.exchange import Exchange
from contract_tests.oracle.hostile_input import is_hostile_body

CASES: Final = 64
WRITES: Final = 200
REPLACING: Final = ("POST", "PUT")

_CASE_ID: Final = re.compile(r"/case/([^/?]+)(/transition)?")


class StoredInput:
    """Remembers the writes that may have been stored; a listener of the run's exchanges."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[str, list[bytes]] = OrderedDict()

    def __call__(self, exchange: Exchange) -> None:
        if not exchange.request_body or exchange.refused:
            return
        addressed = _CASE_ID.search(exchange.url)
        case_id = addressed[1] if addressed else exchange.object.get("id")
        if not isinstance(case_id, str):
            return
        replaces = exchange.method in REPLACING and not (addressed and addressed[2]) and exchange.ok
        bodies = self._bodies.setdefault(case_id, [])
        if replaces:
            bodies.clear()
        bodies.append(exchange.request_body)
        del bodies[:-WRITES]
        self._bodies.move_to_end(case_id)
        if len(self._bodies) > CASES:
            self._bodies.popitem(last=False)

    def is_hostile(self, exchange: Exchange) -> bool:
        """Return True if the case that an exchange is about may contain hostile input."""
        addressed = _CASE_ID.search(exchange.url)
        return addressed is not None and any(map(is_hostile_body, self._bodies.get(addressed[1], ())))
