"""Credentials: a fixed token (bearer, cookie or header), OAuth2 client credentials, or none.

Secrets come from the environment alone.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import urlencode, urljoin

from contract_tests.client.exchange import Exchange
from contract_tests.client.session import RecordingSession
from contract_tests.client.trace import Trace
from contract_tests.contract.deployment import Auth, Scheme
from contract_tests.exceptions import TargetError
from contract_tests.text import shorten

TOKEN: Final = "CASEIQ_TOKEN"
CLIENT_ID: Final = "CASEIQ_CLIENT_ID"
CLIENT_SECRET: Final = "CASEIQ_CLIENT_SECRET"
OK: Final = 200
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
DEFAULT_LIFETIME: Final = 60.0  # seconds, if the endpoint states none
LONGEST_LIFETIME: Final = 86_400  # seconds; a longer one makes no difference to a run


class Credentials(Protocol):
    """Credentials that a request can carry."""

    scheme: Scheme

    def token(self) -> str:
        """Return the current token, or an empty text if there is none."""

    def present(self, token: str) -> Mapping[str, str]:
        """Return the headers that carry a token in this deployment."""

    def renew(self, refused: str) -> bool:
        """Replace the token that the target refused. Return False if it cannot be replaced."""


class NoCredentials:
    """For a target without authentication."""

    scheme = Scheme.NONE

    def token(self) -> str:
        return ""

    def present(self, token: str) -> Mapping[str, str]:
        return bearer(token) if token else {}

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - given by the protocol
        return False


def bearer(token: str) -> Mapping[str, str]:
    """Return the header that carries a bearer token (RFC 6750 section 2.1)."""
    return {"Authorization": f"Bearer {token}"}


Carrier: TypeAlias = Callable[[Auth, str], Mapping[str, str]]

# The headers that carry a fixed token, by scheme.
CARRIERS: Final[Mapping[Scheme, Carrier]] = {
    Scheme.BEARER: lambda _, token: bearer(token),
    Scheme.COOKIE: lambda auth, token: {"Cookie": f"{auth.cookie}={token}"},
    Scheme.HEADER: lambda auth, token: {auth.header: token},
}


def carrying_headers(auth: Auth) -> set[str]:
    """Return the names of the headers that carry a fixed token under any scheme."""
    return {name for carrier in CARRIERS.values() for name in carrier(auth, "")}


class FixedToken:
    """A token that stays the same: a bearer token, or the value of a cookie or a header."""

    def __init__(self, auth: Auth, token: str) -> None:
        self.scheme = auth.scheme or Scheme.BEARER
        self._auth = auth
        self._token = token

    def token(self) -> str:
        return self._token

    def present(self, token: str) -> Mapping[str, str]:
        return CARRIERS[self.scheme](self._auth, token)

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - given by the protocol
        return False


class TokenEndpoint:
    """The target's OAuth2 token endpoint (RFC 6749 section 4.4; vendor: Auth API page)."""

    def __init__(self, session: RecordingSession, auth: Auth, client_id: str, client_secret: str) -> None:
        self.url = urljoin(session.base_url + "/", auth.token_url)
        self.client_id = client_id
        self.client_secret = client_secret
        self.secrets = session.secrets
        self.secrets.add(client_secret, f"{client_id}:{client_secret}")
        self.secrets.variables.update({CLIENT_ID: client_id, CLIENT_SECRET: client_secret})
        self._session = session

    @property
    def trace(self) -> Trace:
        """The request log of the current test."""
        return self._session.trace

    def post(
        self,
        kind: str = JSON,
        *,
        headers: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
        **changes: Any,
    ) -> Exchange:
        """Request a token with a body of the media type `kind`; `changes` replace fields of a proper request."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            **changes,
        }
        fields = {name: value for name, value in fields.items() if name not in without}
        body = json.dumps(fields) if kind == JSON else urlencode(fields)
        every = {"Content-Type": kind, **(headers or {})}
        return self._session.exchange_at("POST", self.url, headers=every, body=body.encode())


class ClientCredentials:
    """Bearer tokens from the token endpoint, renewed before they expire. Several threads may share them."""

    scheme = Scheme.OAUTH2

    def __init__(self, endpoint: TokenEndpoint, ttl: int | None = None) -> None:
        self.endpoint = endpoint
        self._ttl = ttl
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0

    def token(self) -> str:
        with self._lock:
            if time.monotonic() >= self._renew_at:
                self._fetch()
            return self._token

    def present(self, token: str) -> Mapping[str, str]:
        return bearer(token)

    def renew(self, refused: str) -> bool:
        with self._lock:
            # Another thread may have renewed it already.
            if self._token == refused:
                self._fetch()
        return True

    def _fetch(self) -> None:
        asked_at = time.monotonic()
        wanted: dict[str, Any] = {} if self._ttl is None else {"ttl": self._ttl}
        response = self.endpoint.post(**wanted)
        token = response.object.get("access_token")
        if response.status != OK or not isinstance(token, str) or not _can_be_sent(token):
            described = [response.object.get(name) for name in ("error", "error_description")]
            reason = "".join(f", {text}" for text in described if isinstance(text, str) and text)
            raise TargetError(
                f"{self.endpoint.url} gave no token for {CLIENT_ID} and {CLIENT_SECRET}: "
                f"it returned {response.status}{shorten(reason)}{_token_remedy(response)}"
            )
        seconds = _lifetime(response.object.get("expires_in"))
        self._token = token
        self.endpoint.secrets.add(token, own=True)
        # A request that is under way has a fifth of the lifetime, or half a minute, to arrive.
        self._renew_at = asked_at + seconds - min(seconds / 5, 30.0)


def _token_remedy(response: Exchange) -> str:
    """Return the remedy; after a redirect, where it leads, since the suite does not send credentials there."""
    location = response.headers.get("location")
    if not location or not 300 <= response.status < 400:
        return "; check both, and token_url under [auth] in the --deployment file"
    return f" to {shorten(location)}; give the URL that it redirects to"


def _lifetime(expires_in: Any) -> float:
    """Return the seconds that a token lives, whatever the endpoint calls its lifetime."""
    if isinstance(expires_in, bool) or not isinstance(expires_in, (int, float)) or not expires_in > 0:
        return DEFAULT_LIFETIME
    return float(min(expires_in, LONGEST_LIFETIME))


def from_environment(environment: Mapping[str, str], auth: Auth, session: RecordingSession) -> Credentials:
    """Return the credentials in the environment, for the deployment's scheme or the one that they fit."""
    for name in (TOKEN, CLIENT_ID, CLIENT_SECRET):
        # The message omits the value: a secret that was read from a file with its line end is still a secret.
        if environment.get(name) and not _can_be_sent(environment[name]):
            raise TargetError(
                f"{name} in the environment cannot be sent: it contains a character that is not printable ASCII, "
                "such as a line end; set it without that character"
            )
    token = environment.get(TOKEN)
    client_id, client_secret = environment.get(CLIENT_ID), environment.get(CLIENT_SECRET)
    scheme = auth.scheme or _fitting(token, client_id, client_secret)
    if scheme is Scheme.NONE:
        return NoCredentials()
    if scheme is not Scheme.OAUTH2:
        if not token:
            raise TargetError(f"{TOKEN} is not set in the environment; the scheme {scheme} needs it")
        session.secrets.add(token, own=True)
        return FixedToken(auth, token)
    if not client_id or not client_secret:
        missing = CLIENT_SECRET if client_id else CLIENT_ID
        raise TargetError(f"{missing} is not set in the environment; client credentials need both")
    return ClientCredentials(TokenEndpoint(session, auth, client_id, client_secret), auth.ttl)


def _can_be_sent(credential: str) -> bool:
    """Return True if the text is not empty and has only the characters of credentials (RFC 6749 appendix A)."""
    return bool(re.fullmatch(r"[\x20-\x7e]+", credential))


def _fitting(token: str | None, client_id: str | None, client_secret: str | None) -> Scheme:
    if token:
        return Scheme.BEARER
    return Scheme.OAUTH2 if client_id or client_secret else Scheme.NONE
