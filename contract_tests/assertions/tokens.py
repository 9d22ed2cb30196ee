"""The sentences that checks of the token endpoint are made of (vendor: Auth API page; RFC 6749). Knows no pytest."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contract_tests.client.api import JSON, CaseApi, case_path
from contract_tests.client.credentials import ClientCredentials, TokenEndpoint, bearer
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Disabled, TargetError, Unsupported, Violation
from contract_tests.testdata.ids import unknown_id

OK: Final = 200
NOT_FOUND: Final = 404
LONGEST_TTL: Final = 3600
DEFAULT_TTL: Final = 600
SHORTEST_TTL: Final = 1
MEDIUM_TTL: Final = 3
LONGEST_WAIT: Final = 10.0  # seconds that a run can wait for a token to expire
GRACE: Final = 2.2  # seconds that an expired token may go on working: "a second or two", and the way there
CUT: Final = 1.0  # seconds that a token may live shorter: the `exp` of a JWT may be cut to whole ones
OFTEN: Final = 0.25  # seconds between two uses of a token that is kept in use


@dataclass(frozen=True)
class TimedToken:
    """A token, how long it lives (seconds), and when it was asked for and given (seconds since the epoch)."""

    token: str
    lifetime: float
    asked: float
    given: float

    @property
    def is_surely_valid(self) -> bool:
        """Whether it is too young to have expired already."""
        return time.time() < self.asked + self.lifetime - CUT

    @property
    def is_surely_expired(self) -> bool:
        """Whether it is too old to work still."""
        return time.time() > self.given + self.lifetime + GRACE

    def send_expired(self, send: Callable[[], Exchange]) -> Exchange:
        """The answer to a request with it, asked again where one of several servers knows it a while longer."""
        answer = send()
        if answer.unauthorized or self.is_surely_expired:
            return answer
        time.sleep(max(0.0, self.given + self.lifetime + GRACE - time.time()))
        return send()


class TokenState(StrEnum):
    """What has become of a token that is kept in use."""

    WORKS = "it works"
    DIED_EARLY = "it was refused while it had to work"
    EXPIRED = "it was refused when it was time"
    OUTLIVED = "it worked when it had to be refused"
    UNKNOWN = "it could not be used for as long as it lives"


class TokenInUse:
    """A token that is used all the while it can work, which must not make it live longer."""

    def __init__(self, api: CaseApi, lived: TimedToken) -> None:
        self.lived = lived
        self.fate = TokenState.WORKS
        self._api = api
        self._last = time.time()

    def again(self) -> None:
        """Use it, unless that was done a moment ago, or its fate is known."""
        pause = time.time() - self._last
        if self.fate is TokenState.WORKS and pause >= OFTEN:
            self.fate = self._used() if pause < self.lived.lifetime else TokenState.UNKNOWN

    def _used(self) -> TokenState:
        late = self.lived.is_surely_expired
        try:
            worked = works(self._api, self.lived.token)
        except TargetError:
            return TokenState.WORKS
        self._last = time.time()
        if worked:
            return TokenState.OUTLIVED if late else TokenState.WORKS
        return TokenState.DIED_EARLY if self.lived.is_surely_valid else TokenState.EXPIRED

    def use_while_valid(self) -> None:
        """Go on until it may have expired."""
        while self.fate is TokenState.WORKS and self.lived.is_surely_valid:
            time.sleep(OFTEN)
            self.again()

    def use_until_decided(self) -> None:
        """Go on until its fate is known."""
        while self.fate is TokenState.WORKS:
            time.sleep(OFTEN)
            self.again()


def token_endpoint(api: CaseApi) -> TokenEndpoint:
    """The token endpoint, where the run's credentials are client credentials."""
    if not isinstance(api.credentials, ClientCredentials):
        raise Disabled("needs OAuth2 client credentials")
    return api.credentials.endpoint


def granted(answer: Exchange) -> Exchange:
    """The answer of the token endpoint, which must be a token (RFC 6749 section 5.1)."""
    if answer.status == NOT_FOUND:
        raise Unsupported("the token endpoint is answered 404: not enabled for this tenant")
    token, kind, lifetime = (answer.object.get(name) for name in ("access_token", "token_type", "expires_in"))
    proper = isinstance(token, str) and token and isinstance(kind, str) and kind.lower() == "bearer"
    if answer.status != OK or not proper:
        raise Violation("200 with access_token and token_type Bearer", answer.summary())
    if lifetime is None:  # only recommended
        return answer
    number = isinstance(lifetime, (int, float)) and not isinstance(lifetime, bool)
    if not number or not 0 <= lifetime <= LONGEST_TTL:  # what is left of a short one may be cut to 0
        raise Violation(f"expires_in between 0 and {LONGEST_TTL} seconds", repr(lifetime))
    return answer


def works(api: CaseApi, token: str) -> bool:
    """Whether the target accepts the bearer token."""
    return not api.unauthenticated("GET", case_path(probed_case_id(api)), None, bearer(token)).unauthorized


def probed_case_id(api: CaseApi) -> str:
    """The id of the case that `works` asks about: the run's first where it created one."""
    return next(iter(api.session.ledger.ids), "") or unknown_id()


def longest(endpoint: TokenEndpoint) -> TimedToken:
    """A new token that lives as long as the endpoint grants."""
    return _lived(granted(endpoint.post(ttl=LONGEST_TTL)), LONGEST_TTL)


def medium(endpoint: TokenEndpoint) -> TimedToken:
    """A new token that lives for a part of the run."""
    return _lived(granted(endpoint.post(ttl=MEDIUM_TTL)), MEDIUM_TTL)


def shortest(endpoint: TokenEndpoint, kind: str = JSON) -> TimedToken:
    """A new token that lives as short as the endpoint grants, asked for by JSON or by a form."""
    lived = _lived(granted(endpoint.post(kind, ttl=SHORTEST_TTL)), SHORTEST_TTL)
    if lived.lifetime > LONGEST_WAIT:
        raise Unsupported(f"the shortest lifetime that the endpoint grants is {lived.lifetime} s")
    return lived


def _lived(answer: Exchange, ttl: float) -> TimedToken:
    asked, given = answer.started, answer.started + answer.elapsed
    return TimedToken(answer.object["access_token"], answer.object.get("expires_in", ttl), asked, given)
