"""Correct servers with unusual authentication: service accounts, cookies and API keys."""

from __future__ import annotations

import re
from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response
from reference_server.tokens import ACCOUNT, TokenRefusal, TokenService


@variant()
class AnySchemeCase(CaseService):
    """The scheme name is case-insensitive (RFC 9110 section 11.1)."""

    def authenticate(self, call: Call) -> None:
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token.strip() != self.token:
            raise self.unauthorized()


@variant()
class MalformedTokenIsBadRequest(CaseService):
    """A missing or malformed bearer token gets 400 (RFC 6750 section 3.1)."""

    token_syntax = re.compile(r"Bearer [A-Za-z0-9._~+/-]+=*")

    def authenticate(self, call: Call) -> None:
        if not self.token_syntax.fullmatch(call.request.headers.get("authorization", "")):
            raise Refusal(400, "send a bearer token", WWW_Authenticate='Bearer error="invalid_request"')
        super().authenticate(call)


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[2]})
class BareScopeError(TokenService):
    """The error for a scope has no description."""

    def refuse(self, refusal: Refusal) -> Response:
        if not isinstance(refusal, TokenRefusal) or refusal.code != "invalid_scope":
            return super().refuse(refusal)
        return Response(400, self.encode({"error": refusal.code}), {"Content-Type": "application/json"})


@variant()
class RoutesBeforeAuthenticating(CaseService):
    """Path and method are checked before credentials."""

    def perform(self, request: Request) -> Response:
        self.route(request)
        return super().perform(request)


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[2]})
class ServiceAccount(TokenService):
    """OAuth 2.0 with the account's second key; the response has no `expires_in`."""

    def token_body(self, token: str, ttl: float) -> Fields:
        return {name: value for name, value in super().token_body(token, ttl).items() if name != "expires_in"}


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]})
class ServiceAccountUnderPrefix(TokenService):
    """OAuth 2.0 with the token endpoint under the API's prefix and whole seconds."""

    prefix = "/api-public/1.0"

    def token_body(self, token: str, ttl: float) -> Fields:
        return super().token_body(token, ttl) | {"token_type": "bearer", "expires_in": int(ttl) or 1}


@variant(deployment='[auth]\nscheme = "cookie"\ncookie = "sid"')
class CookieSession(CaseService):
    """A session cookie instead of a token, and no challenge."""

    def authenticate(self, call: Call) -> None:
        cookies = call.request.headers.get("cookie", "").split("; ")
        if f"sid={self.token}" not in cookies:
            raise Refusal(401, "log in first")


@variant(deployment='[auth]\nscheme = "header"\nheader = "X-Tenant-Key"')
class ApiKeyHeader(CaseService):
    """An API key in its own header."""

    def authenticate(self, call: Call) -> None:
        if call.request.headers.get("x-tenant-key") != self.token:
            raise Refusal(401, "show your key", WWW_Authenticate="Tenant")


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]})
class LocksTheClient(TokenService):
    """Ten wrong secrets in a row lock the client for a minute."""

    wrong = 0
    until = 0.0

    def check_client(self, form: dict[str, Any]) -> None:
        if self.clock() < self.until:
            raise TokenRefusal(401, "invalid_client", "locked")
        try:
            super().check_client(form)
        except TokenRefusal:
            self.wrong += 1
            if self.wrong == 10:
                self.wrong, self.until = 0, self.clock() + 60
            raise
        self.wrong = 0


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]})
class RemainingSeconds(TokenService):
    """`expires_in` is the remaining lifetime, rounded down."""

    def token_body(self, token: str, ttl: float) -> Fields:
        return super().token_body(token, ttl) | {"expires_in": int(ttl - 0.01)}


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]})
class RenewsRepeatedTokens(TokenService):
    """A valid token is returned again if the `ttl` is the same, and lives from then on as long."""

    def __init__(self) -> None:
        super().__init__()
        self.granted: dict[float, str] = {}

    def token_body(self, token: str, ttl: float) -> dict[str, Any]:
        known = self.granted.get(ttl, "")
        if self.clock() >= self.expiries.get(known, 0):
            known = self.granted[ttl] = token
        self.expiries[known] = self.clock() + ttl
        return super().token_body(known, ttl)


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]})
class FloatsInErrors(TokenService):
    """The JSON parser makes each number a float, and errors show it like Go: 2147483648 is 2.147483648e+09."""

    def ttl(self, form: dict[str, Any]) -> float:
        try:
            return super().ttl(form)
        except TokenRefusal:
            wanted = form["ttl"]
            shown = f"{wanted:.9e}" if isinstance(wanted, (int, float)) else wanted
            raise TokenRefusal(400, "invalid_request", f"ttl {shown} is not in (0, {self.max_ttl}]") from None
