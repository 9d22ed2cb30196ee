"""Faults in access control: wrong credentials that are accepted, or refused in the wrong way."""

from __future__ import annotations

from reference_server.catalogue import fault
from reference_server.records import Call, Refusal
from reference_server.service import CaseService


class AcceptsWrongTokens(CaseService):
    """Base for servers that accept some invalid Authorization headers."""

    def is_accepted(self, header: str) -> bool:
        """Return True if the header is accepted without further checks."""
        raise NotImplementedError

    def authenticate(self, call: Call) -> None:
        if not self.is_accepted(call.request.headers.get("authorization", "")):
            super().authenticate(call)


@fault("AUTH-INVALID")
class UnknownTokenIsBadRequest(CaseService):
    """A well-formed token that is unknown gets 400 instead of 401."""

    def authenticate(self, call: Call) -> None:
        try:
            super().authenticate(call)
        except Refusal as refusal:
            if call.request.headers.get("authorization", "").startswith("Bearer "):
                challenge = 'Bearer error="invalid_request"'
                raise Refusal(400, "bad token", WWW_Authenticate=challenge) from None
            raise refusal


@fault("AUTH-INVALID")
class TokenPrefixMatches(AcceptsWrongTokens):
    """Only the first characters of the token are compared."""

    def is_accepted(self, header: str) -> bool:
        return header.startswith(f"Bearer {self.token}")


@fault("AUTH-INVALID")
class TokenMayBeInAList(AcceptsWrongTokens):
    """The header is read as a list, and one valid credential is enough."""

    def is_accepted(self, header: str) -> bool:
        return f"Bearer {self.token}" in [one.strip() for one in header.split(",")]


@fault("AUTH-INVALID")
class TokenPartMatches(AcceptsWrongTokens):
    """The comparison uses `in` with swapped operands, so a part of the token is accepted."""

    def is_accepted(self, header: str) -> bool:
        token = header.removeprefix("Bearer ").strip()
        return header.startswith("Bearer ") and token in self.token


@fault("AUTH-INVALID")
class TokenIgnoresCase(AcceptsWrongTokens):
    """The token is compared without regard to case."""

    def is_accepted(self, header: str) -> bool:
        return header.startswith("Bearer ") and header.lower() == f"bearer {self.token}".lower()


@fault("AUTH-INVALID")
class AnyScheme(AcceptsWrongTokens):
    """The token is accepted under any scheme."""

    def is_accepted(self, header: str) -> bool:
        return header.partition(" ")[2] == self.token


@fault("AUTH-INVALID")
class BasicIsAccepted(AcceptsWrongTokens):
    """Basic credentials are left to a later filter that does not exist."""

    def is_accepted(self, header: str) -> bool:
        return header.startswith("Basic ")


@fault("AUTH-INVALID")
class HeaderIsEnough(CaseService):
    """PUT only checks that an Authorization header exists."""

    def authenticate(self, call: Call) -> None:
        if call.operation != "put" or not call.request.headers.get("authorization"):
            super().authenticate(call)


@fault("AUTH-INVALID")
class EmptyBearerIsAccepted(AcceptsWrongTokens):
    """An empty bearer token counts as already checked."""

    def is_accepted(self, header: str) -> bool:
        return header.strip() == "Bearer"
