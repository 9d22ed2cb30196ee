"""Tokens from the OAuth2 token endpoint, and their lifetimes (vendor: Auth API page; RFC 6749)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contract_tests.assertions.responses import OK
from contract_tests.client.api import JSON, CaseApi, case_path
from contract_tests.client.credentials import ClientCredentials, TokenEndpoint, bearer
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Disabled, TargetError, Unsupported, Unverified, Violation
from contract_tests.oracle.comparison import show
from contract_tests.testdata.ids import unknown_id

NOT_FOUND: Final = 404
LONGEST_TTL: Final = 3600
DEFAULT_TTL: Final = 600
SHORTEST_TTL: Final = 1
MEDIUM_TTL: Final = 3
LONGEST_WAIT: Final = 10.0  # seconds that a run can wait for a token to expire
GRACE: Final = 2.2  # seconds that an expired token may still work: "a second or two", and the time in transit
# Seconds by which a token may expire early, because the `exp` of a JWT is in whole seconds.
ROUNDING: Final = 1.0
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
USE_INTERVAL: Final = 0.25  # seconds between two uses of a token


def names_number(text: str, number: float) -> bool:
    """Return True if the text contains the number, in any notation: Go writes 2147483648 as 2.147483648e+09."""
    return str(number) in text or any(float(found) == number for found in _NUMBER.findall(text))


@dataclass(frozen=True)
class TimedToken:
    """A token with its lifetime in seconds, and the times of its request and response (seconds since the epoch)."""

    token: str
    lifetime: float
    requested: float
    received: float

    @property
    def is_surely_valid(self) -> bool:
        """True while the token is too young to have expired."""
        return time.time() < self.requested + self.lifetime - ROUNDING

    @property
    def is_surely_expired(self) -> bool:
        """True once the token is too old to work."""
        return time.time() > self.received + self.lifetime + GRACE

    def send_expired(self, send: Callable[[], Exchange]) -> Exchange:
        """Send a request with the token. If the token may not have expired yet, wait and send it again."""
        response = send()
        if response.unauthorized or self.is_surely_expired:
            return response
        left = self.received + self.lifetime + GRACE - time.time()
        if left > LONGEST_WAIT:
            text = f"the token lives for another {left:.0f} s, and the run waits {LONGEST_WAIT:g} s at most"
            raise Unverified(text)
        time.sleep(max(0.0, left))
        return send()


class TokenState(StrEnum):
    """The state of a token that is used regularly."""

    WORKS = "it works"
    DIED_EARLY = "it was refused before it expired"
    EXPIRED = "it was refused after it expired"
    OUTLIVED = "it was accepted after it expired"
    UNKNOWN = "it could not be used during its lifetime"


class TokenInUse:
    """A token that is used regularly during its lifetime, which must not extend it."""

    def __init__(self, api: CaseApi, timed: TimedToken) -> None:
        self.timed = timed
        self.state = TokenState.WORKS
        self._api = api
        self._last_use = time.time()

    def use(self) -> None:
        """Use the token, unless its state is decided or the last use was a moment ago."""
        pause = time.time() - self._last_use
        if self.state is TokenState.WORKS and pause >= USE_INTERVAL:
            self.state = self._use() if pause < self.timed.lifetime else TokenState.UNKNOWN

    def _use(self) -> TokenState:
        late = self.timed.is_surely_expired
        try:
            accepted = is_token_accepted(self._api, self.timed.token)
        except TargetError:
            return TokenState.WORKS
        self._last_use = time.time()
        if accepted:
            return TokenState.OUTLIVED if late else TokenState.WORKS
        return TokenState.DIED_EARLY if self.timed.is_surely_valid else TokenState.EXPIRED

    def use_while_valid(self) -> None:
        """Use the token until it may have expired, but no longer than a run can wait."""
        end = time.time() + LONGEST_WAIT
        while self.state is TokenState.WORKS and self.timed.is_surely_valid and time.time() < end:
            time.sleep(USE_INTERVAL)
            self.use()

    def use_until_decided(self) -> None:
        """Use the token until it is known whether it expired in time."""
        while self.state is TokenState.WORKS:
            time.sleep(USE_INTERVAL)
            self.use()


def token_endpoint(api: CaseApi) -> TokenEndpoint:
    """Return the token endpoint of the run's client credentials."""
    if not isinstance(api.credentials, ClientCredentials):
        raise Disabled("needs OAuth2 client credentials")
    return api.credentials.endpoint


def assert_granted(response: Exchange) -> Exchange:
    """Assert that the token endpoint's response contains a token (RFC 6749 section 5.1)."""
    if response.status == NOT_FOUND:
        raise Unsupported("the token endpoint returned 404: not enabled for this tenant")
    token, kind = (response.object.get(name) for name in ("access_token", "token_type"))
    proper = isinstance(token, str) and token and isinstance(kind, str) and kind.lower() == "bearer"
    if response.status != OK or not proper:
        raise Violation("200 with access_token and token_type Bearer", response.summary(), "TOKEN-GRANT")
    lifetime = response.object.get("expires_in")
    if lifetime is None:  # RFC 6749 only recommends it
        return response
    number = isinstance(lifetime, (int, float)) and not isinstance(lifetime, bool)
    if not number or not 0 <= lifetime <= LONGEST_TTL:  # the rest of a short lifetime may be rounded to 0
        expected = f"expires_in between 0 and {LONGEST_TTL} seconds"
        raise Violation(expected, show(lifetime), "TOKEN-TTL")
    return response


def is_token_accepted(api: CaseApi, token: str) -> bool:
    """Return True if a GET with the bearer token is not refused with 401 or 403."""
    return not api.unauthenticated("GET", case_path(probed_case_id(api)), None, bearer(token)).unauthorized


def probed_case_id(api: CaseApi) -> str:
    """Return the id that tokens are tried with: that of the run's first case, or an unknown one."""
    return next(iter(api.session.ledger.ids), "") or unknown_id()


def request_longest(endpoint: TokenEndpoint) -> TimedToken:
    """Request a token with the longest lifetime."""
    return _timed(assert_granted(endpoint.post(ttl=LONGEST_TTL)), LONGEST_TTL)


def request_medium(endpoint: TokenEndpoint) -> TimedToken:
    """Request a token that lives for a part of the run."""
    return _timed(assert_granted(endpoint.post(ttl=MEDIUM_TTL)), MEDIUM_TTL)


def request_shortest(endpoint: TokenEndpoint, media_type: str = JSON) -> TimedToken:
    """Request a token with the shortest lifetime, by JSON or by a form."""
    timed = _timed(assert_granted(endpoint.post(media_type, ttl=SHORTEST_TTL)), SHORTEST_TTL)
    if timed.lifetime > LONGEST_WAIT:
        raise Unverified(
            f"the endpoint grants {timed.lifetime:g} s for a ttl of {SHORTEST_TTL}, and the run waits "
            f"{LONGEST_WAIT:g} s at most for a token to expire"
        )
    return timed


def _timed(response: Exchange, ttl: float) -> TimedToken:
    received = response.started + response.elapsed
    lifetime = response.object.get("expires_in", ttl)
    return TimedToken(response.object["access_token"], lifetime, response.started, received)
