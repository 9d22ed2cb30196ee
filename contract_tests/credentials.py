"""Credentials as a table of sources: a fixed bearer token, OAuth2 client credentials with refresh, or none.

Secrets come from the environment alone. Knows the session; knows no requirement.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import urljoin

from contract_tests.deployment import Auth
from contract_tests.exchange import Exchange
from contract_tests.session import RecordingSession
from contract_tests.verdicts import TargetError

TOKEN: Final = "CASEIQ_TOKEN"
CLIENT_ID: Final = "CASEIQ_CLIENT_ID"
CLIENT_SECRET: Final = "CASEIQ_CLIENT_SECRET"
OK: Final = 200


class Credentials(Protocol):
    """Headers that authenticate a request, and the secrets to keep out of every output."""

    def headers(self) -> Mapping[str, str]: ...

    def secrets(self) -> tuple[str, ...]: ...

    def renew(self) -> bool:
        """Get a new credential after the target refused the present one; False where there is none to get."""


class NoCredentials:
    """For a target that asks for none."""

    def headers(self) -> Mapping[str, str]:
        return {}

    def secrets(self) -> tuple[str, ...]:
        return ()

    def renew(self) -> bool:
        return False


class BearerToken:
    """A fixed token (RFC 6750 section 2.1)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def secrets(self) -> tuple[str, ...]:
        return (self._token,)

    def renew(self) -> bool:
        return False


class TokenEndpoint:
    """The target's OAuth2 token endpoint (RFC 6749 section 4.4; vendor: Auth API page)."""

    def __init__(self, session: RecordingSession, auth: Auth, client_id: str, client_secret: str) -> None:
        self.url = urljoin(session.base_url + "/", auth.token_url)
        self.client_id = client_id
        self.client_secret = client_secret
        self._session = session

    def post(self, **changes: Any) -> Exchange:
        """Ask for a token; `changes` replace fields of the proper request, None removes one."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            **changes,
        }
        body = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
        return self._session.exchange_at(
            "POST", self.url, headers={"Content-Type": "application/json"}, body=body
        )


class ClientCredentials:
    """Bearer tokens from the token endpoint, renewed before they expire; safe to share between threads."""

    def __init__(self, endpoint: TokenEndpoint, ttl: int | None = None) -> None:
        self.endpoint = endpoint
        self._ttl = ttl
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._seen: list[str] = []

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            if time.monotonic() >= self._renew_at:
                self._fetch()
            return {"Authorization": f"Bearer {self._token}"}

    def secrets(self) -> tuple[str, ...]:
        return (*self._seen, self.endpoint.client_secret)

    def renew(self) -> bool:
        with self._lock:
            self._fetch()
        return True

    def _fetch(self) -> None:
        asked_at = time.monotonic()
        answer = self.endpoint.post(**({"ttl": self._ttl} if self._ttl is not None else {}))
        token = answer.object.get("access_token")
        if answer.status != OK or not isinstance(token, str) or not token:
            raise TargetError(
                f"{self.endpoint.url} gave no token for {CLIENT_ID} and {CLIENT_SECRET}: it answered {answer.status}"
            )
        lifetime = answer.object.get("expires_in")
        seconds = float(lifetime) if isinstance(lifetime, (int, float)) and lifetime > 0 else 60.0
        self._token = token
        self._seen.append(token)
        # A fifth of the lifetime, or half a minute, is left for the request under way.
        self._renew_at = asked_at + seconds - min(seconds / 5, 30.0)


def from_environment(environment: Mapping[str, str], auth: Auth, session: RecordingSession) -> Credentials:
    """The credentials that the environment holds: a token, else client id and secret, else none."""
    if token := environment.get(TOKEN):
        return BearerToken(token)
    client_id, client_secret = environment.get(CLIENT_ID), environment.get(CLIENT_SECRET)
    if client_id and client_secret:
        return ClientCredentials(TokenEndpoint(session, auth, client_id, client_secret), auth.ttl)
    if client_id or client_secret:
        missing = CLIENT_SECRET if client_id else CLIENT_ID
        raise TargetError(f"{missing} is not set in the environment; client credentials need both")
    return NoCredentials()
