"""The likely causes of a violation that the exchanges of other cases, or the connection, show."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.results.cached_access import CachedAccess
from contract_tests.results.cached_creates import CachedCreates
from contract_tests.results.overload import explain_overload
from contract_tests.results.repeated_creates import RepeatedCreates
from contract_tests.results.repeated_requests import RepeatedRequests
from contract_tests.results.sent_values import SentValues
from contract_tests.results.shared_texts import SharedTexts
from contract_tests.results.unknown_id_writes import UnknownIdWrites


class Explanations:
    """Remembers the exchanges that may explain a later violation; a listener of the run's exchanges."""

    def __init__(self, api: CaseApi) -> None:
        self.unknown_id_writes = UnknownIdWrites()
        self.repeated_requests = RepeatedRequests(api)
        cached_creates = CachedCreates()
        # Each has the `origin` of its last explanation: the earlier request without which the violation does not occur.
        self._with_origin = (
            SentValues(), SharedTexts(), RepeatedCreates(), CachedAccess(api), self.unknown_id_writes,
        )  # fmt: skip
        self._listeners = (*self._with_origin, self.repeated_requests, cached_creates)
        self._functions = (
            *(one.explain for one in self._with_origin),
            self.repeated_requests.explain,
            explain_overload,
            cached_creates.explain,
        )

    def __call__(self, exchange: Exchange) -> None:
        for listener in self._listeners:
            listener(exchange)

    def explain(self, violation: Violation, trace: Sequence[Exchange]) -> Exchange | None:
        """Add the likely causes to the violation.

        Return the earlier request without which the violation does not occur, or None.
        """
        found = [explain(violation, trace) for explain in self._functions]
        violation.actual += "".join(f" ({text})" for text in found if text)
        return next((one.origin for one in self._with_origin if one.origin is not None), None)
