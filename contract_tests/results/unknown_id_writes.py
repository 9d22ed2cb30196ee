"""The writes to ids that no case has, to find out if one of them created a case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from contract_tests.client.exchange import Exchange, unquote_id
from contract_tests.exceptions import Violation

MOST: Final = 1000  # ids

_CASE_ID: Final = re.compile(r"/case/([^/?]+)(/transition)?(?:\?|$)")
# The requirement that a write to an unknown id is refused and changes nothing, for each method.
_REQUIREMENTS: Final[Mapping[str, str]] = {
    "POST": "TRANSITION-UNKNOWN",
    "PUT": "UPDATE-UNKNOWN",
    "PATCH": "UPDATE-UNKNOWN",
}


class UnknownIdWrites:
    """Remembers the first write of each kind to each id of no created case; a listener of the run's exchanges.

    `origin` is the earlier write of the last explanation.
    """

    def __init__(self) -> None:
        self.origin: Exchange | None = None
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
        case_id = unquote_id(addressed[1])
        is_write = exchange.method in _REQUIREMENTS and (exchange.method == "POST") == bool(addressed[2])
        responded = exchange.ok or exchange.refused
        if is_write and responded and case_id not in self._created and len(writes) < MOST:
            writes.setdefault(case_id, {}).setdefault(exchange.method, exchange)

    def explain(self, _: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return a remark if the last write was accepted for an id that had been refused before, or None."""
        self.origin = None
        written = next((one for one in reversed(trace) if one.method in _REQUIREMENTS), None)
        addressed = _CASE_ID.search(written.url) if written else None
        if not written or not addressed or not written.ok:
            return None
        refused = self._refused.get(unquote_id(addressed[1]), {}).values()
        self.origin = next(
            (one for one in refused if one not in trace and one.started < written.started), None
        )
        return None if self.origin is None else f"{self.origin.method} with this id was refused before"

    def find_creating(self, shown: Exchange, case_id: str) -> Mapping[str, Sequence[Exchange]]:
        """Return the writes that may have created the shown case, by the requirement that they would break.

        An accepted write explains the case better than a refused one, but an earlier refused one of the same
        requirement may have prepared it. A response with the record of another case has another id.
        """
        if shown.object.get("id") != case_id:
            return {}
        accepted, refused = (one.get(case_id, {}) for one in (self._accepted, self._refused))
        broken = dict.fromkeys(_REQUIREMENTS[method] for method in accepted or refused)
        return {id_: _earliest([*accepted.values(), *refused.values()], id_) for id_ in broken}


def _earliest(writes: Iterable[Exchange], requirement: str) -> Sequence[Exchange]:
    """Return the writes of a requirement, the oldest first, up to the first accepted one."""
    found = sorted(
        (one for one in writes if _REQUIREMENTS[one.method] == requirement), key=lambda one: one.started
    )
    accepted = next((place for place, one in enumerate(found) if one.ok), len(found))
    return found[: accepted + 1]
