"""Reference server with service accounts and a token endpoint."""

from __future__ import annotations

import json
import secrets
import time
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from reference_server.records import Call, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response

ACCOUNT = ("reference-account", "reference-key-0", "reference-key-1")


class TokenService(CaseService):
    """Server that issues and accepts its own tokens."""

    token_path = "/auth/oauth2/token"
    max_ttl = 3600
    default_ttl: float = 600
    account: ClassVar[tuple[str, str, str]] = ACCOUNT

    def __init__(self) -> None:
        super().__init__()
        self.expiries: dict[str, float] = {}

    def clock(self) -> float:
        return time.monotonic()

    def perform(self, request: Request) -> Response:
        if request.method == "POST" and request.target.endswith(self.token_path):
            return self.grant(request)
        return super().perform(request)

    def authenticate(self, call: Call) -> None:
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self.valid(token, call):
            raise self.unauthorized()

    def valid(self, token: str, call: Call) -> bool:
        return self.clock() < self.expiries.get(token, 0)

    def grant(self, request: Request) -> Response:
        """Validate a token request and issue a token."""
        form = self.form(request)
        self.check_grant(form)
        self.check_client(form)
        self.check_scope(form)
        ttl = self.ttl(form)
        token = secrets.token_urlsafe(24)
        self.expiries[token] = self.clock() + ttl
        response = self.json_response(200, self.token_body(token, ttl))
        response.headers["Cache-Control"] = "no-store"
        return response

    def token_body(self, token: str, ttl: float) -> dict[str, Any]:
        return {"access_token": token, "token_type": "Bearer", "expires_in": ttl}

    def form(self, request: Request) -> dict[str, Any]:
        """Return the members of a token request, sent as JSON or as a form."""
        media_type = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
        try:
            if media_type == "application/x-www-form-urlencoded":
                return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
            document = json.loads(request.body.decode())
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise TokenRefusal(400, "invalid_request", "send a JSON object or a form")
        return document

    def check_grant(self, form: dict[str, Any]) -> None:
        if "grant_type" not in form:
            raise TokenRefusal(400, "invalid_request", "grant_type is missing")
        if form["grant_type"] != "client_credentials":
            raise TokenRefusal(501, "unsupported_grant_type", "use client_credentials")

    def check_client(self, form: dict[str, Any]) -> None:
        name, *keys = self.account
        if form.get("client_id") != name or form.get("client_secret") not in keys:
            raise TokenRefusal(401, "invalid_client", "unknown id or secret", WWW_Authenticate="Basic")

    def check_scope(self, form: dict[str, Any]) -> None:
        if "scope" in form:
            raise TokenRefusal(400, "invalid_scope", "scope is not supported")

    def ttl(self, form: dict[str, Any]) -> float:
        """Return the requested lifetime in seconds; a form has it as text."""
        wanted = form.get("ttl", self.default_ttl)
        try:
            seconds = float(wanted) if isinstance(wanted, str) else wanted
            if isinstance(seconds, bool) or not 0 < seconds <= self.max_ttl:
                raise ValueError
        except (ValueError, TypeError):
            reason = f"ttl is {wanted!r} and may be at most {self.max_ttl}"
            raise TokenRefusal(400, "invalid_request", reason) from None
        return seconds

    def refuse(self, refusal: Refusal) -> Response:
        if not isinstance(refusal, TokenRefusal):
            return super().refuse(refusal)
        document = {"error": refusal.code, "error_description": refusal.reason}
        return Response(
            refusal.status, self.encode(document), {"Content-Type": "application/json"} | refusal.headers
        )


class TokenRefusal(Refusal):
    """Refused token request with an error code of RFC 6749 section 5.2."""

    def __init__(self, status: HTTPStatus | int, code: str, reason: str, **headers: str) -> None:
        super().__init__(status, reason, **headers)
        self.code = code
