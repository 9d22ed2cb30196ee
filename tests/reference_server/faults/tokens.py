"""Faults in the token endpoint."""

from __future__ import annotations

import json
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call
from reference_server.sockets import Request, Response
from reference_server.tokens import ACCOUNT, TokenRefusal, TokenService

CLIENT = {"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]}


def token_fault(*breaks: str) -> Any:
    """Register a fault that is reached with client credentials."""
    return fault(*breaks, environment=CLIENT)


@token_fault("TOKEN-GRANT")
class NoForms(TokenService):
    """Token requests are read as JSON only."""

    def form(self, request: Request) -> dict[str, Any]:
        if "json" not in request.headers.get("content-type", ""):
            raise TokenRefusal(400, "invalid_request", "send JSON")
        return super().form(request)


@token_fault("TOKEN-EXPIRY")
class FormTokensLiveLonger(TokenService):
    """The `ttl` of a form appears in the response but does not limit the token."""

    def grant(self, request: Request) -> Response:
        response = super().grant(request)
        if "form" in request.headers.get("content-type", "") and response.status == 200:
            self.expiries[json.loads(response.body)["access_token"]] = self.clock() + 600
        return response


@token_fault("TOKEN-BAD-CLIENT")
class ClientIdIsIgnored(TokenService):
    """The secret is checked, but not the client id."""

    def check_client(self, form: dict[str, Any]) -> None:
        super().check_client(form | {"client_id": ACCOUNT[0]})


@token_fault("TOKEN-BAD-CLIENT")
class SecretPrefixMatches(TokenService):
    """Only the first characters of the secret are compared."""

    def check_client(self, form: dict[str, Any]) -> None:
        secret = form.get("client_secret")
        super().check_client(
            form | {"client_secret": secret[: len(ACCOUNT[1])] if isinstance(secret, str) else 0}
        )


@token_fault("TOKEN-BAD-CLIENT")
class InvalidClientIs400(TokenService):
    """Invalid client credentials return 400."""

    def check_client(self, form: dict[str, Any]) -> None:
        try:
            super().check_client(form)
        except TokenRefusal as refusal:
            refusal.status = 400
            raise


@token_fault("TOKEN-BAD-GRANT")
class PasswordGrant(TokenService):
    """The grant type `password` is accepted."""

    def check_grant(self, form: dict[str, Any]) -> None:
        if form.get("grant_type") != "password":
            super().check_grant(form)


@token_fault("TOKEN-TTL")
class ZeroTtlIsDefault(TokenService):
    """A `ttl` of 0 selects the default."""

    def ttl(self, form: dict[str, Any]) -> float:
        return super().ttl({"ttl": form.get("ttl") or self.default_ttl})


@token_fault("TOKEN-TTL")
class TtlIsCapped(TokenService):
    """A `ttl` above the maximum is reduced to the maximum."""

    def ttl(self, form: dict[str, Any]) -> float:
        wanted = form.get("ttl", self.default_ttl)
        return super().ttl({"ttl": min(wanted, 3600) if isinstance(wanted, int | float) else wanted})


@token_fault("TOKEN-TTL")
class TtlIsIgnored(TokenService):
    """A valid `ttl` is ignored, and the token lives 600 seconds."""

    def ttl(self, form: dict[str, Any]) -> float:
        super().ttl(form)
        return self.default_ttl


@token_fault("TOKEN-SCOPE")
class IgnoresScopes(TokenService):
    """Only the scope `admin` is refused."""

    def check_scope(self, form: dict[str, Any]) -> None:
        if form.get("scope") == "admin":
            super().check_scope(form)


@token_fault("TOKEN-EXPIRY")
class ExpiredTokensCanRead(TokenService):
    """GET accepts expired tokens."""

    def valid(self, token: str, call: Call) -> bool:
        return super().valid(token, call) or (call.operation == "get" and token in self.expiries)


@token_fault("TOKEN-EXPIRY")
class NewTokenRevokesOld(TokenService):
    """A new token revokes the account's previous token."""

    def grant(self, request: Request) -> Response:
        response = super().grant(request)
        token = json.loads(response.body)["access_token"]
        self.expiries = {token: self.expiries[token]}
        return response


@token_fault("TOKEN-TTL")
class MaximumTtlIsTooSmall(TokenService):
    """A `ttl` above 600 seconds is refused."""

    max_ttl = 600
