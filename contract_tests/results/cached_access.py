"""Records that the target shows without credentials, but only after a GET with credentials, as from a shared cache."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from contract_tests.assertions.universal_checks import is_authenticated
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.client.session import READING
from contract_tests.exceptions import Disabled, TargetError, Violation
from contract_tests.testdata.corpus import ORDINARY

MOST: Final = 2  # attempts in a run, each with a new case
CACHED: Final = "a new case is refused until it is read with credentials, so a cache may have responded"


class CachedAccess:
    """Remembers the first GET of each case with credentials; a listener of the run's exchanges.

    `origin` is this GET for the last explanation.
    """

    def __init__(self, api: CaseApi) -> None:
        self.origin: Exchange | None = None
        self._api = api
        self._reads: dict[str, Exchange] = {}
        self._left = MOST

    def __call__(self, exchange: Exchange) -> None:
        if exchange.method == "GET" and exchange.ok and is_authenticated(exchange):
            self._reads.setdefault(exchange.url, exchange)

    def explain(self, _: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return the likely cause if the last response shows a case without credentials, or None.

        A new case, which was not read before, is asked for in the same way, before and after a GET with credentials.
        """
        self.origin = None
        last = trace[-1] if trace else None
        read = self._reads.get(last.url) if last else None
        if not last or not read or last.method not in READING or not last.ok or is_authenticated(last):
            return None
        with self._api.session.recording.unwatched(), suppress(TargetError, Disabled):
            if self._is_refused_only_at_first(last):
                self.origin = read
                return CACHED
        return None

    def _is_refused_only_at_first(self, read: Exchange) -> bool:
        """Return True if a GET like this one is refused for a new case, until the case is read with credentials."""
        if not self._left or self._api.session.read_only:
            return False
        self._left -= 1
        case_id = self._api.create(ORDINARY).object.get("id")
        if not isinstance(case_id, str):
            return False
        path = case_path(case_id)
        first = self._api.raw_unauthenticated(read.method, path, None, read.request_headers)
        if not first.unauthorized or not self._api.get(case_id).ok:
            return False
        return self._api.raw_unauthenticated(read.method, path, None, read.request_headers).ok
