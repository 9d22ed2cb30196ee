"""Credentials that the target accepted and now refuses: a token that expired during the run, or a locked account.

Every later response is a refusal for the credentials, which says nothing about the requirements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contract_tests.assertions.universal_checks import is_authenticated
from contract_tests.client.api import CaseApi
from contract_tests.client.credentials import FixedToken
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import Scheme
from contract_tests.contract.openapi import operation_of
from contract_tests.exceptions import Disabled, TargetError, Violation

UNAUTHORIZED: Final = 401
ATTEMPTS: Final = 5
"""Reads that must all be refused: several servers behind one address may not share their tokens."""


class LostAccess:
    """Notices that the target refuses the run's credentials from now on; a listener of the run's exchanges.

    `reason` is empty until then. A read that was accepted before is repeated, because a server may refuse other
    requests for another reason.
    """

    def __init__(self, api: CaseApi) -> None:
        self.reason = ""
        self._api = api
        self._accepted: Exchange | None = None

    def __call__(self, exchange: Exchange) -> None:
        if exchange.method == "GET" and exchange.ok and self._has_credentials(exchange):
            self._accepted = exchange

    def instead_of(self, error: BaseException | None, trace: Sequence[Exchange]) -> BaseException | None:
        """Return a TargetError if the check with this trace ended after the loss, otherwise its own `error`."""
        refused = next((one for one in reversed(trace) if self._has_credentials(one)), None)
        if not self.reason and refused is not None and refused.unauthorized and self._is_refused_everywhere():
            self.reason = (
                f"the target no longer accepts the token ({refused.method} returned {refused.status}): set a new one, "
                "or use a service account"
            )
        return TargetError(self.reason) if self.reason else error

    def _has_credentials(self, exchange: Exchange) -> bool:
        """Return True if the exchange carries the fixed token of the run. A client secret renews its tokens itself."""
        credentials = self._api.credentials
        if not isinstance(credentials, FixedToken):
            return False
        return credentials.present(credentials.token()).items() <= exchange.request_headers.items()

    def _is_refused_everywhere(self) -> bool:
        """Return True if the target refuses a read that it accepted before, each time."""
        if self._accepted is None:
            return False
        path = self._accepted.url.removeprefix(self._api.session.base_url)
        with self._api.session.recording.unwatched():
            try:
                return all(self._api.raw("GET", path, None, {}).unauthorized for _ in range(ATTEMPTS))
            except (TargetError, Disabled):
                return False


def refused_grant(api: CaseApi, violation: Violation, trace: Sequence[Exchange]) -> str | None:
    """Return the requirement on tokens if the violation is the refusal of a token that the target has granted."""
    granted = api.credentials.scheme is Scheme.OAUTH2
    refused = (one for one in trace if one.status == UNAUTHORIZED and one.summary() == violation.actual)
    of_cases = (one for one in refused if operation_of(one.method, one.url) != "issueToken")
    return "TOKEN-EXPIRY" if granted and any(map(is_authenticated, of_cases)) else None
