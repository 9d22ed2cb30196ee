"""Servers whose token endpoint gives, refuses or forgets the wrong tokens."""

from __future__ import annotations

import json
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call
from reference_server.sockets import Request, Response
from reference_server.tokens import ACCOUNT, TokenRefusal, TokenService

CLIENT = {"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]}


def token_fault(*breaks: str) -> Any:
    return fault(*breaks, environment=CLIENT)


@token_fault("TOKEN-GRANT")
class NoForms(TokenService):
    """Reads token requests as JSON only."""

    def form(self, request: Request) -> dict[str, Any]:
        if "json" not in request.headers.get("content-type", ""):
            raise TokenRefusal(400, "invalid_request", "send JSON")
        return super().form(request)


@token_fault("TOKEN-EXPIRY")
class FormTokensLive(TokenService):
    """The ttl of a form is a text, which the answer shows and the clock does not know."""

    def grant(self, request: Request) -> Response:
        response = super().grant(request)
        if "form" in request.headers.get("content-type", "") and response.status == 200:
            self.expiries[json.loads(response.body)["access_token"]] = self.clock() + 600
        return response


@token_fault("TOKEN-BAD-CLIENT")
class AnyClient(TokenService):
    """Checks the secret, and not whose it is."""

    def check_client(self, form: dict[str, Any]) -> None:
        super().check_client(form | {"client_id": ACCOUNT[0]})


@token_fault("TOKEN-BAD-CLIENT")
class SecretStartsRight(TokenService):
    """A secret may go on after its end."""

    def check_client(self, form: dict[str, Any]) -> None:
        secret = form.get("client_secret")
        super().check_client(
            form | {"client_secret": secret[: len(ACCOUNT[1])] if isinstance(secret, str) else 0}
        )


@token_fault("TOKEN-BAD-CLIENT")
class BadClientIs400(TokenService):
    def check_client(self, form: dict[str, Any]) -> None:
        try:
            super().check_client(form)
        except TokenRefusal as refusal:
            refusal.status = 400
            raise


@token_fault("TOKEN-BAD-GRANT")
class PasswordGrant(TokenService):
    """Gives tokens for the grant `password`, too."""

    def check_grant(self, form: dict[str, Any]) -> None:
        if form.get("grant_type") != "password":
            super().check_grant(form)


@token_fault("TOKEN-TTL")
class ZeroIsDefault(TokenService):
    """A ttl of 0 is none."""

    def ttl(self, form: dict[str, Any]) -> float:
        return super().ttl({"ttl": form.get("ttl") or self.usual})


@token_fault("TOKEN-TTL")
class CapsTheTtl(TokenService):
    """More than the maximum is the maximum."""

    def ttl(self, form: dict[str, Any]) -> float:
        wish = form.get("ttl", self.usual)
        return super().ttl({"ttl": min(wish, 3600) if isinstance(wish, int | float) else wish})


@token_fault("TOKEN-TTL")
class AlwaysTenMinutes(TokenService):
    """Checks the ttl and grants 600."""

    def ttl(self, form: dict[str, Any]) -> float:
        super().ttl(form)
        return self.usual


@token_fault("TOKEN-SCOPE")
class IgnoresScopes(TokenService):
    """Refuses a scope that it knows, and ignores others."""

    def check_scope(self, form: dict[str, Any]) -> None:
        if form.get("scope") == "admin":
            super().check_scope(form)


@token_fault("TOKEN-EXPIRY")
class TokensForEver(TokenService):
    """What was a token once is one for GET."""

    def valid(self, token: str, call: Call) -> bool:
        return super().valid(token, call) or (call.operation == "get" and token in self.expiries)


@token_fault("TOKEN-GRANT")
class NewTokenEndsOld(TokenService):
    """An account has one token; another grant ends it before its time."""

    def grant(self, request: Request) -> Response:
        response = super().grant(request)
        token = json.loads(response.body)["access_token"]
        self.expiries = {token: self.expiries[token]}
        return response


@token_fault("TOKEN-TTL", "TOKEN-EXPIRY")
class RefusesLongLives(TokenService):
    """Gives no token for an hour, so that none is there to be tried for as long."""

    longest = 600
