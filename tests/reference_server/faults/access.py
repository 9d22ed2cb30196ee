"""Servers that are wrong about who may do what: whom they let in, and what strangers can do and see."""

from __future__ import annotations

import threading
import time
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Handler, Request, Response

# No credentials


class Open(CaseService):
    """Asks no credentials of some calls."""

    def public(self, call: Call) -> bool:
        raise NotImplementedError

    def authorise(self, call: Call) -> None:
        if not self.public(call):
            super().authorise(call)


@fault("AUTH-REQUIRED", "AUTH-INVALID")
class PublicTransitions(Open):
    def public(self, call: Call) -> bool:
        return call.operation == "transition"


@fault("AUTH-REQUIRED")
class PublicPatches(Open):
    """A PATCH without any Authorization header slips past the filter."""

    def public(self, call: Call) -> bool:
        return call.operation == "patch" and "authorization" not in call.request.headers


@fault("HEAD-SAME")
class PublicHead(Open):
    """The filter lists methods, and HEAD is not among them."""

    def public(self, call: Call) -> bool:
        return call.request.method == "HEAD"


@fault("AUTH-REQUIRED")
class PublicBehindASlash(Open):
    """The guard's pattern is /case and no more; the router takes a slash behind it."""

    def public(self, call: Call) -> bool:
        return call.request.method == "POST" and call.request.target == "/case/"


@fault("AUTH-REQUIRED")
class PublicPutsFromHome(Open):
    """A PUT that a proxy calls local needs no credentials."""

    def public(self, call: Call) -> bool:
        return call.operation == "put" and call.request.headers.get("x-forwarded-for") == "127.0.0.1"


@fault("AUTH-REQUIRED")
class RefusesAndShows(CaseService):
    """The status is 401, but nobody returned: what follows is the record."""

    def get(self, call: Call) -> Response:
        response = super().get(call)
        if "authorization" not in call.request.headers:
            response.status, response.headers["WWW-Authenticate"] = 401, "Bearer"
        return response

    def authorise(self, call: Call) -> None:
        if call.operation != "get" or "authorization" in call.request.headers:
            super().authorise(call)


@fault("AUTH-REQUIRED")
class PublicOnceClosed(Open):
    """A closed case can be read by anybody."""

    def public(self, call: Call) -> bool:
        record = self.rows.load(call.id)
        return call.operation == "get" and record is not None and record.status == "Closed"


@fault("AUTH-REQUIRED")
class RemembersTheAddress(CaseService):
    """Who was let in a moment ago is let in without credentials."""

    until = 0.0

    def authorise(self, call: Call) -> None:
        if "authorization" not in call.request.headers and time.monotonic() < self.until:
            return
        super().authorise(call)
        self.until = time.monotonic() + 5


class KnowingHandler(Handler):
    """Tells the service on which connection a request came."""

    def serve(self) -> None:
        seen.connection = self.connection
        super().serve()


seen = threading.local()


@fault("AUTH-REQUIRED")
class RemembersTheConnection(CaseService):
    """Credentials hold for the connection on which they came."""

    handler = KnowingHandler

    def __init__(self) -> None:
        super().__init__()
        self.known: set[Any] = set()

    def authorise(self, call: Call) -> None:
        if "authorization" in call.request.headers or seen.connection not in self.known:
            super().authorise(call)
            self.known.add(seen.connection)


@fault("AUTH-REQUIRED")
class StrangersFindNothing(CaseService):
    """Without credentials every case is answered with 404."""

    def stranger(self) -> Refusal:
        return Refusal(404, "no such case")


@fault("AUTH-REQUIRED")
class StrangersAreSentToLogin(CaseService):
    """A browser's session filter: 302 to a page for people."""

    def stranger(self) -> Refusal:
        return Refusal(302, "log in", Location="/login")


# Wrong credentials


