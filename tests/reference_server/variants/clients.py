"""Servers that know their clients otherwise: by token, account, cookie or a header of their own."""

from __future__ import annotations

from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Call, Fields, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response
from reference_server.tokens import ACCOUNT, TokenRefusal, TokenService


@variant()
class AnyCaseOfScheme(CaseService):
    """A scheme's name may be written in any case (RFC 9110 section 11.1), and a client be known by cookie too."""

    def authorise(self, call: Call) -> None:
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token.strip() != self.token:
            raise self.stranger()


@variant()
class PathFirst(CaseService):
    """Looks at path and method before credentials."""

    def perform(self, request: Request) -> Response:
        self.find(request)
        return super().perform(request)


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[2]})
class ServiceAccount(TokenService):
    """OAuth 2.0, with the account's second key; how long a token lives, it does not tell."""

    def granted(self, token: str, ttl: float) -> Fields:
        return {name: value for name, value in super().granted(token, ttl).items() if name != "expires_in"}


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]})
class ServiceAccountUnderPrefix(TokenService):
    """OAuth 2.0, with the token endpoint under the API's prefix; whole seconds only."""

    prefix = "/api-public/1.0"

    def granted(self, token: str, ttl: float) -> Fields:
        return super().granted(token, ttl) | {"token_type": "bearer", "expires_in": int(ttl) or 1}


@variant(deployment='[auth]\nscheme = "cookie"\ncookie = "sid"')
class CookieSession(CaseService):
    """A session by cookie, and no challenge."""

    def authorise(self, call: Call) -> None:
        cookies = call.request.headers.get("cookie", "").split("; ")
        if f"sid={self.token}" not in cookies:
            raise Refusal(401, "log in first")


@variant(deployment='[auth]\nscheme = "header"\nheader = "X-Tenant-Key"')
class OwnHeader(CaseService):
    """A key in a header of its own."""

    def authorise(self, call: Call) -> None:
        if call.request.headers.get("x-tenant-key") != self.token:
            raise Refusal(401, "show your key", WWW_Authenticate="Tenant")


@variant(environment={"CASEIQ_CLIENT_ID": ACCOUNT[0], "CASEIQ_CLIENT_SECRET": ACCOUNT[1]})
class LocksTheClient(TokenService):
    """Ten wrong secrets in a row lock a client for a minute; a right one counts anew."""

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
    """How long a token lives is told as what is left of it, cut to whole seconds."""

    def granted(self, token: str, ttl: float) -> Fields:
        return super().granted(token, ttl) | {"expires_in": int(ttl - 0.01)}
