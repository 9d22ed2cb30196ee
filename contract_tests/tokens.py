"""The sentences that checks of the token endpoint are made of (vendor: Auth API page; RFC 6749). Knows no pytest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contract_tests.api import CaseApi, case_path, unknown_id
from contract_tests.credentials import ClientCredentials, TokenEndpoint, bearer
from contract_tests.exchange import Exchange
from contract_tests.verdicts import Disabled, Unsupported, Violation

OK: Final = 200
NOT_FOUND: Final = 404
LONGEST_TTL: Final = 3600
DEFAULT_TTL: Final = 600
SHORTEST_TTL: Final = 1
LONGEST_WAIT: Final = 10.0  # seconds that a run can wait for a token to expire


@dataclass(frozen=True)
class Lived:
    """A token, and when it expires (seconds since the epoch)."""

    token: str
    expires: float


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
    answer = granted(endpoint.post(ttl=LONGEST_TTL))
    return Lived(answer.object["access_token"], answer.started + answer.object.get("expires_in", LONGEST_TTL))


def shortest(endpoint: TokenEndpoint) -> Lived:
    """A new token that lives as short as the endpoint grants."""
    answer = granted(endpoint.post(ttl=SHORTEST_TTL))
    lifetime = answer.object.get("expires_in", SHORTEST_TTL)
    if lifetime > LONGEST_WAIT:
        raise Unsupported(f"the shortest lifetime that the endpoint grants is {lifetime} s")
    return Lived(answer.object["access_token"], answer.started + answer.elapsed + lifetime)
