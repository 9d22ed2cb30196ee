"""The sentences that checks of the token endpoint are made of (vendor: Auth API page; RFC 6749). Knows no pytest."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from contract_tests.api import CaseApi, case_path
from contract_tests.credentials import ClientCredentials, TokenEndpoint, bearer
from contract_tests.exchange import Exchange
from contract_tests.ids import unknown_id
from contract_tests.verdicts import Disabled, TargetError, Unsupported, Violation

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
class Lived:
    """A token, how long it lives (seconds), and when it was asked for and given (seconds since the epoch)."""

    token: str
    lifetime: float
    asked: float
    given: float

    @property
    def surely_works(self) -> bool:
        """Whether it is too young to have expired already."""
        return time.time() < self.asked + self.lifetime - CUT

    @property
    def surely_expired(self) -> bool:
        """Whether it is too old to work still."""
        return time.time() > self.given + self.lifetime + GRACE

    def outlast(self) -> None:
        """Wait until it has surely expired."""
        time.sleep(max(0.0, self.given + self.lifetime + GRACE - time.time()) + 0.01)


class InUse:
    """A token that is used all the while it can work, which must not make it live longer."""

    def __init__(self, api: CaseApi, lived: Lived) -> None:
        self.lived = lived
        self.over = False
        self.died_early = False
        self._api = api
        self._last = time.time()
        self._steady = True
        self._outlived = False

    @property
    def expired_well(self) -> bool:
        """Whether it was in use to the end, and then refused."""
        return self.over and self._steady and not self._outlived

    def again(self) -> None:
        """Use it, unless that was done a moment ago, or once it had expired."""
        pause = time.time() - self._last
        if self.over or pause < OFTEN:
            return
        self._steady &= pause < self.lived.lifetime
        self._last = time.time()
        late = self.over = self.lived.surely_expired
        try:
            worked = works(self._api, self.lived.token)
        except TargetError:
            self._steady = False
            return
        young = self.lived.surely_works
        self._outlived = worked and late
        self.died_early |= not worked and young
        self.over |= not worked and not young

    def while_young(self) -> None:
        """Go on until it may have expired, or was refused before."""
        while self.lived.surely_works and not self.died_early:
            time.sleep(OFTEN)
            self.again()

    def to_the_end(self) -> None:
        """Go on until it is refused in its time, or has surely expired."""
        while not self.over:
            time.sleep(OFTEN)
            self.again()


def endpoint_of(api: CaseApi) -> TokenEndpoint:
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
    if not number or not 0 < lifetime <= LONGEST_TTL:
        raise Violation(f"expires_in between 1 and {LONGEST_TTL} seconds", repr(lifetime))
    return answer


def works(api: CaseApi, token: str) -> bool:
    """Whether the target accepts the bearer token."""
    headers = bearer(token)
    return not api.unauthenticated("GET", case_path(unknown_id()), None, headers).unauthorized


def longest(endpoint: TokenEndpoint) -> Lived:
    """A new token that lives as long as the endpoint grants."""
    return _lived(granted(endpoint.post(ttl=LONGEST_TTL)), LONGEST_TTL)


def medium(endpoint: TokenEndpoint) -> Lived:
    """A new token that lives for a part of the run."""
    return _lived(granted(endpoint.post(ttl=MEDIUM_TTL)), MEDIUM_TTL)


def shortest(endpoint: TokenEndpoint) -> Lived:
    """A new token that lives as short as the endpoint grants."""
    lived = _lived(granted(endpoint.post(ttl=SHORTEST_TTL)), SHORTEST_TTL)
    if lived.lifetime > LONGEST_WAIT:
        raise Unsupported(f"the shortest lifetime that the endpoint grants is {lived.lifetime} s")
    return lived


def _lived(answer: Exchange, ttl: float) -> Lived:
    asked, given = answer.started, answer.started + answer.elapsed
    return Lived(answer.object["access_token"], answer.object.get("expires_in", ttl), asked, given)