class Credulous(CaseService):
    """Lets in whom `good` says."""

    def good(self, header: str) -> bool:
        raise NotImplementedError

    def authorise(self, call: Call) -> None:
        if not self.good(call.request.headers.get("authorization", "")):
            super().authorise(call)


@fault("AUTH-INVALID")
class TokenStartsRight(Credulous):
    """Compares as many characters as the real token has."""

    def good(self, header: str) -> bool:
        return header.startswith(f"Bearer {self.token}")


@fault("AUTH-INVALID")
class TokenIsContained(Credulous):
    """A test with `in`, the wrong way round: a part of the token is enough."""

    def good(self, header: str) -> bool:
        token = header.removeprefix("Bearer ").strip()
        return header.startswith("Bearer ") and token in self.token


@fault("AUTH-INVALID")
class TokenOfAnyCase(Credulous):
    def good(self, header: str) -> bool:
        return header.startswith("Bearer ") and header.lower() == f"bearer {self.token}".lower()


@fault("AUTH-INVALID")
class AnyScheme(Credulous):
    """The token counts under any scheme."""

    def good(self, header: str) -> bool:
        return header.partition(" ")[2] == self.token


@fault("AUTH-INVALID")
class BasicIsFine(Credulous):
    """Basic credentials are left for a later filter that is not there."""

    def good(self, header: str) -> bool:
        return header.startswith("Basic ")


@fault("AUTH-INVALID")
class HeaderIsEnough(CaseService):
    """PUT only looks whether there is a header."""

    def authorise(self, call: Call) -> None:
        if call.operation != "put" or not call.request.headers.get("authorization"):
            super().authorise(call)


@fault("AUTH-INVALID")
class EmptyBearer(Credulous):
    """A bearer with an empty token is taken for one that was checked."""

    def good(self, header: str) -> bool:
        return header.strip() == "Bearer"


# What strangers can do and see


class Premature(CaseService):
    """Does what a stranger asks with one operation, and then refuses."""

    operation = ""

    def authorise(self, call: Call) -> None:
        try:
            super().authorise(call)
        except Refusal:
            if call.operation == self.operation and self.rows.load(call.id):
                getattr(self, self.operation)(call)
            raise


@fault("AUTH-INERT")
class StrangersPutsCount(Premature):
    operation = "put"


@fault("AUTH-INERT")
class StrangersPatchesCount(Premature):
    operation = "patch"


@fault("AUTH-INERT")
class StrangersMovesCount(Premature):
    operation = "transition"


@fault("AUTH-CHALLENGE")
class NoChallengeOnWrite(CaseService):
    """Only GET tells how to authenticate."""

    def dress(self, request: Request, response: Response) -> Response:
        if request.method != "GET":
            response.headers.pop("WWW-Authenticate", None)
        return response


@fault("AUTH-NO-ORACLE")
class LooksBeforeItAsks(CaseService):
    """An id that no case has is 404 to strangers, on PUT."""

    def authorise(self, call: Call) -> None:
        if call.operation == "put":
            self.load(call)
        super().authorise(call)


@fault("AUTH-NO-ORACLE")
class TellsThatItExists(CaseService):
    """The refusal of a stranger says more if the case exists."""

    def authorise(self, call: Call) -> None:
        try:
            super().authorise(call)
        except Refusal as refusal:
            if call.operation == "get" and self.rows.load(call.id):
                refusal.reason = "you may not see this case"
            raise


@fault("AUTH-REQUIRED")
class PublicForBrowsers(Open):
    """Who accepts HTML is shown the page with the login, and with it the case."""

    def public(self, call: Call) -> bool:
        return "text/html" in call.request.headers.get("accept", "")


@fault("AUTH-INVALID")
class AnyTokenOnceClosed(Open):
    """The archive of closed cases asks for a token, and compares none."""

    def public(self, call: Call) -> bool:
        record = self.rows.load(call.id)
        bearer = call.request.headers.get("authorization", "").startswith("Bearer ")
        return bearer and record is not None and record.status == "Closed"
